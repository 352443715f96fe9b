"""The Benchmark page's folds: the tasks, how it was measured, and the rows to take along."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from liquid.models.registry import ARTICLE
from liquid.series.export import to_csv
from liquid.studies.benchmark import stored
from liquid.studies.benchmark.about import About
from liquid.studies.benchmark.choices import chosen
from liquid.studies.benchmark.report import choice_table, exact_sentences, grid_sentence, trained_by
from liquid.studies.benchmark.simple import SIZE, Reached
from liquid.studies.benchmark.stored import Stored
from liquid.studies.stored import plain
from pages.benchmark import results

NETWORKS = ("Liquid", "LSTM")


def tasks_fold(noise: float) -> None:
    """All tasks: what they are, where they come from, and what is reached at this noise."""
    with st.expander("The tasks", on_change="rerun", key="benchmark_about") as fold:
        if fold.open:
            found = results.tasks_reached()
            lines = [task_line(one, found.get((one.name, noise))) for one in results.tasks_about()]
            st.dataframe(
                pd.DataFrame(lines),
                hide_index=True,
                placeholder="",
                column_config={name: st.column_config.NumberColumn(format="%.3g") for name in ("its error", *NETWORKS)},
                alt="The tasks: kind, samples, step, what is reached, origin and licence",
            )
            st.caption(
                f"Errors with {100 * noise:.0f} % noise, networks at about {SIZE} parameters, geometric means over "
                "seeds. The simple method is the best on the test part, chosen in hindsight, which favours it. Steps "
                "are in the series' own units."
            )


def task_line(one: About, found: Reached | None) -> dict[str, str | float | None]:
    """A row of the table; what was not measured stays empty."""
    simple = found.simple if found else None
    networks = found.networks if found else {}
    return {
        "task": one.name,
        "what": one.title,
        "kind": one.kind,
        "samples": one.samples,
        "step": one.step,
        "per Lyapunov time": one.per_lyapunov and round(one.per_lyapunov, 1),
        "best simple method": simple.model if simple else "",
        "its error": simple.error.mean if simple else None,
        **{name: networks[name].error.mean if name in networks else None for name in NETWORKS},
        "origin": one.origin,
        "licence": one.licence,
    }


def how(result: Stored) -> None:
    """The method, with its numbers from the result."""
    rows = result.rows
    with st.expander("How it was measured"):
        recipe = rows[0].cell.recipe
        has_article = any(row.cell.model == ARTICLE for row in rows)
        article = f" (*{ARTICLE}*: as in the article, with dt 0.1 instead of 0.25)" if has_article else ""
        off = {(row.cell.model, row.cell.parameters, row.counted) for row in rows if round(abs(row.off), 6) > 0.05}
        far = ", ".join(f"{model} {counted} for {wanted}" for model, wanted, counted in sorted(off))
        apart = "".join(f"\n- {sentence}" for sentence in exact_sentences(rows))
        st.markdown(
            f"- {grid_sentence(result)} To run it again: `{stored.BUILD}`; all of it, for days: `{stored.BUILD} "
            "--full`.\n"
            "- What is compared, which intervals hold together and what the study can decide was planned before it was "
            "measured: `docs/results/benchmark-plan.md`.\n"
            "- The same training loop for every model: random windows of "
            f"{recipe.window} samples, {recipe.batch} per step, gradients clipped to norm 1, a linear head. The "
            "weights with the smallest validation error are kept. Liquid is initialized as on the Train page"
            f"{article}, the others as in their libraries.\n"
            f"- Trained by {trained_by(result)}, at a peak rate of {', '.join(map(str, recipe.rates))}: chosen by "
            "validation error, for every seed separately. Only the chosen model is tested, once.\n"
            "- Parameters include the head. Every model gets the size closest to the target count; more than 5 % off: "
            f"{far or 'none'}. An echo state network counts only its trained readout.\n"
            "- The unit is the task: intervals are Student's over tasks, each a mean over its noises, sizes and seeds."
            f"{apart}"
        )
        if choices := chosen(rows):
            st.markdown("What validation chose:\n\n" + "\n".join(choice_table(choices)))


def downloads(result: Stored, key: str) -> None:
    """The rows as CSV; as JSON also with recipe, date, machine and versions."""
    flat = {name: column for name, column in stored.table(result.rows).items() if name != "validation"}
    with st.container(horizontal=True):
        for label, text, kind in (
            ("CSV", to_csv(flat), "text/csv"),
            ("JSON", json.dumps(plain(stored.content(result))), "application/json"),
        ):
            st.download_button(
                f"Every training as {label}",
                text,
                f"benchmark.{label.lower()}",
                kind,
                key=f"{key}_{label}",
                on_click="ignore",
                icon=":material/download:",
                help="One row per task, noise, model, size and seed: settings, counts, chosen rate, error and time. "
                "The JSON also states how it was measured.",
            )
