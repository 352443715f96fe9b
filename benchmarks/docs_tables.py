"""Generated tables in the docs: each stands between two marks of a page, and its script writes it there."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs" / "results"


def write_between(path: Path, mark: str, lines: list[str]) -> None:
    """Replace what stands between `<!-- mark -->` and `<!-- /mark -->`."""
    before, rest = path.read_text(encoding="utf-8").split(f"<!-- {mark} -->", 1)
    _, after = rest.split(f"<!-- /{mark} -->", 1)
    text = "\n".join([f"{before}<!-- {mark} -->", *lines, f"<!-- /{mark} -->{after}"])
    path.write_text(text, encoding="utf-8")


def between(path: Path, mark: str) -> str:
    """What stands there now."""
    return path.read_text(encoding="utf-8").split(f"<!-- {mark} -->\n", 1)[1].split(f"\n<!-- /{mark} -->", 1)[0]
