"""The tables in docs/results/benchmark.md, written again from the stored results.

    python -m benchmarks.benchmark_tables

The robot's result is that of `python -m liquid benchmark --half-cheetah --out benchmarks/results/half-cheetah`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.studies.benchmark.config import CellResult
from liquid.studies.benchmark.report import markdown
from liquid.studies.benchmark.stored import Stored, load
from liquid.studies.benchmark.verdict import points

PAGE = DOCS / "benchmark.md"
ROBOT = RESULTS / "half-cheetah"


def robot(result: Stored) -> list[str]:
    """A row per model and size; intervals are over seeds, which draw weights and batches: there is one set of runs."""
    lines = [
        "| model | parameters | error | mean squared error | seconds of one training | training chosen |",
        "|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, int], list[CellResult]] = {}
    for row in result.rows:
        groups.setdefault((row.cell.model, row.cell.parameters), []).append(row)
    for (model, _), group in groups.items():
        (error,) = points(group)
        (squared,) = points([replace(row, error=row.error**2) for row in group])
        lines.append(
            f"| {model} | {error.parameters:,.0f} | {error.error} | {squared.error} | {_seconds(group)} | "
            f"{', '.join(dict.fromkeys(row.training for row in group if row.training))} |"
        )
    return lines


def _seconds(group: Sequence[CellResult]) -> str:
    mean = sum(row.seconds for row in group) / len(group)
    return f"{mean:.2g}" if mean else ""


if __name__ == "__main__":
    write_between(PAGE, "benchmark", [markdown(load())])
    write_between(PAGE, "half-cheetah", robot(load(ROBOT)))
