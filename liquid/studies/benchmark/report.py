"""The benchmark's result in words, for its page, docs/results and the folder of a sweep: nothing is typed by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from liquid.learning.trainings import TRAININGS
from liquid.models.registry import ARTICLE
from liquid.series.words import counted, enumerated
from liquid.studies.benchmark.choices import Chosen, chosen
from liquid.studies.benchmark.config import CellResult
from liquid.studies.benchmark.ranking import Ranking
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.timing import time_to_error
from liquid.studies.benchmark.verdict import (
    ALPHA,
    BETTER,
    FEWEST_SEEDS,
    FEWEST_TASKS,
    UNDECIDED,
    WORSE,
    Part,
    Ratio,
    Setting,
    by,
    compare,
    each_with_each,
    exact,
    main_steps,
    noise_words,
    ratios,
)
from liquid.studies.statistics import digits

SETTINGS: tuple[Setting, ...] = get_args(Setting)
HEADS = {"noise": "By noise", "size": "By size", "kind": "By kind of task"}
Section = tuple[str, tuple[tuple[str, Ratio], ...]]


@dataclass(frozen=True)
class Standing:
    """Mean ranks, best first, and the others that the first measurably beats; all pairs are covered at once."""

    ranks: dict[str, float]
    beaten: tuple[str, ...]

    @staticmethod
    def of(rows: Sequence[CellResult]) -> Standing:
        ranks = Ranking.of(rows).ranks
        first = next(iter(ranks), "")
        pairs = each_with_each(rows, list(ranks))
        return Standing(ranks, tuple(one.rival for one in pairs if one.model == first and one.verdict == BETTER))

    @property
    def sentence(self) -> str:
        """Who wins, and if nobody does, who is ahead; the number is in bold."""
        if len(self.ranks) < 2:
            return "No comparison: no two models were trained on every task, noise and size."
        first, *others = self.ranks
        best = f"mean rank **{self.ranks[first]:.1f}** of {len(self.ranks)}"
        open_ = [name for name in others if name not in self.beaten]
        if not open_:
            return f"{first} wins: {best}, and measurably more accurate than {enumerated(others)}."
        unclear = f"against {enumerated(open_)} its lead may be chance"
        if self.beaten:
            return f"No clear winner: {first} is ahead ({best}) and beats {enumerated(self.beaten)}; {unclear}."
        return f"No winner: {first} is ahead ({best}), but {unclear}."


def against(rival: str, comparisons: Sequence[Ratio]) -> Ratio | None:
    """The ratio to one rival; None if the two have no cell in common."""
    return next((ratio for ratio in comparisons if ratio.rival == rival), None)


def hardest(overall: Sequence[Ratio]) -> Ratio | None:
    """The rival to which Liquid's ratio is largest, of those on more than half as many tasks as any."""
    most = max((one.tasks for one in overall), default=0)
    wide = [one for one in overall if 2 * one.tasks > most]
    return max(wide, key=lambda one: one.ratio.mean, default=None)


def in_equal_time(rows: Sequence[CellResult], rival: str = "LSTM") -> Ratio | None:
    """The length of Liquid's trainings that comes closest in measured time to the rival's; None if there is one
    length."""
    lengths = {row.cell.steps for row in rows if row.cell.model == "Liquid"}
    by_length = [ratio for steps in lengths if (ratio := compare(rows, "Liquid", rival, steps)) is not None]
    timed = [ratio for ratio in by_length if math.isfinite(ratio.times)]
    return min(timed, key=lambda ratio: abs(math.log(ratio.times))) if len(lengths) > 1 and timed else None


def alone(rows: Sequence[CellResult], rival: str = "LSTM") -> Section:
    """Labelled rows of a forest plot: one rival part by part."""
    parts = [one for setting in SETTINGS for one in against_the(rival, by(setting, rows))]
    if (longer := in_equal_time(rows, rival)) is not None:
        parts.append((f"{longer.times:.2g} times its time", longer))
    if (article := compare(rows, ARTICLE, rival)) is not None:
        parts.append(("the article's start", article))
    return f"The {rival} alone", tuple(parts)


def against_the(rival: str, parts: Sequence[Part]) -> list[tuple[str, Ratio]]:
    """The parts of one rival, each with its label."""
    return [(part.label, part.ratio) for part in parts if part.ratio.rival == rival]


def markdown(result: Stored) -> str:
    """The whole result: every rival, by noise, size and kind, ranks, what was chosen, time, and how it was made."""
    rows = result.rows
    overall, ranking = ratios(rows), Ranking.of(rows)
    blocks = [
        [f"{Standing.of(rows).sentence.replace('**', '')} {hardest_sentence(overall)}".rstrip()],
        rival_table(overall),
        [how_to_read(overall)],
        [*disagreement(overall), *exact_sentences(rows)],
    ]
    for setting in SETTINGS:
        if parts := by(setting, rows):
            blocks += [[f"### {HEADS[setting]}"], part_table(parts), [parts_sentence(parts)]]
    blocks += [["### Ranks"], rank_table(ranking), [rank_sentence(ranking)]]
    if choices := chosen(rows):
        blocks += [["### What validation chose"], choice_table(choices)]
    if times := time_table(rows):
        blocks += [["### Time to an error"], times, [TIME_NOTE]]
    blocks += [[f"- {sentence}" for sentence in beside(rows)], [grid_sentence(result)]]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def rival_table(overall: Sequence[Ratio]) -> list[str]:
    """One line per rival."""
    lines = [
        "| rival | error of Liquid / rival | Liquid is | p (Wilcoxon, Holm) | training time / rival | tasks | noise |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in overall:
        times = f"{float(f'{one.times:.2g}'):g}" if math.isfinite(one.times) else ""  # 110, not 1.1e+02
        lines.append(
            f"| {one.rival} | {one.ratio} | {one.word} | {one.adjusted:.2g} | {times} | {one.tasks} | {levels(one)} |"
        )
    return lines


def part_table(parts: Sequence[Part]) -> list[str]:
    """A line per rival, a column per value of the setting."""
    labels = list(dict.fromkeys(part.label for part in sorted(parts, key=lambda part: str(part.value))))
    if parts[0].setting != "kind":
        labels = list(dict.fromkeys(part.label for part in sorted(parts, key=lambda part: float(part.value))))
    cells = {(part.ratio.rival, part.label): f"{part.ratio.ratio} {part.ratio.word}" for part in parts}
    lines = [f"| rival | {' | '.join(labels)} |", "|---" * (len(labels) + 1) + "|"]
    for rival in dict.fromkeys(part.ratio.rival for part in parts):
        lines.append(f"| {rival} | {' | '.join(cells.get((rival, label), '') for label in labels)} |")
    return lines


def parts_sentence(parts: Sequence[Part]) -> str:
    """How many intervals hold together, and on how many tasks each column stands."""
    tasks = {part.label: 0 for part in parts}
    for part in parts:
        tasks[part.label] = max(tasks[part.label], part.ratio.tasks)
    shown = enumerated([f"{label} {count}" for label, count in tasks.items()])
    return f"All {counted(len(parts), 'interval')} hold together with 95 %. Tasks, at most: {shown}.{_unlike(parts)}"


def _unlike(parts: Sequence[Part]) -> str:
    """That the columns by size were trained at different noises; "" if they were not."""
    noises = {part.label: set[float]() for part in parts if part.setting == "size"}
    for part in parts:
        if part.label in noises:
            noises[part.label] |= set(part.ratio.noises)
    if len({frozenset(one) for one in noises.values()}) < 2:
        return ""
    told = [f"{label} at {enumerated([f'{100 * n:.0f} %' for n in sorted(one)])}" for label, one in noises.items()]
    return f" Noises differ ({'; '.join(told)}), so a column is no measure of the next."


def rank_table(ranking: Ranking) -> list[str]:
    """A line per model: mean rank, and which others it can't be told from."""
    if not ranking.ranks:
        return []
    lines = ["| model | mean rank | not told apart from |", "|---|---|---|"]
    for model, rank in ranking.ranks.items():
        beside = [other for other in ranking.ranks if other != model and ranking.alike(model, other)]
        lines.append(f"| {model} | {rank:.1f} | {enumerated(beside)} |")
    return lines


def rank_sentence(ranking: Ranking) -> str:
    """What the ranks are over, and who has none."""
    if not ranking.ranks:
        return "No two models were trained on the same tasks, noises and sizes."
    noises = enumerated([f"{100 * noise:.0f} %" for noise in sorted({noise for noise, _ in ranking.conditions})])
    sizes = enumerated([f"{size:,}" for size in sorted({size for _, size in ranking.conditions})])
    left_out = f" Without {enumerated(ranking.left_out)}, not there on all of them." if ranking.left_out else ""
    return (
        f"Mean ranks over {counted(ranking.tasks, 'task')}, 1 is best, at noise of {noises} and about {sizes} "
        f"parameters. Two models are told apart if Wilcoxon's p over the tasks, Holm-corrected over all pairs, is "
        f"below 0.05.{left_out}"
    )


def choice_table(choices: Sequence[Chosen]) -> list[str]:
    """Shares of trainings and peak rates per model; of the edges of the list, in bold."""
    trainings, rates = list(choices[0].trainings), list(choices[0].rates)
    words = [f"by {TRAININGS[name].words}" for name in trainings]
    lines = [
        f"| model | rows | {' | '.join([*words, *(f'rate {rate:g}' for rate in rates)])} |",
        "|---" * (2 + len(words) + len(rates)) + "|",
    ]
    for one in choices:
        shares = [f"{100 * share:.0f} %" for share in [*one.trainings.values(), *one.rates.values()]]
        lines.append(f"| {one.model} | {one.rows:,} | {' | '.join(shares)} |")
    return lines


TIME_NOTE = (
    "Processor seconds of one training until the error that all of these models reach, seed by seed the best of the "
    "one that gets least far, on straight lines between the measured lengths in both logarithms; geometric means over "
    "seeds with 95 % intervals."
)


def time_table(rows: Sequence[CellResult]) -> list[str]:
    """A line per task and noise that were trained for several lengths, a column per model."""
    found = time_to_error(rows)
    if not found:
        return []
    models = list(dict.fromkeys(one.model for one in found))
    cells = {(one.task, one.noise, one.model): f"{one.seconds}" for one in found}
    lines = [f"| task | noise | error | {' | '.join(models)} |", "|---" * (3 + len(models)) + "|"]
    for task, noise, error in dict.fromkeys((one.task, one.noise, one.error) for one in found):
        each = " | ".join(cells.get((task, noise, model), "") for model in models)
        lines.append(f"| {task} | {100 * noise:.0f} % | {digits(error)} | {each} |")
    return lines


def statements(rows: Sequence[CellResult]) -> list[str]:
    """The sentences below the table of ratios on the page: the LSTM part by part, and what stands beside."""
    parts = [one for setting in SETTINGS for one in against_the("LSTM", by(setting, rows))]
    sentences = [f"{label[0].upper()}{label[1:]}, {counted(one.tasks, 'task')}: {one.sentence}" for label, one in parts]
    return [*sentences, *exact_sentences(rows), *beside(rows), rank_sentence(Ranking.of(rows))]


def beside(rows: Sequence[CellResult]) -> list[str]:
    """Error at equal time, the article's start, and who would take a larger rate."""
    sentences = []
    if (longer := in_equal_time(rows)) is not None:
        sentences.append(time_sentence(longer))
    if (article := compare(rows, ARTICLE, "LSTM")) is not None:
        sentences.append(f"With the article's start and step (dt 0.1; noise of {levels(article)}): {article.sentence}")
    return [*sentences, *at_the_largest_rate(rows)]


def how_to_read(overall: Sequence[Ratio]) -> str:
    """What the table's intervals and p-values are, and what is not in it."""
    shown = sorted({f"{100 * one.level:.3g}" for one in overall}, key=float)
    tasks = max((one.tasks for one in overall), default=1)
    small = (
        f" Fewer than {FEWEST_TASKS} tasks or {FEWEST_SEEDS} seeds are too few for a verdict: only directions are said."
        if any(one.too_small for one in overall)
        else ""
    )
    return (
        f"Intervals at {enumerated(shown)} %, which hold together with 95 %: if nothing differs, some verdict is wrong "
        "in 5 % of studies, not in 5 % of rows. The unit is the task: one value each, the mean over its noises, sizes "
        f"and seeds. Wilcoxon's p over {counted(tasks, 'task')} can't be below {2 / 2**tasks:.2g} before Holm's "
        f"correction. Training time counts all rates and settings tried.{small}"
    )


def hardest_sentence(overall: Sequence[Ratio]) -> str:
    """The rival that is hardest, by name and by how much."""
    one = hardest(overall)
    return f"The hardest rival is {one.rival}: {one.sentence}" if one is not None else ""


def disagreement(overall: Sequence[Ratio]) -> list[str]:
    """Where the interval, which is about the mean over tasks, and Wilcoxon's p, about their middle, say different
    things: a few tasks decide, or hide, what is said."""
    apart = [one.rival for one in overall if one.verdict in (BETTER, WORSE) and one.adjusted >= ALPHA]
    hidden = [one.rival for one in overall if one.verdict == UNDECIDED and one.adjusted < ALPHA]
    sentences = [f"Wilcoxon's p does not bear out the verdict against {enumerated(apart)}."] if apart else []
    if hidden:
        sentences.append(
            f"Against {enumerated(hidden)} Wilcoxon's p is below {ALPHA:g}, though the interval has 1 in it: most "
            "tasks lean to one side, a few far to the other."
        )
    return sentences


def exact_sentences(rows: Sequence[CellResult]) -> list[str]:
    """Where a model is the series' own law: left out of the ratios, so said apart."""
    return [
        f"{one.model} is exact on {one.task}, {noise_words(one.noise)} (error {digits(one.error)}, rounding alone): "
        "there nothing is compared with it."
        for one in exact(rows)
    ]


def trained_by(result: Stored) -> str:
    """The trainings that validation chose among, in words."""
    return " or ".join(TRAININGS[name].words for name in result.rows[0].cell.recipe.trainings)


def grid_sentence(result: Stored) -> str:
    """Which grid this is: sizes, tasks, noises, seeds, steps, training; hours, machine, versions and command."""
    cells = [row.cell for row in result.rows]
    sizes = sorted({cell.parameters for cell in cells})
    tasks = {
        noise: len({cell.task for cell in cells if cell.noise == noise}) for noise in sorted({c.noise for c in cells})
    }
    noises = [f"{100 * noise:.0f} % on {count}" for noise, count in tasks.items()]
    seeds = len({cell.seed for cell in cells})
    unfinished = "" if result.complete else ", not all of its cells finished"
    main, others = main_steps(result.rows), sorted({cell.steps for cell in cells})
    also = enumerated([f"{steps:,}" for steps in others if steps != main])
    versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    return (
        f"The {result.grid} grid{unfinished}: {len(cells):,} trainings, input noise of {enumerated(noises)} tasks, "
        f"{seeds} seeds, about {enumerated([f'{size:,}' for size in sizes])} parameters, {main:,} steps"
        f"{f' (some also {also})' if also else ''} by {trained_by(result)}. {hours(result.rows)} on {result.machine}, "
        f"{result.made}, {versions}."
    )


def hours(rows: Sequence[CellResult]) -> str:
    """Processor time of everything that was tried."""
    return f"{digits(sum(row.spent for row in rows) / 3600)} processor hours"


def levels(ratio: Ratio) -> str:
    """The noises that a ratio is over: "0, 20 %"."""
    return f"{', '.join(f'{100 * noise:.0f}' for noise in ratio.noises)} %"


def time_sentence(ratio: Ratio) -> str:
    """Error if the cheaper model may train longer, with the ratio of the measured times."""
    return (
        f"In {ratio.times:.2g} times the training time of {ratio.rival}, the closest to equal that was trained "
        f"({ratio.steps:,} steps of {ratio.model} against {ratio.rival_steps:,}, about "
        f"{enumerated([f'{size:,}' for size in ratio.parameters])} parameters, {counted(ratio.tasks, 'task')}, "
        f"noise of {levels(ratio)}): {ratio.sentence}"
    )


def at_the_largest_rate(rows: Sequence[CellResult]) -> list[str]:
    """How often Liquid and the LSTM chose the largest rate there is: they might gain from one beyond."""
    most, main = max(rows[0].cell.recipe.rates), main_steps(rows)
    calm = [row for row in rows if row.cell.noise == 0 and row.cell.steps == main]
    edges = {model: [row.rate == most for row in calm if row.cell.model == model] for model in ("Liquid", "LSTM")}
    counts = [f"{model} in {sum(edge)} of {len(edge)} trainings" for model, edge in edges.items() if any(edge)]
    if not counts:
        return []
    chose = enumerated(counts)
    return [f"Without noise the largest rate tried, {most:g}, was chosen by {chose}: a larger one might help."]
