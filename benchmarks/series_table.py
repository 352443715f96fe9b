"""The table of data/README.md, from the catalogue: python -m benchmarks.series_table"""

from __future__ import annotations

from benchmarks.docs_tables import write_between
from liquid.series import builtin

PAGE = builtin.FOLDER / "README.md"
MARK = "series"


def table() -> list[str]:
    """One row per real series."""
    rows = [
        (f"`{entry.name}.csv`", entry.file, entry.origin, entry.licence, entry.unit, entry.period, f"{entry.length:,}")
        for entry in builtin.catalogue()
        if entry.kind == "real"
    ]
    head = ("file", "what", "origin", "licence", "unit", "sampling", "rows")
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]


if __name__ == "__main__":
    write_between(PAGE, MARK, table())
