"""The docs: the site builds without a warning, and its notebooks run to the end."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as its one command builds it, warnings being errors, notebooks executed."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_notebook_ran_to_its_end(site: Path) -> None:
    notebooks = sorted((ROOT / "docs" / "tutorial").glob("*.ipynb"))
    assert len(notebooks) == 3
    for notebook in notebooks:
        page = (site / "tutorial" / notebook.stem / "index.html").read_text(encoding="utf-8")
        assert page.count("jp-OutputArea-output") >= 3, notebook.name


def test_the_reference_shows_shapes_and_sources_from_the_docstrings(site: Path) -> None:
    page = (site / "api" / "dynamics" / "index.html").read_text(encoding="utf-8")
    assert 'id="liquid.dynamics.layer.LiquidLayer"' in page
    text = re.sub(r"<[^>]+>", "", page)
    assert "state[batch, state]" in text
    assert "AAAI 2021" in text
