"""All claims measured again from nothing: a config in, a stream of events out, and the stored result."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval

from liquid.answers import Answer
from liquid.engine.base import Stop, never
from liquid.errors import LiquidError
from liquid.settings import Settings
from liquid.studies import stored
from liquid.studies.claims.catalogue import CLAIMS, claim
from liquid.studies.claims.measure import Budget, Measured
from liquid.studies.progress import StudyProgress
from liquid.studies.verdict import Check, on_training, verdict

NAME = "claims"


class ClaimsConfig(Settings):
    """Which claims (`only`; empty: all), how much is spent (`quick`: wider intervals), and the seed of all chance."""

    quick: bool = False
    only: tuple[str, ...] = ()
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] = 0

    def __post_init__(self) -> None:
        for name in self.only:
            claim(name)

    @property
    def ids(self) -> tuple[str, ...]:
        return self.only or tuple(CLAIMS)

    @property
    def claims(self) -> tuple[ClaimsConfig, ...]:
        """One config per claim: what can be measured side by side."""
        return tuple(replace(self, only=(name,)) for name in self.ids)


@dataclass(frozen=True)
class ClaimResult:
    """A claim measured: its checks, one line why, data for a picture, and how it came about. `seconds` on this day's
    machine; `versions` by library; `quick` says that less was spent than on a stored result."""

    id: str
    checks: tuple[Check, ...]
    why: str
    picture: dict[str, Any]
    date: str
    seconds: float
    versions: dict[str, str]
    quick: bool
    seed: int

    @property
    def verdict(self) -> str:
        """Computed from the numbers whenever it is asked for."""
        return verdict(self.checks)

    @property
    def on_training(self) -> str:
        """Whether the verdict depends on how the networks were trained, in a sentence, or nothing."""
        return on_training(self.checks)

    @property
    def headline(self) -> Check:
        return self.checks[0]

    @property
    def answer(self) -> Answer:
        """The verdict, then the headline's number in the catalogue's words, its interval for the fold."""
        before, after = claim(self.id).lead
        one = self.headline
        fold = f"{one.text}: {one.number}; the claim needs {one.required}."
        return Answer(self.verdict, before, one.lead, f"{after}.", fold)

    @staticmethod
    def from_plain(fields: dict[str, Any]) -> ClaimResult:
        return ClaimResult(**{**fields, "checks": tuple(Check.from_plain(check) for check in fields["checks"])})


def measure(config: ClaimsConfig, stop: Stop = never) -> Iterator[StudyProgress | ClaimResult]:
    """Measure one claim after another: steps, and a result at the end of each. Same config, same numbers."""
    budget = Budget(full=not config.quick, seed=config.seed)
    for name in config.ids:
        began = time.perf_counter()
        for event in claim(name).measure(budget, stop):
            yield (
                event if isinstance(event, StudyProgress) else _result(name, event, config, time.perf_counter() - began)
            )
        if stop():
            return


def measured(config: ClaimsConfig) -> ClaimResult:
    """The result of a config of one claim: what a worker of an engine is given."""
    (result,) = (event for event in measure(config) if isinstance(event, ClaimResult))
    return result


def _result(name: str, event: Measured, config: ClaimsConfig, seconds: float) -> ClaimResult:
    return ClaimResult(
        id=name,
        checks=event.checks,
        why=event.why,
        picture=event.picture,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        seconds=round(seconds, 1),
        versions=stored.versions(),
        quick=config.quick,
        seed=config.seed,
    )


def load(folder: Path = stored.FOLDER) -> dict[str, ClaimResult]:
    """The stored results by id, in the catalogue's order. LiquidError if they are missing or broken."""
    way = "Build it: python -m liquid claims."
    try:
        results = {one["id"]: ClaimResult.from_plain(one) for one in stored.load(NAME, folder)["results"]}
    except LiquidError as error:
        raise LiquidError(f"The stored result of the claims cannot be read. {way}") from error
    except (KeyError, TypeError) as error:
        raise LiquidError(
            f"The stored result of the claims is not what this version writes ({error}). {way}"
        ) from error
    return {name: results[name] for name in CLAIMS if name in results}


def save(results: dict[str, ClaimResult], folder: Path = stored.FOLDER) -> None:
    """Write results, in the catalogue's order, with the verdict of each beside its numbers for readers of the file."""
    ordered = [results[name] for name in CLAIMS if name in results]
    verdicts = {one.id: one.verdict for one in ordered}
    stored.save(NAME, {"verdicts": verdicts, "results": ordered}, folder)
