"""Study results as JSON in `data/results`, so that a page shows at once what took minutes to measure.

Beside them, in made_by.json, stands what made each: `record` writes it, `made_by` reads it, and its `changed` are the
modules whose code is no longer the one that made the result.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import liquid
from liquid.errors import LiquidError
from liquid.resources import data_folder
from liquid.settings import finite
from liquid.studies.sources import sources

FOLDER = data_folder() / "results"
MADE_BY = "made_by"  # .json, in the same folder

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


def save(name: str, result: Any, folder: Path = FOLDER, *, maker: str | None = None) -> None:
    """Write a result to `name`.json, and what made it if `maker`, a module, has just made all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(plain(result)) + "\n", encoding="utf-8")
    if maker:
        record(name, maker, folder)


def load(name: str, folder: Path = FOLDER) -> Any:
    """A stored result as plain JSON; LiquidError if it is missing or broken."""
    path = folder / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise LiquidError(
            f"The stored result {name!r} cannot be read ({error}): restore data/results/{name}.json from the project."
        ) from error


@dataclass(frozen=True)
class MadeBy:
    """What made a result: the module, when, version and packages, and the code; not all is known of older ones."""

    maker: str
    made: str
    version: str
    packages: dict[str, str]
    sources: dict[str, str]

    @property
    def changed(self) -> tuple[str, ...]:
        """Modules whose code today is not what made the result; all of them if that was not kept."""
        now = sources(self.maker)
        return tuple(name for name in sorted(now | self.sources) if now.get(name) != self.sources.get(name))


def record(name: str, maker: str, folder: Path = FOLDER) -> None:
    """Keep that the module `maker` has made all of `name`.json just now, by the code as it is."""
    made = MadeBy(maker, date.today().isoformat(), liquid.__version__, versions(), sources(maker))
    path = folder / f"{MADE_BY}.json"
    others = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(
        json.dumps(dict(sorted((others | {name: asdict(made)}).items())), indent=1) + "\n", encoding="utf-8"
    )


def made_by(folder: Path = FOLDER) -> dict[str, MadeBy]:
    """What made each stored result."""
    return {name: MadeBy(**one) for name, one in load(MADE_BY, folder).items()}
