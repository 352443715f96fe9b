"""The architecture's arrows: each one that points up is refused by the contracts in pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]

FORBIDDEN = {
    "the science imports the dashboard": ("liquid/series/reading/source.py", "import streamlit"),
    "the science imports a page": ("liquid/engine/local.py", "import pages.shared"),
    "dynamics knows series": ("liquid/dynamics/layer.py", "import liquid.series.windows"),
    "series knows dynamics": ("liquid/series/windows.py", "import liquid.dynamics.solvers"),
    "series knows torch": ("liquid/series/windows.py", "import torch"),
    "charts know torch": ("liquid/charts/style.py", "import torch"),
    "charts know torch through a neighbour": ("liquid/charts/style.py", "import liquid.dynamics.layer"),
    "learning imports a study": ("liquid/learning/config.py", "import liquid.studies.noise"),
    "a study parses arguments": ("liquid/studies/noise/study.py", "import argparse"),
    "the science imports a test": ("liquid/charts/style.py", "import tests.conftest"),
    "a benchmark imports a test": ("benchmarks/browser.py", "import tests.browser.chromium"),
    "a benchmark imports unittest": ("benchmarks/browser.py", "import unittest.mock"),
    "a package without a place in the layers": ("liquid/attic.py", ""),
    "a page imports another page": ("pages/benchmark/shift.py", "import pages.claims.cards"),
    "what pages share imports a page": ("pages/shared/display.py", "import pages.train.training"),
    "a new page imports another page": ("pages/extra/page.py", "import pages.home.doors"),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("liquid", "pages", "benchmarks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(LINT, cwd=checkout, capture_output=True, text=True, check=False)


def test_the_code_as_it_is_keeps_its_contracts(checkout: Path) -> None:
    done = lint(checkout)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(("file", "line"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_an_arrow_up_is_refused(checkout: Path, file: str, line: str) -> None:
    path = checkout / file
    path.parent.mkdir(exist_ok=True)
    (path.parent / "__init__.py").touch()
    with path.open("a") as source:
        source.write(f"\n{line}\n")
    assert lint(checkout).returncode == 1


def test_a_name_for_the_type_checker_alone_is_no_arrow(checkout: Path) -> None:
    with (checkout / "liquid/charts/style.py").open("a") as source:
        source.write("\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\n")
    assert lint(checkout).returncode == 0
