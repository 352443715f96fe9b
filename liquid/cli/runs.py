"""`python -m liquid runs`: the saved runs of the store, those of the dashboard's visitors too."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from liquid.cli.reading import say
from liquid.cli.tables import print_rows
from liquid.learning.run import Run
from liquid.runs.archive import MOST_BYTES, pack, unpack
from liquid.runs.beside import NAMES, beside, error_table, ratio_sentence
from liquid.runs.format import PICTURE, from_files, picture, read_file, read_folder, title_of, to_files, write_folder
from liquid.runs.store import Store, new_token
from liquid.runs.studies import Studies
from liquid.runs.summary import NEWEST, ORDERS, Listed, in_order, summaries_of

ZIP = Path("run.zip")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Lists, compares, opens, saves, exports, imports and deletes the runs in the store: the one that the dashboard "
        "uses, a file in your data folder unless LIQUID_DATABASE_URL names another."
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="every run: id, day, size, title (the default)")
    listing.add_argument("--find", default="", metavar="WORDS", help="in title, model, target or series")
    listing.add_argument("--order", default=NEWEST, choices=ORDERS, help=f"default: {NEWEST}")
    comparing = actions.add_parser("beside", help="two runs: settings that differ, and errors")
    comparing.add_argument("a", metavar="ID")
    comparing.add_argument("b", metavar="ID")
    opening = actions.add_parser("open", help="write the files of a run and its picture into a folder")
    opening.add_argument("run", metavar="ID")
    opening.add_argument("--out", type=Path, help="folder (default: one called like the id)")
    saving = actions.add_parser("save", help="save a folder that train has written")
    saving.add_argument("folder", type=Path, metavar="RUN_FOLDER")
    saving.add_argument("--title", help="what the list calls it (default: model, target and series)")
    exporting = actions.add_parser("export", help="write a run as one zip, for another machine")
    exporting.add_argument("run", metavar="ID")
    exporting.add_argument("--out", type=Path, default=ZIP, help=f"file to write (default: {ZIP})")
    importing = actions.add_parser("import", help="save the run in a zip, from anybody")
    importing.add_argument("file", type=Path, metavar="RUN.zip")
    deleting = actions.add_parser("delete", help="delete a run permanently")
    deleting.add_argument("run", metavar="ID")


def command(args: argparse.Namespace) -> int:
    """One action on the store. LiquidError if it cannot be done."""
    store = Store.open()
    try:
        ACTIONS[args.action or "list"](store, args)
    finally:
        store.close()
    return 0


def _list(store: Store, args: argparse.Namespace) -> None:
    runs = store.everything()
    summaries = summaries_of(store, [run.id for run in runs])
    listed = [Listed(run, summaries.get(run.id)) for run in runs]
    for run, _ in in_order(listed, getattr(args, "order", NEWEST), getattr(args, "find", "")):
        day = datetime.fromtimestamp(run.created, UTC).strftime("%Y-%m-%d")
        say([f"{run.id}  {day}  {run.bytes / 1e6:7.2f} MB  {'pinned' if run.pinned else '      '}  {run.title}"])


def _beside(store: Store, args: argparse.Namespace) -> None:
    a, b = (from_files(store.files(run))[0] for run in (args.a, args.b))
    found = beside(a, b)
    say([f"{name}: {store.find(run).title}" for name, run in zip(NAMES, (args.a, args.b), strict=True)])
    print_rows([("setting", *NAMES), *found.settings])
    errors = error_table(a, b)
    print_rows([tuple(errors), *zip(*errors.values(), strict=True)])
    print(ratio_sentence(found))


def _open(store: Store, args: argparse.Namespace) -> None:
    files = store.files(args.run)
    run, studies = from_files(files)
    folder = args.out or Path(args.run)
    write_folder(folder, {**files, PICTURE: picture(run)})
    answers = [run.report.sentence, run.report.answer.fold, run.report.band_sentence, *studies.sentences]
    say([store.find(args.run).title, *answers, f"Written to {folder}/."])


def _save(store: Store, args: argparse.Namespace) -> None:
    run, studies = from_files(read_folder(args.folder))
    _keep(store, run, studies, args.title or title_of(run))


def _export(store: Store, args: argparse.Namespace) -> None:
    content = pack(store.files(args.run), store.find(args.run).title)
    args.out.write_bytes(content)
    say([f"Written to {args.out}, {len(content) / 1e6:.2f} MB."])


def _import(store: Store, args: argparse.Namespace) -> None:
    files, title = unpack(read_file(args.file, MOST_BYTES))
    _keep(store, *from_files(files), title)


def _delete(store: Store, args: argparse.Namespace) -> None:
    title = store.find(args.run).title
    store.remove(args.run)
    say([f"Deleted: {title}"])


ACTIONS = {
    "list": _list,
    "beside": _beside,
    "open": _open,
    "save": _save,
    "export": _export,
    "import": _import,
    "delete": _delete,
}


def _keep(store: Store, run: Run, studies: Studies, title: str) -> None:
    """Only what was understood is written anew. No browser owns it: this command deletes it."""
    identity = store.save(to_files(run, studies), title, new_token())
    say([f"Saved: {title}", f"{identity}", f"On a server with this store: /train?run={identity}"])
