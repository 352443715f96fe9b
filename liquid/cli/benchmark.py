"""`python -m liquid benchmark`: accuracy against parameters, as a sweep that resumes where it was stopped."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from liquid.cli.interrupt import INTERRUPTED, stop_at_interrupt
from liquid.cli.progress import duration, wait_for_scan
from liquid.cli.workers import add_workers, one_thread_each
from liquid.engine import chosen_engine
from liquid.engine.memory import keep_freed_memory
from liquid.runs.store import Store
from liquid.series.export import to_csv
from liquid.studies.benchmark import grids, pieces, stored
from liquid.studies.benchmark.config import SIZED, Cell
from liquid.studies.benchmark.report import markdown
from liquid.studies.benchmark.stored_series import half_cheetah
from liquid.studies.benchmark.sweep import SweepProgress, Swept, run_sweep, take_over
from liquid.studies.benchmark.trajectories import Trajectories, load_trajectories, of_tables

GRIDS: dict[str, Callable[[], tuple[Cell, ...]]] = {
    "stored": grids.stored,
    "full": grids.full,
    "quick": grids.quick,
    "small": grids.small,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Trains every model on every task and writes benchmark.json, .csv and .md. Finished cells are kept in the "
        "store, so a stopped sweep resumes where it was."
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", dest="grid", action="store_const", const="full", help="the whole grid, for days")
    size.add_argument("--quick", dest="grid", action="store_const", const="quick", help="a third of the tasks, minutes")
    size.add_argument("--small", dest="grid", action="store_const", const="small", help="one task, for a minute")
    size.add_argument(
        "--trajectories",
        type=Path,
        metavar="FOLDER",
        help="instead of the tasks: a folder of .npy or .csv files [time, column], each one trajectory; the models "
        "predict the next sample of all columns",
    )
    size.add_argument(
        "--half-cheetah", action="store_true", help="instead of the tasks: the same on 25 runs of a simulated robot"
    )
    parser.set_defaults(grid="stored")
    parser.add_argument(
        "--store", help="database of the cells (default: $LIQUID_DATABASE_URL, or a file of the user's)"
    )
    add_workers(parser, "processes")
    parser.add_argument(
        "--go-on",
        type=Path,
        metavar="FOLDER",
        help="take finished trainings from the benchmark.json of this folder (made with the same versions of packages)",
    )
    parser.add_argument("--out", type=Path, default=Path("benchmark"), help="folder for the result")


def command(args: argparse.Namespace) -> int:
    """Run the grid, print ranks and ratios, write the table. Ctrl-C keeps what is finished, with status 130."""
    one_thread_each(args.workers)
    wait_for_scan()
    keep_freed_memory()
    with stop_at_interrupt() as stop:
        if args.half_cheetah:
            sweep_pieces("half-cheetah", of_tables([*half_cheetah()]), stop.is_set, args.out)
        elif args.trajectories:
            sweep_pieces("trajectories", load_trajectories(args.trajectories), stop.is_set, args.out)
        else:
            sweep_grid(args, stop.is_set)
        return INTERRUPTED if stop.is_set() else 0


def sweep_pieces(name: str, data: Trajectories, stop: Callable[[], bool], folder: Path) -> None:
    """The models on trajectories, here and unstored."""
    cells = pieces.grid()
    print(f"{data.files} trajectories of {data.columns} columns, {len(cells)} trainings.", file=sys.stderr)
    show(pieces.run(data, cells, stop), name, cells, folder)


def sweep_grid(args: argparse.Namespace, stop: Callable[[], bool]) -> None:
    """A grid's cells over the workers, those that the store does not have yet."""
    cells = GRIDS[args.grid]()
    print(estimate(cells, args.workers), file=sys.stderr)
    store = Store.open(args.store)
    engine = chosen_engine(args.workers)
    try:
        if args.go_on:
            take_over(stored.load_of_these_versions(args.go_on).rows, store)
        show(run_sweep(cells, store, engine.results, stop), args.grid, cells, args.out)
    finally:
        engine.close()
        store.close()


def show(events: Iterator[SweepProgress | Swept], grid: str, cells: tuple[Cell, ...], folder: Path) -> None:
    """Progress on the terminal, the result in files."""
    for event in events:
        if isinstance(event, SweepProgress):
            left = "" if math.isnan(event.time_left) else f", {duration(event.time_left)} left"
            print(f"{event.done}/{event.total} {event.doing}{left}", file=sys.stderr, flush=True)
        else:
            write(grid, cells, event, folder)


def estimate(cells: tuple[Cell, ...], workers: int) -> str:
    """How long the grid will take, from the training times of the stored result."""
    measured = stored.load().rows
    needed = grids.hours(cells, measured)
    unknown = {cell.model for cell in cells if cell.model in SIZED} - {row.cell.model for row in measured}
    beyond = f" {', '.join(sorted(unknown))} come on top: they have not been timed yet." if unknown else ""
    each = f"; with {workers} workers about {needed / workers:.2g} hours" if workers > 1 else ""
    return f"{len(cells)} cells: about {needed:.2g} hours of one core like the stored result's{each}.{beyond}"


def write(grid: str, cells: tuple[Cell, ...], swept: Swept, folder: Path) -> None:
    """The result's files, and what it says: of a stopped sweep, what is finished on all of its tasks."""
    rows = grids.balanced(swept.rows, cells)
    if not rows:
        print("No model was finished on all tasks; nothing is written.", file=sys.stderr)
        return
    result = stored.Stored.of(grid, rows, swept.complete)
    stored.save(result, folder)
    (folder / "benchmark.md").write_text(markdown(result) + "\n", encoding="utf-8")
    table = stored.table(rows)
    table["validation"] = [
        " ".join("diverged" if v is None else f"{v:.6g}" for v in row) for row in table["validation"]
    ]
    (folder / "benchmark.csv").write_text(to_csv(table), encoding="utf-8")
    print(markdown(result))
    print(f"Written to {folder}/.", file=sys.stderr)
