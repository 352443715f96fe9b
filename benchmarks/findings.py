"""What the README says was found out, in five sentences, from the stored results.

python -m benchmarks.findings
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import forecast_table
from benchmarks.docs_tables import write_between
from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED
from liquid.series.words import enumerated
from liquid.studies import stored
from liquid.studies.benchmark.report import Standing, against, trained_by
from liquid.studies.benchmark.stored import load as load_benchmark
from liquid.studies.benchmark.verdict import ratios
from liquid.studies.claims.catalogue import of_article
from liquid.studies.claims.study import load as load_claims
from liquid.studies.noise.judged import NEURONS_SHRINK
from liquid.studies.statistics import Interval

README = Path(__file__).resolve().parents[1] / "README.md"
MARK = "findings"
IN_WORDS = {
    HOLDS: "hold",
    IN_PART: "hold in part",
    DOES_NOT_HOLD: "do not hold",
    NOT_DECIDED: "could not be decided",
}


def findings() -> list[str]:
    """One bullet per question of the app."""
    return [f"- {sentence}" for sentence in (_forecast(), _solver(), _noise(), _benchmark(), _claims())]


def _forecast() -> str:
    results = json.loads(forecast_table.RESULT.read_text(encoding="utf-8"))
    naive, linear = ([_ratio(result, name) for result in results] for name in ("Persistence", "Linear AR"))
    beaten = sum(ratio < 1 for ratio in naive)
    return (
        f"**Does it learn my series?** With default settings its error one step ahead is below persistence's on "
        f"{beaten} of the {len(results)} built-in series, and {_geometric(linear)} times that of a linear "
        f"autoregression (geometric mean; {min(linear):.2f} to {max(linear):.2f})."
    )


def _solver() -> str:
    result = stored.load("solver_training")
    trainings = result["trainings"]
    parts, differ = [], False
    for series in ("mackey-glass", "lorenz"):
        ratio = Interval(**next(row["ratio"] for row in trainings[series] if row["solver"] == "rk4"))
        parts.append(f"{ratio:.2f} times Euler's on {series}")
        differ = differ or not ratio.low <= 1 <= ratio.high
    answer = "Not always" if differ else "No difference in forecasts was found"
    return (
        f"**Is Euler accurate enough?** {answer}: trained (by {result['training']}) with RK4 instead, the error is "
        f"{enumerated(parts)}. "
        "The Solver page shows how far its steps are from the true solution."
    )


def _noise() -> str:
    result = load_claims()["noise"]
    shares = [check.value.mean for check in result.checks if check.quantity == NEURONS_SHRINK]
    return (
        f"**Does the time constant move with noise?** {result.answer} Per kind of layer, {min(shares):.0f} to "
        f"{max(shares):.0f} % of the neurons shrink; each one's direction follows from its weights."
    )


def _benchmark() -> str:
    result = load_benchmark()
    lstm = against("LSTM", ratios(result.rows))
    assert lstm is not None
    return (
        f"**Is it better than an LSTM?** Trained by {trained_by(result)}, at equal parameters, its error is "
        f"{lstm.ratio} times the LSTM's over {lstm.tasks} tasks: {lstm.verdict}. Of all models: "
        f"{Standing.of(result.rows).sentence.replace('*', '')}"
    )


def _claims() -> str:
    verdicts = Counter(result.verdict for result in of_article(load_claims()).values())
    listed = ", ".join(f"{count} {words}" for verdict, words in IN_WORDS.items() if (count := verdicts[verdict]))
    return f"**Is the article right?** Of its {verdicts.total()} claims, measured again, {listed}."


def _ratio(result: dict[str, Any], name: str) -> float:
    return next(float(row["rmse_ratio_of_model"]["value"]) for row in result["rows"] if row["name"] == name)


def _geometric(ratios: list[float]) -> str:
    return f"{np.exp(np.mean(np.log(ratios))):.2f}"


if __name__ == "__main__":
    write_between(README, MARK, findings())
