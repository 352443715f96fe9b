"""What a run is made of: every file once, how it is written, and the way back. Nothing in them can run code.

What was learned is in `model`, what was measured in `measured`, what studies found in `studies`. A run opens from its
files without training or forecasting anything anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import plotly.graph_objects as go

from liquid.charts.style import LIGHT
from liquid.charts.train import forecast_figure
from liquid.errors import LiquidError
from liquid.learning.forecaster import Forecaster
from liquid.learning.run import Run
from liquid.runs import measured, model
from liquid.runs.studies import NO_STUDIES, STUDIES, Studies, read_studies, studies_json

PICTURE = "forecast.html"
MOST_BYTES = 500_000_000  # of one file; the largest config has weights of a tenth of it


def made_again(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Untrusted files as this program writes them: only what was understood is left. LiquidError if they are no run."""
    return to_files(*from_files(files))


def picture(run: Run) -> bytes:
    """The forecast as one HTML page that needs no network."""
    return page_of(forecast_figure(run, LIGHT))


def page_of(figure: go.Figure) -> bytes:
    """A figure as one HTML page that needs no network.

    Plotly escapes what a figure holds, and writes a `config` into the script as it is: a name in one would run.
    """
    figure.update_layout(paper_bgcolor="white", plot_bgcolor="white", height=None)
    page: str = figure.to_html(include_plotlyjs=True, full_html=True, default_height="90vh")
    return page.encode()


@dataclass(frozen=True)
class File:
    """A file of a run and how it is written. A run without an `optional` one opens, and a `view` is never kept."""

    name: str
    write: Callable[[Run, Studies], bytes]
    optional: bool = False
    view: bool = False


def _of_run(name: str, write: Callable[[Run], bytes], view: bool = False) -> File:
    return File(name, lambda run, studies: write(run), view=view)


FILES = {
    file.name: file
    for file in (
        _of_run(model.CONFIG, model.config_json),
        _of_run(model.SCALING, model.scaling_json),
        _of_run(model.WEIGHTS, model.weights_safetensors),
        _of_run(measured.SERIES, measured.series_json),
        _of_run(measured.VALUES, measured.series_csv),
        _of_run(measured.CURVE, measured.curve_csv),
        _of_run(measured.METRICS, measured.metrics_json),
        _of_run(measured.RESULT, measured.result_safetensors),
        _of_run(measured.FORECAST, measured.forecast_csv),
        File(STUDIES, lambda run, studies: studies_json(studies), optional=True),
        _of_run(PICTURE, picture, view=True),
    )
}
OPTIONAL = frozenset(name for name, file in FILES.items() if file.optional)
NAMES = frozenset(name for name, file in FILES.items() if not file.optional and not file.view)


def to_files(run: Run, studies: Studies = NO_STUDIES, *, views: bool = False) -> dict[str, bytes]:
    """Every file of a run by name, that of its studies if there are any, and with `views` what is drawn of it.

    Of the series only the columns that the run used are in them.
    """
    return {
        name: file.write(run, studies)
        for name, file in FILES.items()
        if (studies or not file.optional) and (views or not file.view)
    }


def from_files(files: Mapping[str, bytes]) -> tuple[Run, Studies]:
    """The run in the files of `to_files`, from anybody, and its studies. LiquidError if one is missing or wrong."""
    if lacking := sorted(NAMES - files.keys()):
        raise LiquidError(f"The run lacks {', '.join(lacking)}: export it again, whole.")
    forecaster, _ = model.read_forecaster(files)
    run = measured.read_run(files, forecaster)
    return run, read_studies(files[STUDIES], run) if STUDIES in files else NO_STUDIES


def write_file(run: Run, name: str) -> bytes:
    """One file of a run, or a view of it."""
    return FILES[name].write(run, NO_STUDIES)


def title_of(run: Run) -> str:
    """What a list of runs calls it, until its owner has a better name."""
    return f"{run.config.model} on {run.forecaster.prepared.names[0]} of {run.series.title}"


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, made if it is missing. Raises OSError if that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a run in a folder. Raises OSError if one is missing."""
    names = NAMES | {name for name in OPTIONAL if (folder / name).is_file()}
    return {name: read_file(folder / name) for name in sorted(names)}


def read_file(path: Path, most: int = MOST_BYTES) -> bytes:
    """A file of up to `most` bytes; LiquidError if it has more. Raises OSError with its name if it is missing."""
    if path.stat().st_size > most:
        raise LiquidError(f"{path} is larger than {most // 10**6} MB: it is not a file of a saved run.")
    return path.read_bytes()


def load_forecaster(folder: Path) -> tuple[Forecaster, model.Sampling]:
    """The saved Forecaster, without data until it is `continued`, and how its series was sampled.

    LiquidError if a file is missing, broken, or does not fit the others.
    """
    try:
        files = {name: read_file(folder / name) for name in (model.CONFIG, model.SCALING, model.WEIGHTS)}
    except OSError as error:
        raise LiquidError(
            f"{error.filename} cannot be read ({error.strerror}): choose the folder of a saved run."
        ) from error
    return model.read_forecaster(files, f"{folder}/")
