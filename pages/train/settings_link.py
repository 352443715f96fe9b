"""The settings of a training as query parameters of the Train page."""

from __future__ import annotations

from urllib.parse import urlencode

from liquid.learning.config import OF_ALL, TrainConfig
from liquid.learning.outliers import TREATMENTS
from liquid.series import builtin
from pages.shared.address import MARK, READ, VERSION
from pages.shared.links import OWN, train_address
from pages.train.known_ahead import by_widget
from pages.train.reach import CLOCK

WIDGETS = {"solver": "train_solver"}  # config field -> widget, if the names differ
SEPARATE = (
    "target",
    "inputs",
    "ahead",
    "timespans",
    "learning_rate",
    "model",
    "training",
    "outliers",
)  # widgets whose names depend on more than the field


def query(
    config: TrainConfig, series: str | None, target: str, reading: str = "", *, clock: str = ""
) -> dict[str, str | list[str]]:
    """The settings that differ from the defaults, by widget.

    `series` is the name of a built-in, or None for an uploaded series: then only its column names are included.
    `reading` are the file-reading options that the user changed, the part to use among them. `clock` is
    the series' `clock_widget`.
    """
    default = TrainConfig()
    settings: dict[str, str | list[str]] = {MARK: str(VERSION)}
    if series is not None:
        settings["series"] = series
        if target != builtin.load(series).names[0]:
            settings[f"target-{series}"] = target
    else:
        settings |= {"source": "Upload", f"target-{OWN}": target}
    if reading:
        settings[READ] = reading
    if config.model != default.model:
        settings["model"] = config.model
    for name in sorted((config.kind.settings | set(OF_ALL)).difference(SEPARATE)):
        value = getattr(config, name)
        if value != getattr(default, name) or name == "window":  # without it, it would be that of the series
            settings[WIDGETS.get(name, name)] = str(value)
    if config.outliers != default.outliers:
        settings["outliers"] = TREATMENTS[config.outliers]
    if clock and "timespans" in config.kind.settings and config.timespans != (clock == CLOCK):
        settings[clock] = str(config.timespans)  # the page would start otherwise
    if config.training != default.training:
        settings["trained_by"] = config.how.words
    if config.learning_rate is not None:
        settings[f"rate-{config.model}"] = repr(config.learning_rate)
    if config.inputs:
        settings[f"inputs-{series or OWN}-{target}"] = list(config.inputs)
    settings |= {name: texts for name, texts in by_widget(config.ahead, series or OWN, target).items() if texts}
    return settings


def settings_link(config: TrainConfig, series: str | None, target: str, reading: str = "", *, clock: str = "") -> str:
    """The address at which these settings can be trained again."""
    return f"{train_address()}?{urlencode(query(config, series, target, reading, clock=clock), doseq=True)}"
