"""The table in docs/results/benchmark-tasks.md, from the catalogues and the stored result.

python -m benchmarks.task_table
"""

from __future__ import annotations

from benchmarks.docs_tables import DOCS, write_between
from liquid.studies.benchmark.about import about
from liquid.studies.benchmark.simple import SIZE, Reached, reached
from liquid.studies.benchmark.stored import Stored, load
from liquid.studies.benchmark.tasks import TASKS
from liquid.studies.statistics import digits

PAGE, MARK = DOCS / "benchmark-tasks.md", "tasks"
NOISES = (0.0, 0.2)
NETWORKS = ("Liquid", "LSTM")
NONE = "-"


def table(result: Stored) -> list[str]:
    """One row per task, those of a kind together; a dash where nothing was measured or a number has no meaning."""
    found = reached(result.rows)
    errors = [f"{name}, {100 * noise:.0f} %" for noise in NOISES for name in ("best simple method", *NETWORKS)]
    head = ("task", "what", "kind", "samples", "step", "per Lyapunov time", *errors, "source", "licence")
    lines = [head, ("---",) * len(head)]
    for name in sorted(TASKS, key=lambda name: TASKS[name].kind):
        one = about(name)
        numbers = [cell for noise in NOISES for cell in _errors(found.get((name, noise)))]
        per = NONE if one.per_lyapunov is None else f"{one.per_lyapunov:.3g}"
        lines.append(
            (f"`{name}`", one.title, one.kind, f"{one.samples:,}", one.step, per, *numbers, one.origin, one.licence)
        )
    return [f"| {' | '.join(line)} |" for line in lines]


def note(result: Stored) -> str:
    """What the numbers are."""
    return (
        f"Errors are NRMSE, geometric means over seeds, of networks at about {SIZE} parameters, at input noise of "
        f"{' and '.join(f'{100 * noise:.0f} %' for noise in NOISES)}, from the result of {result.made}. The simple "
        "method is the best on the test part, chosen in hindsight, which favours it."
    )


def _errors(found: Reached | None) -> list[str]:
    if found is None:
        return [NONE] * (1 + len(NETWORKS))
    simple = NONE if found.simple is None else f"{found.simple.model} {digits(found.simple.error.mean)}"
    networks = [found.networks.get(name) for name in NETWORKS]
    return [simple, *(NONE if point is None else digits(point.error.mean) for point in networks)]


def lines(result: Stored) -> list[str]:
    """All that stands between the marks."""
    return [*table(result), "", note(result)]


if __name__ == "__main__":
    write_between(PAGE, MARK, lines(load()))
