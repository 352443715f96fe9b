"""The benchmark's verdicts: right as often as docs/results/benchmark-plan.md says, on the cells that it says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, t

from liquid.studies.benchmark import grids, report
from liquid.studies.benchmark.choices import chosen
from liquid.studies.benchmark.config import Cell, CellResult, Recipe
from liquid.studies.benchmark.ranking import Ranking
from liquid.studies.benchmark.report import Standing, at_the_largest_rate, hardest, in_equal_time, rank_sentence
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.tasks import MAP, TASKS
from liquid.studies.benchmark.timing import over_time, time_to_error
from liquid.studies.benchmark.verdict import (
    BETTER,
    EQUAL,
    TOO_SMALL,
    UNDECIDED,
    WORSE,
    by,
    by_task,
    compare,
    exact,
    judged,
    kind_of,
    levels_together,
    over_tasks,
    points,
    ratios,
)
from liquid.studies.statistics import Interval, interval, joint_level


def row(
    task: str, model: str, seed: int, error: float, noise: float = 0.2, seconds: float = 1.0, steps: int = 300
) -> CellResult:
    return CellResult(Cell(task, noise, model, 300, seed, steps), 8, 300, 0.2, (error,), error, seconds)


def planted(effect: float, rng: np.random.Generator) -> Iterator[CellResult]:
    """Liquid errs exp(effect) times as much as the LSTM, up to the luck of task and seed."""
    for task in TASKS:
        luck = rng.normal(0, 0.05)
        for seed in range(4):
            hard = rng.normal()
            yield row(task, "LSTM", seed, float(np.exp(hard)))
            yield row(task, "Liquid", seed, float(np.exp(hard + effect + luck + rng.normal(0, 0.05))), seconds=0.5)


def same(errors: dict[str, float], seeds: int = 3, tasks: tuple[str, ...] = tuple(TASKS)) -> list[CellResult]:
    """Every model with one error everywhere."""
    return [row(task, model, seed, error) for task in tasks for seed in range(seeds) for model, error in errors.items()]


def test_a_planted_winner_is_found_with_its_size() -> None:
    ratio = compare(list(planted(np.log(0.8), np.random.default_rng(0))), "Liquid", "LSTM")
    assert ratio is not None
    assert ratio.verdict == ratio.word == BETTER
    assert ratio.ratio.low < 0.8 < ratio.ratio.high
    assert ratio.times == pytest.approx(0.5)
    assert ratio.sentence.startswith("Liquid is more accurate than LSTM: its error is 0.")
    assert "(95 % interval " in ratio.sentence
    assert ratio.p == pytest.approx(2 / 2 ** len(TASKS))  # all tasks on one side


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.7, 0.999, BETTER),
        (1.001, 1.2, WORSE),
        (0.9525, 1.0499, EQUAL),
        (0.9523, 1.01, UNDECIDED),
        (0.99, 1.051, UNDECIDED),
        (0.96, 0.99, BETTER),
        (math.nan, math.nan, TOO_SMALL),
    ],
)
def test_the_word_is_where_the_whole_interval_lies(low: float, high: float, word: str) -> None:
    assert judged(Interval(1.0, low, high)) == word


def at_most(rate: float, draws: int) -> float:
    return rate + 3 * float(np.sqrt(rate * (1 - rate) / draws))


@pytest.mark.parametrize(("tasks", "shared"), [(33, 0.0), (12, 0.9), (6, 0.5)])
def test_some_interval_is_wrong_in_no_more_than_one_study_of_20(tasks: int, shared: float) -> None:
    rng, wrong, studies = np.random.default_rng(3), [], 200
    for _ in range(studies):
        values = shared * rng.normal(size=(tasks, 1)) + rng.normal(size=(tasks, 6))
        counts = (tasks, tasks, tasks, tasks, 5, 4)
        each = [values[:count, place] for place, count in enumerate(counts)]
        levels = levels_together([{str(k): float(v) for k, v in enumerate(one)} for one in each], draws=300)
        wrong.append(any(found.low > 0 or found.high < 0 for found in map(interval, each, levels)))
    assert 0.01 < np.mean(wrong) < at_most(0.05, studies)


def test_the_joint_level_is_that_of_the_largest_of_many_t() -> None:
    rng = np.random.default_rng(0)
    independent = rng.normal(size=(200, 5))
    assert joint_level(independent, draws=2000) == pytest.approx(0.95 ** (1 / 5), abs=4e-3)  # Z. Šidák, JASA 62, 1967
    one = rng.normal(size=(20, 1))
    assert joint_level(one * [1.0, 2.0, -3.0]) == pytest.approx(0.95, abs=5e-3)  # three times the same
    shared = [[1.0, 0.9], [0.9, 1.0]]
    edge = float(norm.ppf(0.5 + joint_level(rng.multivariate_normal([0, 0], shared, 400), draws=2000) / 2))
    both = np.abs(rng.multivariate_normal([0, 0], shared, 100_000)).max(axis=1)
    assert np.mean(both < edge) == pytest.approx(0.95, abs=0.015)
    assert edge < norm.ppf(1 - 0.05 / 4) - 0.02  # Bonferroni's
    assert joint_level(np.ones((20, 3))) <= 1 - 0.05 / 3  # nothing moves, nothing is drawn


def test_few_tasks_and_rivals_on_few_take_their_own_part() -> None:
    rng = np.random.default_rng(0)
    names = list(TASKS)
    wide: list[dict[str, float]] = [{name: float(rng.normal()) for name in names} for _ in range(3)]
    narrow = {name: 0.1 * place for place, name in enumerate(names[:5])}
    *joint, own = levels_together([*wide, narrow])
    assert own == 1 - 0.05 / 4
    assert len(set(joint)) == 1
    assert 0.95 < joint[0] <= own
    few = [{name: one[name] for name in names[:11]} for one in wide]
    assert levels_together(few) == [1 - 0.05 / 3] * 3


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_interval_covers_other_tasks_and_seeds_as_often_as_it_says(level: float) -> None:
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(2000):
        tasks = [rng.normal(rng.normal(0.3, 1.0), 2.0, 5) for _ in range(6)]  # a task's seeds differ as much as tasks
        found = over_tasks(tasks, level)
        covered.append(found.low < 0.3 < found.high)
    assert abs(np.mean(covered) - level) < 3 * np.sqrt(level * (1 - level) / 2000)


def test_a_task_is_one_number_however_many_noises_sizes_and_seeds_it_has() -> None:
    rng = np.random.default_rng(5)
    once = list(planted(0.1, rng))
    again = [replace(one, cell=replace(one.cell, noise=noise)) for one in once for noise in (0.0, 0.1, 0.2)]
    sized = [replace(one, cell=replace(one.cell, parameters=size)) for one in again for size in (100, 300)]
    (first,), (third,) = ratios(once), ratios(sized)
    assert (first.tasks, third.tasks, third.conditions) == (33, 33, 99)
    assert third.p == pytest.approx(first.p)
    assert third.ratio.low == pytest.approx(first.ratio.low)
    logs = [np.log(one.ratio.mean) for one in by_task(once, "LSTM")]
    half = t.ppf(0.975, 32) * np.std(logs, ddof=1) / np.sqrt(33)
    assert first.ratio.low == pytest.approx(np.exp(np.mean(logs) - half))


def test_what_is_exact_is_left_out_and_named_and_the_rest_counts_as_it_is() -> None:
    rows = same({"Liquid": 2e-5, "Linear AR": 4e-8, "Echo state": 1e-5})
    assert {one.rival: one.ratio.mean for one in ratios(rows)} == pytest.approx({"Linear AR": 500.0, "Echo state": 2.0})
    assert exact(rows) == ()
    first = next(iter(TASKS))
    rows = [
        replace(one, error=4e-14) if one.cell.model == "Linear AR" and one.cell.task == first else one for one in rows
    ]
    assert [(one.model, one.task, one.error) for one in exact(rows)] == [("Linear AR", first, 4e-14)]
    assert {one.rival: (one.tasks, round(one.ratio.mean, 6)) for one in ratios(rows)} == {
        "Linear AR": (32, 500.0),
        "Echo state": (33, 2.0),
    }
    (sentence,) = report.exact_sentences(rows)
    assert sentence.startswith(f"Linear AR is exact on {first}, noise of 20 % (error 4e-14,")
    one_seed_is_not = [replace(one, error=1e-8) if one.cell.seed == 0 and one.error < 1e-9 else one for one in rows]
    assert exact(one_seed_is_not) == ()


def test_only_trainings_of_the_main_length_are_compared() -> None:
    rows = same({"Liquid": 0.2, "LSTM": 0.1})
    for steps in (37, 1200):
        rows += [row(task, m, s, 9.0, steps=steps) for task in ("lorenz", "ecg") for m in ("Liquid",) for s in range(3)]
    (found,) = ratios(rows)
    assert found.ratio.mean == pytest.approx(2.0)
    assert found.steps == 300
    assert Ranking.of(rows).ranks == {"LSTM": 1.0, "Liquid": 2.0}


def test_a_small_study_says_directions_alone() -> None:
    rng = np.random.default_rng(0)
    rows = tuple(
        CellResult(cell, 8, 100, 0.2, (0.1,), 0.1 if cell.model == "Liquid" else float(rng.uniform(0.3, 0.4)), 1.0)
        for cell in grids.quick()
    )
    words = {one.word for one in (*ratios(rows), *(part.ratio for part in by("noise", rows)))}
    assert words == {f"ahead, {TOO_SMALL}"}
    assert all("too few tasks or seeds to tell" in one.sentence for one in ratios(rows))
    assert Standing.of(rows).beaten == ()
    told = report.markdown(Stored.of("quick", rows, True))
    assert "only directions are said" in told
    assert not any(word in told for word in (f"| {BETTER}", f"| {WORSE}", EQUAL, UNDECIDED, "more accurate"))
    large = ratios(same({"Liquid": 0.1, "LSTM": 0.3}, tasks=tuple(TASKS)[:12]))
    assert [one.word for one in large] == [BETTER]
    assert ratios(same({"Liquid": 0.1, "LSTM": 0.3}, seeds=2))[0].word == f"ahead, {TOO_SMALL}"
    alone = [row("lorenz", model, seed, 0.1 * (seed + 1) * worse) for seed in range(3) for model, worse in
             (("Liquid", 1.0), ("LSTM", 2.0 + seed / 9))]  # fmt: skip
    assert ratios(alone)[0].word == BETTER  # about this series alone, over its seeds


def test_the_parts_are_by_noise_size_and_kind() -> None:
    rows = [row(t, m, s, 0.2, noise) for t in TASKS for m in ("Liquid", "LSTM") for s in range(3) for noise in (0, 0.2)]
    rows += [row(task, "GRU", seed, 0.1 if kind_of(task) == MAP else 0.2) for task in TASKS for seed in range(3)]
    rows += [row(task, "LTC", seed, 0.2) for task in ("lorenz", "rossler", "ecg", "sines") for seed in range(3)]
    found = {(part.ratio.rival, part.label): part.ratio for part in by("noise", rows)}
    assert list(found) == [
        *(("LSTM", "without noise"), ("LSTM", "noise of 20 %")),
        *(("GRU", "noise of 20 %"), ("LTC", "noise of 20 %")),
    ]
    kinds = {(part.ratio.rival, part.value): part.ratio for part in by("kind", rows)}
    assert kinds["GRU", MAP].ratio.mean == pytest.approx(2.0)
    assert {rival: ratio.tasks for (rival, kind), ratio in kinds.items() if kind == MAP} == {"LSTM": 4, "GRU": 4}
    assert not any(rival == "LTC" for rival, _ in kinds)  # two tasks of a kind are too few
    assert [part.label for part in by("size", rows)] == ["about 300 parameters"] * 3


def test_equal_time_is_the_length_whose_measured_time_comes_closest() -> None:
    rows = list(planted(0.0, np.random.default_rng(0)))  # Liquid takes 0.5 s, the LSTM 1 s
    assert in_equal_time(rows) is None
    for steps, seconds in ((600, 0.9), (800, 1.4)):
        rows += [
            replace(one, cell=replace(one.cell, steps=steps), seconds=seconds)
            for one in rows
            if one.cell.model == "Liquid" and one.cell.steps == 300 and one.cell.task in ("lorenz", "ecg", "sines")
        ]
    found = in_equal_time(rows)
    assert found is not None
    assert (found.steps, found.rival_steps, found.tasks) == (600, 300, 3)
    assert found.times == pytest.approx(0.9)


def test_time_counts_everything_that_was_tried() -> None:
    tried = replace(row("sines", "Liquid", 0, 0.1, seconds=2.0), validation=(0.1, 0.2, None, 0.3))
    at_once = replace(row("sines", "Echo state", 0, 0.1, seconds=4.0), validation=(0.1,))
    assert (tried.spent, at_once.spent) == (8.0, 4.0)
    (found,) = ratios([tried, at_once])
    assert found.times == pytest.approx(2.0)


def test_ranks_are_over_what_all_have_and_groups_are_not_told_apart() -> None:
    rng = np.random.default_rng(1)
    rows = same({"LSTM": 0.1})
    rows += [row(one, "Persistence", s, 0.4 + place / 99) for place, one in enumerate(TASKS) for s in range(3)]
    rows += [row(one, "Liquid", s, 0.1 * rng.choice([0.9, 1.1])) for one in TASKS for s in range(3)]
    rows += [row("lorenz", "LTC", seed, 0.01) for seed in range(3)]
    rows += [row(task, "LSTM", seed, 9.0, noise=0.0) for task in TASKS for seed in range(3)]  # Liquid is not there
    ranking = Ranking.of(rows)
    assert ranking.left_out == ("LTC",)
    assert ranking.conditions == ((0.2, 300),)
    assert ranking.ranks["Persistence"] == 3.0
    assert sum(ranking.ranks.values()) == pytest.approx(6.0)
    assert [set(group) for group in ranking.groups] == [{"LSTM", "Liquid"}]
    assert ranking.alike("LSTM", "Liquid")
    assert not ranking.alike("Persistence", "LSTM")
    assert ranking.p[0][2] == pytest.approx(3 * 2 / 2**33)  # Holm's factor is the number of pairs
    assert rank_sentence(ranking).endswith("Without LTC, not there on all of them.")
    assert Ranking.of(same({"Liquid": 0.1, "LSTM": 0.2})).groups == ()


def test_the_hardest_rival_is_of_those_on_most_tasks() -> None:
    rows = same({"Liquid": 0.2, "LSTM": 0.1, "GRU": 0.4})
    rows += [row(task, "LTC", seed, 0.01) for task in ("lorenz", "ecg", "sines") for seed in range(3)]
    found = hardest(ratios(rows))
    assert found is not None
    assert found.rival == "LSTM"
    assert report.hardest_sentence(ratios(rows)).startswith("The hardest rival is LSTM: LSTM is more accurate")


def test_where_interval_and_ranks_disagree_is_said() -> None:
    names = list(TASKS)
    far = {name: 2.0 if place else 1e4 for place, name in enumerate(names)}  # one task hides what all others show
    rows = [row(name, "Liquid", seed, 1 / far[name] if place else far[name]) for place, name in enumerate(names)
            for seed in range(3)]  # fmt: skip
    rows += same({"LSTM": 1.0})
    (found,) = ratios(rows)
    assert (found.verdict, found.adjusted < 0.05) == (UNDECIDED, True)
    assert report.disagreement([found])[0].startswith("Against LSTM Wilcoxon's p is below 0.05")
    assert report.disagreement([replace(found, ratio=Interval(0.5, 0.4, 0.6), adjusted=0.2)]) == [
        "Wilcoxon's p does not bear out the verdict against LSTM."
    ]
    assert report.disagreement([replace(found, too_small=True)]) == []


def test_task_by_task_with_the_seeds_interval() -> None:
    rows = [row("ecg", "Liquid", seed, 0.2 * (1 + seed / 10)) for seed in range(3)]
    rows += [row("ecg", "LSTM", seed, 0.1) for seed in range(3)]
    (found,) = by_task(rows, "LSTM")
    logs = np.log([2.0, 2.2, 2.4])
    half = t.ppf(0.975, 2) * logs.std(ddof=1) / np.sqrt(3)
    assert (found.task, found.kind, found.noise, found.seeds) == ("ecg", "measured", 0.2, 3)
    assert found.ratio.mean == pytest.approx(np.exp(logs.mean()))
    assert found.ratio.high == pytest.approx(np.exp(logs.mean() + half))


def test_what_validation_chose_is_counted() -> None:
    recipe = Recipe(rates=(0.05, 0.2, 0.8), trainings=("adam", "soap-finished"))
    picked = [("adam", 0.8), ("adam", 0.8), ("soap-finished", 0.2), ("soap-finished", 0.8)]
    rows = [
        replace(one, cell=replace(one.cell, recipe=recipe), training=training, rate=rate)
        for seed, (training, rate) in enumerate(picked)
        for one in [row("lorenz", "Liquid", seed, 0.1)]
    ]
    rows.append(replace(rows[0], cell=replace(rows[0].cell, model="Linear AR"), rate=None, training=None))
    (found,) = chosen(rows)
    assert (found.model, found.rows) == ("Liquid", 4)
    assert found.trainings == {"adam": 0.5, "soap-finished": 0.5}
    assert found.rates == {0.05: 0.0, 0.2: 0.25, 0.8: 0.75}
    assert (found.smallest, found.largest) == (0.0, 0.75)
    assert "| Liquid | 4 | 50 % | 50 % | 0 % | 25 % | 75 % |" in report.choice_table([found])


# error = c / seconds, so an error e is reached after c / e seconds
def test_the_time_to_an_error_lies_between_the_trainings_on_a_power_law() -> None:
    cost = {"Liquid": 1.0, "LSTM": 4.0}
    rows = [
        row("lorenz", model, seed, scale / seconds, seconds=seconds, steps=steps)
        for model, scale in cost.items()
        for seed in range(3)
        for steps, seconds in ((37, 1.0), (75, 3.0), (150, 9.0))
    ]
    found = {one.model: one for one in time_to_error(rows)}
    assert found["LSTM"].error == found["Liquid"].error == pytest.approx(4 / 9)
    assert found["LSTM"].seconds.mean == pytest.approx(9.0)
    assert found["Liquid"].seconds.mean == pytest.approx(9 / 4)
    curve = {p.steps: p.error.mean for p in over_time(rows) if p.model == "LSTM"}
    assert curve == pytest.approx({37: 4.0, 75: 4 / 3, 150: 4 / 9})
    two = [one for one in rows if one.cell.steps != 75]
    assert time_to_error(two) == ()
    assert over_time(two) == ()


def test_points_and_the_edge_of_the_rates() -> None:
    rows = same({"Liquid": 0.2, "LSTM": 0.1}, tasks=("ecg", "lorenz"))
    assert points(rows)[0].error.mean == pytest.approx(0.2)
    calm = [replace(one, cell=replace(one.cell, noise=0.0)) for one in rows]
    edge = [replace(one, rate=0.8) if one.cell.model == "Liquid" else one for one in calm]
    assert "0.8, was chosen by Liquid in 6 of 6 trainings:" in at_the_largest_rate(edge)[0]
    assert at_the_largest_rate(calm) == []
    too_few = compare(rows[:2], "Liquid", "LSTM")
    assert too_few is not None
    assert "too few tasks or seeds" in too_few.sentence


def test_sizes_that_were_trained_at_different_noises_are_not_held_beside_each_other() -> None:
    cells = [
        Cell(task, noise, model, size, seed)
        for task in list(TASKS)[:12]
        for model in ("Liquid", "LSTM")
        for seed in range(3)
        for size, noise in ((100, 0.2), (300, 0.0), (300, 0.2))
    ]
    rows = [CellResult(cell, 8, cell.parameters, 0.1, (), 1.0 + 0.01 * cell.seed, 1.0) for cell in cells]
    said = "Noises differ (about 100 parameters at 20 %; about 300 parameters at 0 % and 20 %)"
    assert said in report.parts_sentence(by("size", rows))
    assert "differ" not in report.parts_sentence(by("size", [row for row in rows if row.cell.noise == 0.2]))
    assert "differ" not in report.parts_sentence(by("noise", rows))
