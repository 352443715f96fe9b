"""A run as code: a short script, and the same as a notebook, that train it again and compare the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import PureWindowsPath
from typing import Any

import liquid
from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run
from liquid.series import builtin
from liquid.series.reading import ReadOptions
from liquid.series.reading.read import chosen_part
from liquid.series.series import Series

CLOSE = 1e-6  # relative: other processors round otherwise


def script(run: Run) -> bytes:
    """Python that trains the run again."""
    return "\n\n".join(part.code for part in parts(run)).encode() + b"\n"


def notebook(run: Run) -> bytes:
    """The same as a notebook, a cell for each part."""
    cells = []
    for number, part in enumerate(parts(run)):
        text = {"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": part.words}
        code = {"cell_type": "code", "id": f"code-{number}", "metadata": {}, "source": part.code}
        cells += [text, code | {"execution_count": None, "outputs": []}]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1).encode() + b"\n"


@dataclass(frozen=True)
class Part:
    """What a cell of the notebook says and does."""

    words: str
    code: str


def parts(run: Run) -> list[Part]:
    """LiquidError if how its file was read makes no sense. Names from files are Python literals in it."""
    options = _options(run.series.read_as)
    reading = f"from liquid.series.reading import {'ReadOptions, ' if options else ''}read"
    if (name := _builtin(run.series)) is not None:
        reading, series = "from liquid.series import builtin", f"builtin.load({name!r})"
        if options:
            reading += (
                "\nfrom liquid.series.reading import ReadOptions\nfrom liquid.series.reading.read import chosen_part"
            )
            series = f"chosen_part({series}, {options})"
        words = "A built-in series."
    else:
        file = PureWindowsPath(run.series.source).name  # of a path, whatever system it is of, the last part
        series = f"read({file!r}{f', options={options}' if options else ''})"
        words = "The file that was uploaded, which has to lie beside this one; text that was pasted, saved as a file."
    learn = "from liquid.learning.config import TrainConfig\nfrom liquid.learning.run import Run, run"
    stored = {row.name: row.one_step.rmse for row in run.report.rows}
    ahead = dict(zip(map(str, run.forecast.stamps), map(float, run.forecast.mean), strict=True))
    return [
        Part(
            "# A training, made again\n\nWritten by liquid "
            f"{liquid.__version__}; another version may train in another way.",
            f"# Trains a saved run again, with the same numbers. Written by liquid {liquid.__version__}.\n"
            f"import torch\n\n{learn}\n{reading}\n\ntorch.set_num_threads(1)  # as it was trained",
        ),
        Part(words, f"# {words}\nseries = {series}"),
        Part("What was set, where it differs from the defaults.", f"config = {_config(run)}"),
        Part(
            "The training is a stream of events, which ends in the run.",
            "trained = next(event for event in run(series, config) if isinstance(event, Run))\n"
            "print(trained.report.sentence)",
        ),
        Part(
            "Its errors one step ahead, and the values to come, beside those of then.",
            f"stored = {_literal(stored)}  # RMSE one step ahead\n"
            f"ahead = {_literal(ahead)}  # the values to come\n"
            "now = {row.name: row.one_step.rmse for row in trained.report.rows}\n"
            "for model, rmse in stored.items():\n"
            '    print(f"{model:15} {now[model]:12.6g}, was {rmse:.6g}")\n'
            "now |= dict(zip(map(str, trained.forecast.stamps), trained.forecast.mean))\n"
            f"same = all(abs(now.get(key, float('nan')) - then) <= {CLOSE} * abs(then) for key, then in "
            "(stored | ahead).items())\n"
            f'print("The same numbers." if same else {_otherwise(run)!r})',
        ),
        Part(
            "The values to come, with their band.",
            "low, high = trained.forecast.within()\n"
            "for when, *values in zip(trained.forecast.stamps, trained.forecast.mean, low, high, strict=True):\n"
            '    print(when, *(f"{value:.6g}" for value in values))',
        ),
    ]


def _otherwise(run: Run) -> str:
    if run.finished.outcome == "done":
        return (
            "Other numbers: is it the same file, with the rows of a second file in it, the same version of liquid and "
            "of torch?"
        )
    return f"Other numbers: that training ended early, at step {run.curve[-1].step:,}; this one did not."


def _builtin(series: Series) -> str | None:
    """The name of the built-in that a series is, or a part of; None if it is none."""
    options = _read_as(series.read_as)
    for entry in builtin.catalogue():
        if entry.title == series.title:
            whole = chosen_part(builtin.load(entry.name), options)
            if set(series.names) <= set(whole.names) and whole.select(series.names) == series:
                return entry.name
    return None


def _options(read_as: str) -> str:
    """What overruled the reader, the part that is used and the times that were asked for; empty if nothing did."""
    given = _read_as(read_as).given
    return f"ReadOptions({_arguments(given)})" if given else ""


def _read_as(text: str) -> ReadOptions:
    """LiquidError if it is nothing that the reader knows."""
    try:
        return ReadOptions(**json.loads(text or "{}"))
    except (ValueError, TypeError, RecursionError, LiquidError) as error:
        raise LiquidError(f"How the file was read is not understood ({error}): train on it again.") from error


def _config(run: Run) -> str:
    """The settings that are not the model's defaults."""
    config = replace(run.config, target=run.forecaster.prepared.names[0])
    plain = TrainConfig(model=config.model)
    given = {field.name: getattr(config, field.name) for field in fields(config)}
    changed = {name: value for name, value in given.items() if value != getattr(plain, name) or name == "model"}
    return f"TrainConfig({_arguments(changed)})"


def _arguments(values: Mapping[str, Any]) -> str:
    return "".join(f"\n    {name}={value!r}," for name, value in values.items()) + "\n"


def _literal(values: Mapping[str, float]) -> str:
    return "{" + "".join(f"\n    {name!r}: {value!r}," for name, value in values.items()) + "\n}"
