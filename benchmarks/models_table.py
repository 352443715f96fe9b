"""The table of models in docs/settings.md, from the registry: python -m benchmarks.models_table"""

from __future__ import annotations

from pathlib import Path

from benchmarks.docs_tables import write_between
from liquid.models.registry import MODELS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
MARK = "models"


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


if __name__ == "__main__":
    write_between(PAGE, MARK, table())
