"""The two tables of data/README.md, from the catalogues: python -m benchmarks.series_table"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.docs_tables import write_between
from liquid.series import builtin
from liquid.studies.benchmark import stored_series

PAGE = builtin.FOLDER / "README.md"
MARK = "series"
TASKS_MARK = "tasks"


def table() -> list[str]:
    """One row per real series."""
    rows = [
        (f"`{entry.name}.csv`", entry.file, entry.origin, entry.licence, entry.unit, entry.period, f"{entry.length:,}")
        for entry in builtin.catalogue()
        if entry.kind == "real"
    ]
    return _lines(("file", "what", "origin", "licence", "unit", "sampling", "rows"), rows)


def tasks() -> list[str]:
    """One row per stored series of the benchmark; a dash where a number has no meaning."""
    rows = [
        (
            f"`{task.name}`",
            task.title,
            task.group,
            task.observed,
            f"{task.step:g}",
            _number(task.lyapunov_exponent),
            _number(task.samples_per_lyapunov_time),
            _number(task.samples_per_period),
            _number(task.samples_between_maxima),
            task.citation,
        )
        for task in stored_series.catalogue()
    ]
    head = (
        *("name", "system", "kind", "observed", "step", "Lyapunov exponent", "samples per Lyapunov time"),
        *("per period", "between maxima", "source"),
    )
    return _lines(head, rows)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _lines(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]


if __name__ == "__main__":
    write_between(PAGE, MARK, table())
    write_between(PAGE, TASKS_MARK, tasks())
