"""The benchmark's result in Markdown, for docs/results and the folder of a sweep: nothing in it is typed by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from liquid.learning.trainings import TRAININGS
from liquid.models.registry import ARTICLE
from liquid.series.words import enumerated
from liquid.studies.benchmark.config import SIZED, CellResult
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.verdict import FLOOR, Ratio, compare, mean_ranks, ratios
from liquid.studies.statistics import simultaneous


def against(rival: str, comparisons: Sequence[Ratio]) -> Ratio | None:
    """The ratio to one rival; None if the two have no cell in common."""
    return next((ratio for ratio in comparisons if ratio.rival == rival), None)


def by(setting: str, rows: Sequence[CellResult], rival: str = "LSTM") -> tuple[tuple[float, Ratio], ...]:
    """Liquid against one rival at every value of "parameters" or "noise"; all of their intervals cover at once."""
    values = sorted({getattr(row.cell, setting) for row in rows if row.cell.model == rival})
    parts = [(value, [row for row in rows if getattr(row.cell, setting) == value]) for value in values]
    compared = [(value, compare(part, "Liquid", rival, level=simultaneous(len(parts)))) for value, part in parts]
    return tuple((value, ratio) for value, ratio in compared if ratio is not None)


def in_equal_time(rows: Sequence[CellResult], rival: str = "LSTM") -> Ratio | None:
    """The length of Liquid's trainings that comes closest in measured time to the rival's shortest; None if there is
    one length."""
    lengths = {row.cell.steps for row in rows if row.cell.model == "Liquid"}
    by_length = [ratio for steps in lengths if (ratio := compare(rows, "Liquid", rival, steps)) is not None]
    timed = [ratio for ratio in by_length if math.isfinite(ratio.times)]
    return min(timed, key=lambda ratio: abs(math.log(ratio.times))) if len(lengths) > 1 and timed else None


def trained_by(result: Stored) -> str:
    """The trainings that validation chose among, in words."""
    return " or ".join(TRAININGS[name].words for name in result.rows[0].cell.recipe.trainings)


def grid_sentence(result: Stored) -> str:
    """Which grid this is, in one line: sizes, tasks, noises, seeds, steps, training."""
    cells = [row.cell for row in result.rows]
    sizes = sorted({cell.parameters for cell in cells})
    tasks = {
        noise: len({cell.task for cell in cells if cell.noise == noise}) for noise in sorted({c.noise for c in cells})
    }
    noises = [f"{100 * noise:.0f} % on {count}" for noise, count in tasks.items()]
    seeds = len({cell.seed for cell in cells})
    unfinished = "" if result.complete else ", not all of its cells finished"
    return (
        f"The {result.grid} grid{unfinished}: {len(cells)} trainings, input noise of {enumerated(noises)} tasks, "
        f"{seeds} seeds, about "
        f"{enumerated([f'{size:,}' for size in sizes])} parameters, {min(cell.steps for cell in cells)} steps by "
        f"{trained_by(result)}. Made on {result.made}, {result.machine}, torch {result.versions['torch']}."
    )


def markdown(result: Stored) -> str:
    """Table of ratios, how to read it, by size and noise, equal time, the article's start, ranks, and which grid."""
    overall = ratios(result.rows)
    lines = [
        "| rival | error of Liquid / rival | Liquid is | p (Wilcoxon, Holm) | training time / rival | tasks | noise |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in overall:
        times = f"{float(f'{one.times:.2g}'):g}" if math.isfinite(one.times) else ""  # 110, not 1.1e+02
        lines.append(
            f"| {one.rival} | {one.ratio} | {one.verdict} | {one.adjusted:.2g} | {times} | {one.tasks} "
            f"| {levels(one)} |"
        )
    lines += ["", f"{how_to_read(overall)}", ""]
    lines += [f"- {sentence}" for sentence in statements(result.rows)]
    return "\n".join([*lines, "", grid_sentence(result)])


Section = tuple[str, tuple[tuple[str, Ratio], ...]]


def sections(rows: Sequence[CellResult], overall: Sequence[Ratio]) -> tuple[Section, ...]:
    """The ratios of `statements` as labelled rows of a forest plot: every rival, then the LSTM part by part."""
    parts = [(f"about {size:,} parameters", ratio) for size, ratio in by("parameters", rows)]
    parts += [(f"noise of {100 * noise:.0f} %", ratio) for noise, ratio in by("noise", rows)]
    if (longer := in_equal_time(rows)) is not None:
        parts.append((f"{longer.times:.2g} times its time", longer))
    if (article := compare(rows, ARTICLE, "LSTM")) is not None:
        parts.append(("the article's start", article))
    return ("Every rival", tuple((one.rival, one) for one in overall)), ("The LSTM alone", tuple(parts))


@dataclass(frozen=True)
class Standing:
    """Mean ranks, best first, and the others that the first measurably beats; all pairs are covered at once."""

    ranks: dict[str, float]
    beaten: tuple[str, ...]

    @staticmethod
    def of(rows: Sequence[CellResult]) -> Standing:
        ranks = mean_ranks(rows)
        first, *others = [*ranks, ""][: max(len(ranks), 1)]
        level = simultaneous(len(ranks) * (len(ranks) - 1) // 2)
        return Standing(ranks, tuple(rival for rival in others if _beats(rows, first, rival, level)))

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


def _beats(rows: Sequence[CellResult], first: str, rival: str, level: float) -> bool:
    """Whether `first` is measurably more accurate. A model without sizes is compared from its rival's side."""
    if first in SIZED:
        ratio = compare(rows, first, rival, level=level)
        return ratio is not None and ratio.verdict == "better"
    ratio = compare(rows, rival, first, level=level)
    return ratio is not None and ratio.verdict == "worse"


def statements(rows: Sequence[CellResult]) -> list[str]:
    """The sentences below the table of ratios."""
    sentences = [f"About {size:,} parameters: {ratio.sentence}" for size, ratio in by("parameters", rows)]
    sentences += [noise_sentence(noise, ratio) for noise, ratio in by("noise", rows)]
    if (longer := in_equal_time(rows)) is not None:
        sentences.append(time_sentence(longer))
    if (article := compare(rows, ARTICLE, "LSTM")) is not None:
        sentences.append(f"With the article's start and step (dt 0.1; noise of {levels(article)}): {article.sentence}")
    return [*sentences, *at_the_largest_rate(rows), rank_sentence(rows)]


def how_to_read(overall: Sequence[Ratio]) -> str:
    """What the table's intervals and p-values are, and what is not in it."""
    tasks, level = max((one.tasks for one in overall), default=1), max((one.level for one in overall), default=0.95)
    return (
        f"Intervals at {100 * level:.3g} %: if nothing differs, some verdict is wrong in 5 % of studies, not in 5 % of "
        f"rows. Errors below {FLOOR:g} count as {FLOOR:g} for every model; otherwise an exact filter would be judged "
        "by its rounding. Wilcoxon's p uses one value per task, the mean over its noises; "
        f"{tasks} tasks allow none below {2 / 2**tasks:.2g} before Holm's correction. Training time counts all rates "
        "and settings tried."
    )


def levels(ratio: Ratio) -> str:
    """The noises that a ratio is over: "0, 20 %"."""
    return f"{', '.join(f'{100 * noise:.0f}' for noise in ratio.noises)} %"


def noise_sentence(noise: float, ratio: Ratio) -> str:
    """A ratio at one level of noise, and on how many tasks."""
    return f"Noise of {100 * noise:.0f} %, {ratio.tasks} task{'s' if ratio.tasks > 1 else ''}: {ratio.sentence}"


def time_sentence(ratio: Ratio) -> str:
    """Error if the cheaper model may train longer, with the ratio of the measured times."""
    return (
        f"In {ratio.times:.2g} times the training time of {ratio.rival}, the closest to equal that was trained "
        f"({ratio.steps:,} steps of {ratio.model} against {ratio.rival_steps:,}, about "
        f"{enumerated([f'{size:,}' for size in ratio.parameters])} parameters, "
        f"noise of {levels(ratio)}): {ratio.sentence}"
    )


def at_the_largest_rate(rows: Sequence[CellResult]) -> list[str]:
    """How often Liquid and the LSTM chose the largest rate there is: they might gain from one beyond."""
    most, shortest = max(rows[0].cell.recipe.rates), min(row.cell.steps for row in rows)
    calm = [row for row in rows if row.cell.noise == 0 and row.cell.steps == shortest]
    chosen = {model: [row.rate == most for row in calm if row.cell.model == model] for model in ("Liquid", "LSTM")}
    counts = [f"{model} in {sum(edge)} of {len(edge)} trainings" for model, edge in chosen.items() if any(edge)]
    if not counts:
        return []
    chose = enumerated(counts)
    return [f"Without noise the largest rate tried, {most:g}, was chosen by {chose}: a larger one might help."]


def rank_sentence(rows: Sequence[CellResult]) -> str:
    """Mean ranks, and who has none."""
    ranks = mean_ranks(rows)
    absent = [model for model in dict.fromkeys(row.cell.model for row in rows) if model not in ranks]
    left_out = f" Without {enumerated(absent)}, not trained on every task, noise and size." if absent else ""
    return "Mean rank, 1 is best: " + ", ".join(f"{model} {rank:.1f}" for model, rank in ranks.items()) + f".{left_out}"
