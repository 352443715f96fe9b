"""The files of this checkout, also if it came without git: all that .gitignore does not name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pathspec import GitIgnoreSpec

ROOT = Path(__file__).resolve().parents[1]


def checkout_files() -> list[str]:
    """Paths relative to the checkout, sorted, with forward slashes."""
    ignored = GitIgnoreSpec.from_lines([".git", *(ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()])

    def walk(folder: Path) -> Iterator[str]:
        for path in folder.iterdir():
            name = path.relative_to(ROOT).as_posix()
            if ignored.match_file(f"{name}/" if path.is_dir() else name):
                continue
            if path.is_dir():
                yield from walk(path)
            else:
                yield name

    return sorted(walk(ROOT))
