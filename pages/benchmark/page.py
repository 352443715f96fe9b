"""Which model makes the most of its parameters? Stored results of a sweep, and a small live one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from liquid.charts.style import plain
from liquid.errors import LiquidError
from liquid.models.registry import ARTICLE
from liquid.studies.benchmark.report import grid_sentence, how_to_read, statements
from liquid.studies.benchmark.stored import Stored
from liquid.studies.benchmark.verdict import Ratio, ratios
from pages.benchmark import parts
from pages.benchmark.shift import shifted_view
from pages.shared.controls import choice
from pages.shared.display import NO_TOOLBAR, show_problem
from pages.shared.links import linked
from pages.shared.series_picker import pick_series

HELP = {
    "task": "Three chaotic systems, a sum of sines, and two measured series.",
    "noise": "Gaussian noise on the models' input, relative to the series' spread. The target is the clean value.",
    "axis": "The same errors against trained parameters, or against training time.",
    "live": "Strength of the noise for this run, relative to the series' spread.",
}
DEFAULT_NOISE = 0.2  # also what a link without a noise means


def equal_parameters() -> None:
    """The stored sweep: the answer, a picture of one task and noise, all tasks, and how it was measured."""
    try:
        result = parts.result()
    except LiquidError as problem:
        show_problem(problem)
        st.stop()
    rows, overall = result.rows, parts.compared()
    standing = parts.standing()
    st.markdown(f"## {standing.sentence}")
    ranks = ", ".join(f"{model} {rank:.1f}" for model, rank in standing.ranks.items())
    st.markdown(f"Mean rank over tasks, noises and sizes, 1 is best: {ranks}.")
    all_tasks(result, overall)
    st.header("One task at a time")

    with st.sidebar:
        tasks = list(dict.fromkeys(row.cell.task for row in rows))
        task = st.selectbox(
            "Task", tasks, index=0, key=linked("benchmark_task"), bind="query-params", help=HELP["task"]
        )
        noises = sorted({row.cell.noise for row in rows if row.cell.task == task})
        noise = choice(
            "Noise",
            noises,
            DEFAULT_NOISE if DEFAULT_NOISE in noises else noises[-1],
            key="benchmark_noise",
            help=HELP["noise"],
            show=lambda share: f"{100 * share:.0f} %",
        )
        axis = choice("Against", parts.AXES, parts.AXES[0], key="benchmark_axis", help=HELP["axis"])

    shown = [row for row in rows if (row.cell.task, row.cell.noise) == (task, noise)]
    st.plotly_chart(
        parts.figure(shown, axis, f"{task}, {100 * noise:.0f} % noise"),
        key="benchmark_error",
        config=NO_TOOLBAR,
        alt=f"Error against {axis.lower()} for every model on {task} at {100 * noise:.0f} % noise, both axes "
        "logarithmic.",
    )
    st.caption(
        "Bands: 95 % intervals over seeds. Each seed has its own noise, initial weights and, if generated, series."
    )
    how(result)
    parts.downloads(result, "benchmark")
    small_run()


def all_tasks(result: Stored, overall: Sequence[Ratio]) -> None:
    """Liquid's ratios to every rival, by size, by noise and at equal time: drawn, and in the fold as numbers."""
    st.plotly_chart(
        parts.forest(),
        key="benchmark_ratios",
        config=NO_TOOLBAR,
        alt="Ratio of Liquid's error to every rival's, and to the LSTM's by size and noise, with intervals, around 1.",
    )
    with st.expander("Every number with its interval", on_change="rerun", key="benchmark_numbers") as numbers:
        if numbers.open:
            _table(overall, "Ratio of errors, interval, verdict and training time against every rival")
            st.caption(how_to_read(overall))
            st.markdown("\n".join(f"- {sentence}" for sentence in statements(result.rows)))


def _table(compared: Sequence[Ratio], alt: str) -> None:
    st.dataframe(parts.ratio_table(compared), hide_index=True, column_config=parts.COLUMNS, placeholder="", alt=alt)


def how(result: Stored) -> None:
    """The method, with its numbers from the result."""
    rows = result.rows
    with st.expander("How it was measured"):
        recipe = rows[0].cell.recipe
        has_article = any(row.cell.model == ARTICLE for row in rows)
        article = f" (*{ARTICLE}*: as in the article, with dt 0.1 instead of 0.25)" if has_article else ""
        off = {(row.cell.model, row.cell.parameters, row.counted) for row in rows if round(abs(row.off), 6) > 0.05}
        far = ", ".join(f"{model} {counted} for {wanted}" for model, wanted, counted in sorted(off))
        st.markdown(
            f"- {grid_sentence(result)} To run all of it: `python -m liquid benchmark --full`.\n"
            "- The same training loop for every model: random windows of "
            f"{recipe.window} samples, {recipe.batch} per step, one-cycle schedule, gradients clipped to norm 1, "
            "a linear head. The weights with the smallest validation error are kept. Liquid is initialized as on the "
            f"Train page{article}, the others as in their libraries.\n"
            f"- The peak rate is chosen by validation error, for every seed separately, from "
            f"{', '.join(map(str, recipe.rates))}. Only the chosen model is tested, once.\n"
            "- Parameters include the head. Every model gets the size closest to the target count; more than 5 % off: "
            f"{far or 'none'}. An echo state network counts only its trained readout.\n"
            "- The intervals are Student's over the tasks, each a mean over its seeds: they cover others of both.\n"
        )


def small_run() -> None:
    """A sweep of less than a minute, on a built-in or an uploaded series."""
    st.header("Run a small one now")
    st.caption("On a built-in series or your own: its first column is forecast one value ahead.")
    picked = pick_series()
    if picked is not None:
        st.caption(parts.used(picked.key, picked.series))
    level = st.select_slider(
        "Noise added",
        [0.0, 0.1, 0.2, 0.4],
        0.2,
        format_func=lambda share: f"{100 * share:.0f} %",
        key=linked("benchmark_level"),
        bind="query-params",
        help=HELP["live"],
    )
    if picked is not None:
        swept = parts.live(picked.key, picked.series, level)
        if swept is not None and swept.rows:
            st.plotly_chart(
                parts.figure(swept.rows, parts.AXES[0], f"{plain(picked.series.title)}, just now"),
                key="benchmark_own",
                config=NO_TOOLBAR,
                alt="Error against parameters of the models trained just now.",
            )
            _table(ratios(swept.rows), "Ratio of errors of the models trained just now")
            st.caption("Two seeds and short trainings: enough for a first impression, too few for a verdict.")
            parts.downloads(Stored.of("small", swept.rows, swept.complete), "benchmark_own")


st.title("Which model makes the most of its parameters?")
equal, shifted = st.tabs(
    ["At about equal parameters", "When the data shift"], key=linked("benchmark_view"), bind="query-params"
)
with shifted if shifted.open else equal:
    if shifted.open:
        shifted_view()
    else:
        equal_parameters()
