"""A run of every core."""

from __future__ import annotations

import pytest
from outspoken_runs import CORES, outspoken, uneven

from liquid.learning.run import Run


@pytest.fixture(scope="session", params=CORES)
def core(request: pytest.FixtureRequest) -> Run:
    return outspoken(uneven(), model=request.param, inputs=("beside",))
