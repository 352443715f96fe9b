"""The tables of models in docs/settings.md and of liquids in docs/liquids.md: python -m benchmarks.models_table"""

from __future__ import annotations

from pathlib import Path

from benchmarks.docs_tables import write_between
from liquid.models.liquids import LIQUIDS
from liquid.models.registry import MODELS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
MARK = "models"
LIQUIDS_PAGE, LIQUIDS_MARK = PAGE.with_name("liquids.md"), "liquids"


def table() -> list[str]:
    """One row per model: what it is, its peak learning rate, and which settings it has."""
    rows = [
        (
            kind.name,
            kind.help,
            "solved at once" if kind.rate is None else f"{kind.rate:g}",
            ", ".join(sorted(kind.settings)),
        )
        for kind in MODELS.values()
    ]
    head = ("model", "what it is", "learning rate", "its settings")
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]


def liquids() -> list[str]:
    """What is called liquid: equations first, then what f and tau mean in each."""
    lines = ["| | equation | source | here |", "|---|---|---|---|"]
    for kind in LIQUIDS:
        equation = "<br>".join(f"`{part}`" for part in kind.equation.split(",  "))
        lines.append(f"| {kind.name} | {equation} | [{kind.source}]({kind.link}) | {kind.here or 'not here'} |")
    lines += ["", "| | what f is | what tau is | the same number |", "|---|---|---|---|"]
    return lines + [f"| {kind.name} | {kind.f} | {kind.tau} | {kind.same} |" for kind in LIQUIDS]


if __name__ == "__main__":
    write_between(PAGE, MARK, table())
    write_between(LIQUIDS_PAGE, LIQUIDS_MARK, liquids())
