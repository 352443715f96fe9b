"""What a run can be taken along as, by the word that the terminal has for it. A format loads its library when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from liquid.learning.run import Run


@dataclass(frozen=True)
class Format:
    """A file, what it is for, and how it is written. `of_network`: only of models that have one."""

    file: str
    label: str
    help: str
    write: Callable[[Run], bytes]
    of_network: bool = False


def _by(module: str, name: str) -> Callable[[Run], bytes]:
    """A function of this package, imported when it is called."""

    def write(run: Run) -> bytes:
        call: Callable[[Any], bytes] = getattr(import_module(f"liquid.export.{module}"), name)
        return call(run)

    return write


FORMATS = {
    "script": Format(
        "train_again.py",
        "Python script",
        "Trains this run again with the package liquid and compares the numbers. An uploaded file has to lie beside "
        "it, under its name.",
        _by("code", "script"),
    ),
    "notebook": Format(
        "train_again.ipynb", "Notebook", "The script as a Jupyter notebook, step by step.", _by("code", "notebook")
    ),
    "onnx": Format(
        "network.onnx",
        "ONNX",
        "One step of the networks, states in and out, and the forecast after it, for any ONNX runtime. How to call it "
        "is in its metadata.",
        _by("onnx_file", "write"),
        of_network=True,
    ),
    "c": Format(
        "network.c",
        "C file",
        "The same step with all weights as one file of C99 that needs nothing but math.h: for a controller.",
        _by("c_file", "write"),
        of_network=True,
    ),
    "parquet": Format(
        "forecast.parquet",
        "Forecast as Parquet",
        "The rows of the forecast's CSV, with times that keep the zone of the series.",
        _by("parquet", "forecast_parquet"),
    ),
}


def formats_of(run: Run) -> dict[str, Format]:
    """Those that this run can be taken along as."""
    has_step = run.config.kind.sized and run.config.outliers == "keep"
    return {name: one for name, one in FORMATS.items() if has_step or not one.of_network}
