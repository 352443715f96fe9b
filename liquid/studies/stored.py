"""Study results as JSON in `data/results`, so that a page shows at once what took minutes to measure."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from liquid.errors import LiquidError
from liquid.resources import data_folder
from liquid.settings import finite

FOLDER = data_folder() / "results"


COMPUTING = ("torch", "numpy", "scipy", "numba")  # packages that can change a number


def versions(packages: Sequence[str] = COMPUTING) -> dict[str, str]:
    """What made a result: Python's version and those of packages."""
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def plain(value: Any) -> Any:
    """Dataclasses, arrays and tuples as what JSON knows; numbers keep six digits, more than any interval here has."""
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return finite(float(f"{value:.6g}"))
    return value


def save(name: str, result: Any, folder: Path = FOLDER) -> None:
    """Write a result to `name`.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(plain(result)) + "\n", encoding="utf-8")


def load(name: str, folder: Path = FOLDER) -> Any:
    """A stored result as plain JSON; LiquidError if it is missing or broken."""
    path = folder / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise LiquidError(
            f"The stored result {name!r} cannot be read ({error}): restore data/results/{name}.json from the project."
        ) from error
