"""A training that is a part of a study's work, with its progress among all of that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from liquid.engine.base import Stop
from liquid.learning.config import TrainConfig
from liquid.learning.training import Compiling, Finished, Progress, train
from liquid.series.series import Series
from liquid.studies.progress import StudyProgress

Made = TypeVar("Made")

PARTS = 100  # of a training's progress


def trained(
    series: Series, config: TrainConfig, words: str, place: tuple[int, int], stop: Stop
) -> Iterator[StudyProgress | Finished]:
    """Training `place[0]` of `place[1]`, from 0, which `words` name: StudyProgress ..., then how it finished."""
    for event in told(train(series, config, stop), words, place):
        if isinstance(event, StudyProgress | Finished):
            yield event


def told(events: Iterator[Made], words: str, place: tuple[int, int]) -> Iterator[StudyProgress | Made]:
    """The events of such a training with its progress as that of the study."""
    number, count = place

    def progress(share: int, doing: str) -> StudyProgress:
        return StudyProgress(number * PARTS + share, count * PARTS, doing)

    yield progress(0, f"{words} …")
    for event in events:
        if isinstance(event, Compiling):
            yield progress(0, event.message)
        elif isinstance(event, Progress):
            share = event.step * (PARTS - 1) // event.steps
            yield progress(share, f"{words}: step {event.step:,} of {event.steps:,}")
        else:
            yield event
