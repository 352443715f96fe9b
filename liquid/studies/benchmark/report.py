"""The benchmark's result in Markdown, for the README and the folder of a sweep: nothing in it is typed by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

from liquid.studies.benchmark.config import SIZED, Row
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.verdict import Ratio, mean_ranks, ratios


def of_size(rows: Sequence[Row], parameters: int) -> list[Row]:
    """Rows of one size, and those of models that have none."""
    return [row for row in rows if row.cell.model not in SIZED or row.cell.parameters == parameters]


def against(rival: str, found: Sequence[Ratio]) -> Ratio | None:
    """The ratio to one rival; None where the two have no cell in common."""
    return next((ratio for ratio in found if ratio.rival == rival), None)


def in_longest(rows: Sequence[Row], rival: str = "LSTM") -> Ratio | None:
    """Liquid's longest trainings against the rival's shortest: about the same time; None where there is one length."""
    steps = {row.cell.steps for row in rows if row.cell.model == "Liquid"}
    return against(rival, ratios(rows, steps=max(steps))) if len(steps) > 1 else None


def grid_sentence(result: Stored) -> str:
    """Which grid this is, in one line: sizes, tasks, noises, seeds, steps."""
    cells = [row.cell for row in result.rows]
    sizes = sorted({cell.parameters for cell in cells})
    tasks = {
        noise: len({cell.task for cell in cells if cell.noise == noise}) for noise in sorted({c.noise for c in cells})
    }
    noises = [f"{100 * noise:.0f} % on {count}" for noise, count in tasks.items()]
    seeds = len({cell.seed for cell in cells})
    unfinished = "" if result.complete else ", not all of its cells finished"
    return (
        f"The {result.grid} grid{unfinished}: {len(cells)} trainings, input noise of {_list(noises)} tasks, "
        f"{seeds} seeds, about "
        f"{_list([f'{size:,}' for size in sizes])} parameters, {min(cell.steps for cell in cells)} steps. Made on "
        f"{result.made}, {result.machine}, torch {result.versions['torch']}."
    )


def markdown(result: Stored) -> str:
    """Table of ratios, a sentence for every size, equal time, ranks, and which grid it is."""
    lines = [
        "| rival | error of Liquid / rival | Liquid is | p (Wilcoxon, Holm) | training time / rival | tasks |",
        "|---|---|---|---|---|---|",
    ]
    for one in ratios(result.rows):
        times = f"{one.times:.2g}" if math.isfinite(one.times) else ""
        size = f"{one.ratio.mean:.3g} ({one.ratio.low:.3g} to {one.ratio.high:.3g})"
        lines.append(f"| {one.rival} | {size} | {one.verdict} | {one.adjusted:.2g} | {times} | {one.tasks} |")
    lines.append("")
    for parameters in sorted({row.cell.parameters for row in result.rows if row.cell.model == "LSTM"}):
        if of_this_size := against("LSTM", ratios(of_size(result.rows, parameters))):
            lines.append(f"- About {parameters:,} parameters: {of_this_size.sentence}")
    for noise in sorted({row.cell.noise for row in result.rows}):
        if of_this_noise := against("LSTM", ratios([row for row in result.rows if row.cell.noise == noise])):
            lines.append(f"- {noise_sentence(noise, of_this_noise)}")
    if longest := in_longest(result.rows):
        lines.append(f"- {time_sentence(longest)}")
    ranks = mean_ranks(result.rows)
    lines.append("- Mean rank, 1 is best: " + ", ".join(f"{model} {rank:.1f}" for model, rank in ranks.items()) + ".")
    return "\n".join([*lines, "", grid_sentence(result)])


def noise_sentence(noise: float, ratio: Ratio) -> str:
    """A ratio at one level of noise, and on how many tasks."""
    return f"Noise of {100 * noise:.0f} %, {ratio.tasks} task{'s' if ratio.tasks > 1 else ''}: {ratio.sentence}"


def time_sentence(ratio: Ratio) -> str:
    """The second axis: error where the cheaper model may train longer."""
    return (
        f"At about equal training time (about {_list([f'{size:,}' for size in ratio.parameters])} parameters, noise of "
        f"{_list([f'{100 * noise:.0f} %' for noise in ratio.noises])}), "
        f"{ratio.steps:,} steps of {ratio.model} against {ratio.rival_steps:,} of {ratio.rival}, {ratio.times:.2g} "
        f"times as long: {ratio.sentence}"
    )


def _list(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
