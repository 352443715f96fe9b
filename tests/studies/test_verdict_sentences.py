"""No sentence claims what its interval denies: every maker of verdicts, with intervals drawn at random.

A new function that takes a side in a sentence made of numbers is found by its words, and has to be tested here.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as draw

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED, WORDS
from liquid.learning.comparison import RmseRatio
from liquid.learning.metrics import Metrics
from liquid.learning.verdict import Row, first_step
from liquid.learning.verdict import answer as answer_of_training
from liquid.studies.benchmark import report
from liquid.studies.benchmark.ranking import Ranking
from liquid.studies.benchmark.verdict import Ratio
from liquid.studies.claims import replication, robust, shift_report, uneven
from liquid.studies.claims.networks import WORDS as TRAINING_WORDS
from liquid.studies.claims.shift import MISSING, TASKS, TRAIN_NOISE, Kind
from liquid.studies.claims.study import ClaimResult, load
from liquid.studies.compare import report as compare_report
from liquid.studies.compare.report import ratio_words
from liquid.studies.compare.study import Rival
from liquid.studies.noise.judged import SHRUNK, answer
from liquid.studies.noise.regimes import NAMES, ByRegime, follows, memory
from liquid.studies.noise.response import Response
from liquid.studies.noise.study import NoiseConfig
from liquid.studies.solver_effect.study import EXACT, SolverEffect, SolverTraining, StoredTrainings, Variant
from liquid.studies.statistics import GROWS, NO_CHANGE, SHRINKS, Interval, Intervals, by_uncertainty, interval
from liquid.studies.worth.report import answer as worth_answer
from liquid.studies.worth.study import Worth
from pages.benchmark.results import tally

ROOT = Path(__file__).resolve().parents[2]
STORED = load()
TRAININGS = tuple(TRAINING_WORDS.values())
REAL = draw.floats(-50, 50).map(lambda value: round(value, 2))


@draw.composite
def intervals(the: draw.DrawFn, centre: float = 0.0) -> Interval:
    """Around `centre`, on either side of it, or across; sometimes of no width."""
    low, mean, high = sorted(centre + the(REAL) for _ in range(3))
    return Interval(mean, low, high) if the(draw.integers(0, 5)) else Interval(mean, mean, mean)


ratios = draw.builds(
    Interval.exp, draw.builds(lambda one: Interval(one.mean / 50, one.low / 50, one.high / 50), intervals())
)


def number(interval: Interval) -> Variant:
    return Variant("Exact", EXACT, None, 1.0, interval.mean, interval.low, interval.high, 0.1)


@given(
    intervals(), draw.lists(draw.sampled_from([SHRINKS, GROWS, NO_CHANGE]), min_size=1, max_size=12), draw.booleans()
)
def test_the_noise_answer(change: Interval, ways: list[str], spiked: bool) -> None:
    count = len(ways)
    ends = np.array([{SHRINKS: -1.0, GROWS: 1.0, NO_CHANGE: 0.0}[way] for way in ways])
    each = Intervals(ends, ends - 0.5, ends + 0.5, np.zeros(count))
    clean = np.ones(count)
    response = Response(clean, each, tuple(ways), clean, clean, None, None, change, None, clean, clean, 20)
    told = answer(response, NoiseConfig(level=1.0, place="spike" if spiked else "everywhere"))
    assert ("falls by" in told.markdown) == (change.high < 0)
    assert ("rises by" in told.markdown) == (change.low > 0)
    if told.verdict == HOLDS:
        assert change.high <= SHRUNK
        assert ways.count(SHRINKS) >= 0.9 * count
    if told.verdict == DOES_NOT_HOLD:
        assert change.low > (-50 if spiked else SHRUNK)
        assert count - ways.count(GROWS) < 0.9 * count
    assert told.markdown.startswith(f"**{WORDS[told.verdict]}**: ")
    assert told.markdown.count("**") == 4  # the verdict, and one number
    assert "[" not in told.markdown
    assert "[" in told.fold


def compared(ratio: Interval, rival: str = "LSTM") -> Ratio:
    return Ratio("Liquid", rival, 600, 600, (100,), (0.0,), ratio, 0.95, 1.0, 1.0, 1.0, 6, 24, 5)


@given(ratios)
def test_the_benchmarks_ratio(ratio: Interval) -> None:
    told = compared(ratio).sentence
    assert ("Liquid is more accurate than LSTM" in told) == (ratio.high < 1)
    assert ("LSTM is more accurate than Liquid" in told) == (ratio.low > 1)
    assert ("equally accurate" in told) == (ratio.low >= 1 / 1.05 and ratio.low <= 1 <= ratio.high <= 1.05)


@given(draw.lists(ratios, min_size=2, max_size=4), draw.sampled_from(["Liquid", "Linear AR"]))
def test_the_benchmarks_winner(lead: list[Interval], first: str) -> None:
    names = ["LSTM", "GRU", "Echo state", "CfC"][: len(lead)]
    by_name = dict(zip(names, lead, strict=True))

    def each_with_each(rows: object, models: list[str]) -> list[Ratio]:
        assert models == [first, *names]
        others = [replace(compared(Interval(0.5, 0.4, 0.6), other), model=names[0]) for other in names[1:]]
        return [*(replace(compared(ratio, name), model=first) for name, ratio in by_name.items()), *others]

    with pytest.MonkeyPatch.context() as patch:
        ranks = {first: 1.0} | dict.fromkeys(names, 2.0)
        patch.setattr(Ranking, "of", lambda rows: Ranking(ranks, (), (), 33, (), ()))
        patch.setattr(report, "each_with_each", each_with_each)
        standing = report.Standing.of([])
    sure = {name for name, ratio in by_name.items() if ratio.high < 1}
    assert set(standing.beaten) == sure
    assert (f"{first} wins" in standing.sentence) == (len(sure) == len(names))
    assert standing.sentence.startswith("No") == (len(sure) < len(names))


@given(draw.lists(draw.lists(draw.floats(0.2, 5), min_size=3, max_size=3), min_size=4, max_size=4))
def test_the_shift(errors: list[list[float]]) -> None:
    home, far, home_lstm, far_lstm = map(np.array, errors)
    for kind in ("noise", "dropped"):
        levels = {0.0: home, 0.2: home, 0.8: far}, {0.0: home_lstm, 0.2: home_lstm, 0.8: far_lstm}
        both = dict(zip((shift_report.LIQUID, shift_report.LSTM), levels, strict=True))
        found = shift_report.Shifted(kind, "Lorenz", "Adam", 0.2, both)
        growth = found.growth(shift_report.LSTM, 0.8)
        assert found.sentence.startswith("Liquid loses less") == (growth.high < 1)
        assert found.sentence.startswith("The LSTM loses less") == (growth.low > 1)
    names = (shift_report.STEPPED, shift_report.TIMED, shift_report.BLIND_LSTM)
    levels = {name: {0.5: errors} for name, errors in zip(names, (home, far, home_lstm), strict=True)}
    found = shift_report.Shifted("uneven", "Lorenz", "Adam", 0.5, levels)
    ratio = found.against(shift_report.TIMED, 0.5)
    assert ("worth more than" in found.sentence) == (ratio.high < 1)
    assert ("more accurate than" in found.sentence) == (ratio.low > 1)


@given(draw.lists(draw.lists(intervals(), min_size=4, max_size=4), min_size=5, max_size=5))
def test_what_follows_the_noise(drawn: list[list[Interval]]) -> None:
    by_name = {name: ByRegime(name, tuple(values)) for name, values in zip(NAMES, drawn, strict=True)}
    moving, _, still = follows(by_name).partition("Not measurably: ")
    for name, one in by_name.items():
        apart = any(a.high < b.low for a in one.values for b in one.values)
        assert (NAMES[name] in moving) == apart
        assert (NAMES[name] in still) == (not apart)
    age = by_name["age"].values
    told = memory(by_name["age"], [(0.02, 0.05), (0.02, 0.5), (0.2, 0.05), (0.2, 0.5)])
    assert ("longer" in told) == (age[0].high < age[1].low or age[2].high < age[3].low)
    assert ("shorter" in told) == (age[1].high < age[0].low or age[3].high < age[2].low)


@given(ratios)
def test_what_another_solver_does(ratio: Interval) -> None:
    told = SolverEffect((number(ratio),), 100).answer
    assert ("states are better" in told) == (ratio.high < 1)
    assert ("states are worse" in told) == (ratio.low > 1)
    rows = (SolverTraining("euler", (1.0,), Interval(1, 1, 1), 1.0), SolverTraining("heun", (1.0,), ratio, 1.0))
    told = StoredTrainings("Adam", {}, {"x": rows}).answer("x")
    assert ("Heun better" in told) == (ratio.high < 1)
    assert ("Heun worse" in told) == (ratio.low > 1)


@given(ratios, ratios)
def test_who_forecasts_better(horizon: Interval, first: Interval) -> None:
    metrics = load_row().one_step
    over, ahead = (RmseRatio(one.mean, one.low, one.high) for one in (horizon, first))
    rows = tuple(Row(name, metrics, np.ones(12), ahead, over) for name in ("Liquid", "Persistence"))
    told, then = answer_of_training(rows), first_step(rows)
    word = told.markdown.split("**")[1]
    better, no_worse = over.high < 1 and not over.is_one, ahead.low <= 1 or ahead.is_one
    worse, better_first = over.low > 1 or over.is_one, ahead.high < 1 and not ahead.is_one
    assert (word == "Yes") == (better and no_worse)
    assert (word == "No") == (worse and not better_first)
    assert (word == "Partly") == ((better and not no_worse) or (worse and better_first))
    for said, ratio in ((told.sentence, over), (then, ahead)):
        undecided = ratio.low <= 1 <= ratio.high and not ratio.is_one
        assert ("may be chance" in said) == undecided
        assert ("below that of" in said) <= (ratio.value < 1)
        assert ("above that of" in said) <= (ratio.value >= 1)
    assert told.markdown.count("**") == 4
    assert "interval" in told.fold
    assert "interval" not in told.sentence + then


def rival(model: str, ratio: Interval) -> Rival:
    whole, first = (
        RmseRatio(ratio.mean, ratio.low, ratio.high),
        RmseRatio(1.0, 0.9, 1.1),
    )  # the first step's is no judge
    return Rival(model, np.ones(1), np.ones(2), np.array([1.0, 1 / ratio.mean]), first, whole, 1, 1.0)


@given(draw.lists(ratios, min_size=1, max_size=4))
def test_a_comparison_of_models(drawn: list[Interval]) -> None:
    """Yes if every interval lies below 1, No only if none does; each model stands where its interval puts it."""
    names = ["LSTM", "GRU", "CfC", "LTC"][: len(drawn)]
    rivals = [rival(name, ratio) for name, ratio in zip(names, drawn, strict=True)]
    told = compare_report.answer(rivals, "Liquid")
    alike = [max(abs(ratio.low - 1), abs(ratio.high - 1)) < 5e-4 for ratio in drawn]
    lower = [ratio.high < 1 and not same for ratio, same in zip(drawn, alike, strict=True)]
    higher = [ratio.low > 1 and not same for ratio, same in zip(drawn, alike, strict=True)]
    assert (told.verdict == HOLDS) == all(lower)
    assert told.verdict != DOES_NOT_HOLD or not any(lower)
    assert told.verdict != IN_PART or (any(lower) and any(ratio.low >= 1 - 5e-4 for ratio in drawn))
    at = int(np.argmax([ratio.mean for ratio in drawn]))
    size = "the same as" if alike[at] else f"{by_uncertainty(drawn[at])} times"
    assert f"the RMSE of Liquid is {size} that of {names[at]}" in str(told)
    groups = {"lower": lower, "higher": higher, "alike": alike}
    for index, (name, one) in enumerate(zip(names, rivals, strict=True)):
        way = compare_report.outcome(one)
        assert way == next((word for word, which in groups.items() if which[index]), "undecided")
        assert f"{name} {ratio_words(one.whole)}" in told.fold
    if len(drawn) == 1:
        assert ("**the same**" in told.markdown) == alike[0]
        assert ("too close" in told.markdown) == (not (lower + higher + alike).count(True))


def test_a_comparison_without_a_ratio_or_an_interval_decides_nothing() -> None:
    nothing, alone = Interval(np.nan, np.nan, np.nan), Interval(0.5, np.nan, np.nan)
    perfect = replace(rival("Persistence", nothing), rmse=np.zeros(2))
    for rivals in ([perfect], [perfect, rival("GRU", Interval(0.5, 0.4, 0.6))], [rival("GRU", alone)]):
        assert compare_report.answer(rivals, "Liquid").verdict == NOT_DECIDED


@given(draw.lists(intervals(-1.0), min_size=8, max_size=8))
def test_a_claim(values: list[Interval]) -> None:
    stored = STORED["noise"]
    checks = tuple(replace(check, value=value) for check, value in zip(stored.checks, values, strict=True))
    found: ClaimResult = replace(stored, checks=checks)
    outcomes = {check.outcome for check in checks}
    word = found.answer.markdown.split("**")[1]
    assert (word == "Yes") == (outcomes == {HOLDS})
    assert (word == "Partly") == ({HOLDS, DOES_NOT_HOLD} <= outcomes)
    assert word != "No" or HOLDS not in outcomes
    assert {WORDS[one] for one in (HOLDS, IN_PART, NOT_DECIDED, DOES_NOT_HOLD)} >= {word}


def test_the_replications_reason_follows_from_its_trainings() -> None:
    """The stored sentence is what `_why` makes of the stored rows."""
    stored = STORED["part-3"]
    settings = stored.picture["settings"]
    design = replication.Design(settings["draws"], tuple(settings["noises"]), tuple(settings["rates"]), stored.seed)

    def errors(kept: str, trainings: int) -> dict[str, replication.Errors]:
        by_name = {
            name: [row[5:] for row in stored.picture[kept] if row[:2] == [*key]]
            for name, key in replication.MODELS.items()
        }
        return {
            name: replication.Errors(*np.array(rows, float).T.reshape(3, trainings, design.members))
            for name, rows in by_name.items()
            if rows
        }

    assert replication._why(errors("rows", len(design.rates)), errors("better", 1), design) == stored.why


drawn_errors = draw.lists(draw.floats(0.5, 2), min_size=48, max_size=48).map(np.array)
SAID = re.compile(r"(\S+) \[(\S+), (\S+)\]")


def said_intervals(text: str) -> list[list[float]]:
    return [[float(value.replace(",", "")) for value in found] for found in SAID.findall(text)]


def paired(ratios: np.ndarray) -> Interval:
    return interval(np.log(ratios)).exp()


def close(*expected: Interval) -> list[object]:
    """To the three digits that a sentence has."""
    return [pytest.approx([one.mean, one.low, one.high], rel=0.006) for one in expected]


@given(drawn_errors, draw.sampled_from([robust.LIQUID, robust.CFC]))
def test_how_much_more_dropped_samples_cost(drawn: np.ndarray, ours: Kind) -> None:
    """Each number is the first one's growth over the LSTM's; the last ones, by the better training over by Adam."""
    grown, home = drawn.reshape(2, 2, 2, 2, 3)  # [training, task, kind, network]
    kinds = ours, robust.LSTM

    def shifted(start: np.ndarray, growth: np.ndarray) -> robust.ShiftErrors:
        noise = dict.fromkeys((TRAIN_NOISE, *robust.NOISES), start)
        return robust.ShiftErrors(noise, {0.0: start} | dict.fromkeys(robust.DROPS, start * growth))

    errors = {
        training: {
            task: {kind: shifted(home[by, on, of], grown[by, on, of]) for of, kind in enumerate(kinds)}
            for on, task in enumerate(TASKS)
        }
        for by, training in enumerate(TRAININGS)
    }
    told = robust._told(errors, kinds)
    assert told.startswith(f"How many times as much dropped samples raise {ours.model}'s error as the LSTM's, ")
    growth, _, moved = told.partition("The better training multiplies that by ")
    cost = grown[:, :, 0] / grown[:, :, 1]
    adam, better = growth.split("Adam: ")[1].split("; SOAP, readout solved: ")
    for said, ratios in ((adam, cost[0]), (better, cost[1]), (moved, cost[1] / cost[0])):
        assert said_intervals(said) == close(*(paired(one) for one in ratios))


@given(drawn_errors, draw.sampled_from([0.2, 0.7, 1.0, 5.0]))
def test_what_the_time_is_worth_to_an_lstm(drawn: np.ndarray, worth: float) -> None:
    """It is said to help only where every interval says so; the last numbers are by the better training over Adam."""
    stepped, timed, blind, _ = np.moveaxis(drawn.reshape(2, 2, 4, 3), 2, 0)
    timed = worth * timed
    by_kind = {uneven.STEPPED: stepped, uneven.TIMED: timed, uneven.BLIND_LSTM: blind}
    errors = {
        training: {task: {kind: of[by, on] for kind, of in by_kind.items()} for on, task in enumerate(TASKS)}
        for by, training in enumerate(TRAININGS)
    }
    told, _, moved = uneven._why(errors).partition("The better training multiplies Liquid's error over that of the ")
    helped = {
        f"on {task} ({training})": paired(timed[by, on] / blind[by, on])
        for by, training in enumerate(TRAININGS)
        for on, task in enumerate(TASKS)
    }
    assert ("not helpless" in told) == all(one.high < 1 for one in helped.values())
    for where, one in helped.items():
        (said,) = re.findall(rf"(\S+) {re.escape(where)}", told)
        assert float(said.replace(",", "")) == pytest.approx(one.mean, rel=0.006)
    apart = stepped / timed
    assert said_intervals(moved) == close(*(paired(one) for one in apart[1] / apart[0]))


def test_the_stored_reason_about_the_time_follows_from_its_networks() -> None:
    """The stored sentence is what `_why` makes of the stored rows."""
    stored = STORED["irregular"]
    errors: dict[str, dict[str, dict[Kind, list[float]]]] = {}
    for task, _, training, model, time, level, *_, error in stored.picture["rows"]:
        if level == MISSING:
            by_kind = errors.setdefault(training, {}).setdefault(task, {})
            by_kind.setdefault(Kind(model, time), []).append(error)
    arrays = {
        training: {task: {kind: np.array(of) for kind, of in kinds.items()} for task, kinds in by_task.items()}
        for training, by_task in errors.items()
    }
    assert uneven._why(arrays) == stored.why


@given(draw.lists(ratios, min_size=1, max_size=4), draw.booleans())
def test_the_benchmarks_tally(drawn: list[Interval], small: bool) -> None:
    """Every rival stands once, where its interval puts it; a study that is too small only says who is ahead."""
    names = ["LSTM", "GRU", "CfC", "LTC"][: len(drawn)]
    told = tally(tuple(replace(compared(one, name), too_small=small) for name, one in zip(names, drawn, strict=True)))
    parts = [part for part in told.removesuffix(".").split(". ") if part]
    for name, one in zip(names, drawn, strict=True):
        (said,) = (part for part in parts if re.search(rf"\b{name}\b", part))
        assert said.startswith("More accurate than ") == (one.high < 1 and not small)
        assert said.startswith("Less accurate than ") == (one.low > 1 and not small)
        assert said.startswith("Equal within 5 % to ") == (
            one.low >= 1 / 1.05 and one.low <= 1 <= one.high <= 1.05 and not small
        )
        assert said.startswith("Too small to tell, but ahead of ") == (one.mean < 1 and small)
        assert said.startswith("Too small to tell, but behind ") == (one.mean >= 1 and small)


@given(draw.lists(ratios, min_size=1, max_size=4))
def test_what_columns_are_worth(drawn: list[Interval]) -> None:
    """A column is said to be worth reading, or in the way, where its interval says so, and else undecided."""
    names = tuple(f"column {letter}" for letter in "ABCD"[: len(drawn)])
    found = tuple(RmseRatio(one.mean, one.low, one.high) for one in drawn)
    told = worth_answer(Worth("Liquid", 3, 1.0, names, (False,) * len(names), np.ones(len(names)), found))
    parts = {"worth": "", "in the way": "", "undecided": ""}
    for part in told.removesuffix(".").split("; "):
        kind = "undecided" if "no difference" in part.lower() else "in the way" if "smaller" in part else "worth"
        parts[kind] += part
    for name, ratio in zip(names, found, strict=True):
        kind = "worth" if ratio.low > 1 else "in the way" if ratio.high < 1 else "undecided"
        assert [way for way, said in parts.items() if name in said] == [kind]


# Words that take a side; where a sentence with them holds computed values, an interval has to stand behind them.
SIDE = re.compile(
    r"\b(more accurate|wins?|beats|better|worse|falls by|rises by|shrinks?|grows?|loses less|worth more|moves|"
    r"differ|differs from that|no difference|too close|may be chance)\b",
    re.IGNORECASE,
)
TESTED = {
    *("liquid/studies/noise/judged.py: answer", "liquid/studies/noise/regimes.py: follows"),
    *("liquid/studies/benchmark/verdict.py: sentence", "liquid/studies/benchmark/report.py: sentence"),
    *("liquid/studies/claims/shift_report.py: sentence", "liquid/studies/solver_effect/study.py: answer"),
    *("liquid/learning/verdict.py: answer", "liquid/learning/verdict.py: doubt"),
    *("liquid/studies/compare/report.py: _alone", "liquid/studies/worth/report.py: answer"),
    *("liquid/studies/claims/robust.py: _told", "liquid/studies/claims/uneven.py: _why"),
    "pages/benchmark/results.py: tally",
}
NO_SIDE = {
    "liquid/studies/benchmark/report.py: _unlike": "which noises were trained, and no comparison",
    "liquid/charts/ratios.py: _around_one": "says what left of 1 means",
    "liquid/studies/targets/report.py: errors_table": "a column's name, over the verdicts of each training",
    "liquid/studies/claims/layer.py: gate": "numbers that were measured, and no comparison",
    "pages/benchmark/shift.py: shifted_view": "says what below 1 means",
    "pages/solver/views.py: _clock_answer": "two exact paths, without chance",
    "pages/time_constant/memory.py: speed": "counts of verdicts that were Holm-corrected",
    "benchmarks/findings.py: _benchmark": "the verdicts of others",
    "benchmarks/findings.py: _noise": "the verdict of the claim, and counts",
    "liquid/learning/residuals.py: sentence": "by p-values that stand in it",
    "liquid/learning/report.py: band_sentence": "chance alone moves a share: tested where a band is",
    "benchmarks/findings.py: _solver": "says whether 1 lies in the interval that stands beside it",
    "liquid/studies/claims/layer.py: noise": "shares of neurons that were Holm-corrected",
    "liquid/charts/time_constant.py: relative_by_regime": "a title that asks",
    "pages/train/results.py: _time_constants": "a help text",
    "pages/train/worth.py: columns_worth": "says what above 1 means",
    "liquid/studies/attribution/report.py: tau_words": "compares two numbers that stand in it",
    "liquid/cli/runs.py: arguments": "a help text",
    "pages/runs/side_by_side.py: _show": "a heading over settings",
    "liquid/dynamics/ensemble.py: stack": "an error in the use of it",
}


def test_every_sentence_that_takes_a_side_is_tested_here() -> None:
    found = set()
    files = [*(ROOT / "liquid").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "benchmarks" / "findings.py"]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(isinstance(part, ast.JoinedStr) for part in ast.walk(node)):
                words = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
                described = ast.get_docstring(node, clean=False)
                if any(isinstance(word, str) and word != described and SIDE.search(word) for word in words):
                    found.add(f"{path.relative_to(ROOT).as_posix()}: {node.name}")
    assert found == TESTED | set(NO_SIDE)


def load_row() -> Row:
    """Any row: what its metrics are does not matter to who wins."""
    return Row(
        "Liquid", Metrics(**dict.fromkeys(Metrics.__dataclass_fields__, 1.0)), np.ones(1), RmseRatio(1.0, 1.0, 1.0)
    )
