"""The table in docs/results/benchmark.md, written again from the stored result.

python -m benchmarks.benchmark_tables
"""

from __future__ import annotations

from benchmarks.docs_tables import DOCS, write_between
from liquid.studies.benchmark.report import markdown
from liquid.studies.benchmark.stored import load

PAGE = DOCS / "benchmark.md"

if __name__ == "__main__":
    write_between(PAGE, "benchmark", [markdown(load())])
