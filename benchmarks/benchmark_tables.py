"""The README's tables of the benchmark and of what was tried, written again from the stored results.

python -m benchmarks.benchmark_tables
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import RESULTS, liquid_ideas
from benchmarks.scan import write_between
from liquid.studies import stored
from liquid.studies.benchmark.report import markdown
from liquid.studies.benchmark.stored import load

README = Path(__file__).resolve().parents[1] / "README.md"

if __name__ == "__main__":
    write_between(README, "benchmark", [markdown(load())])
    write_between(README, "liquid ideas", [liquid_ideas.markdown(stored.load(liquid_ideas.NAME, RESULTS))])
