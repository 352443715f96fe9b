"""The settings of a training as the address of the Train page holds them."""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import urlencode

from liquid.learning.config import TrainConfig
from liquid.series import builtin
from pages.shared.links import MARK, OWN, READ, VERSION, page_address


def settings(config: TrainConfig, series: str | None, target: str, reading: str = "") -> dict[str, str | list[str]]:
    """The settings of a training as the address of the Train page holds them.

    `series`: the name of a built-in; None for one of the visitor's own, of which only the columns' names are told, and
    `reading`, what the visitor overruled of how the file is read.
    """
    default = TrainConfig()
    given: dict[str, str | list[str]] = {MARK: str(VERSION)}
    if series is not None:
        given["series"] = series
        if target != builtin.load(series).names[0]:
            given[f"target-{series}"] = target
    else:
        given |= {"source": "Upload", f"target-{OWN}": target} | ({READ: reading} if reading else {})
    if config.model != default.model:
        given["model"] = config.model
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name not in ELSEWHERE and value != getattr(default, field.name):
            given[KEYS.get(field.name, field.name)] = str(value)
    if config.learning_rate is not None:
        given[f"rate-{config.model}"] = repr(config.learning_rate)
    if config.inputs:
        given[f"inputs-{series or OWN}-{target}"] = list(config.inputs)
    return given


def settings_link(config: TrainConfig, series: str | None, target: str, reading: str = "") -> str:
    """The address at which these settings can be trained again."""
    return f"{page_address()}?{urlencode(settings(config, series, target, reading), doseq=True)}"


KEYS = {"solver": "train_solver"}  # of Train's widgets where they differ from the config's names


ELSEWHERE = ("target", "inputs", "learning_rate", "model")
