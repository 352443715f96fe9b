"""Where the series, pretrained models and stored results lie that come with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def data_folder() -> Path:
    """`data/`: within an installed package, and beside it in a checkout."""
    package = Path(str(files("liquid")))
    inside = package / "data"
    return inside if inside.is_dir() else package.parent / "data"
