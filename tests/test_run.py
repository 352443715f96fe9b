"""The command that runs all tests asks for what only an administrator can install before it does anything."""

from __future__ import annotations

import ctypes
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMPILER = ["gcc", "libc6-dev"]
APT = "apt-get install --yes --no-install-recommends gcc libc6-dev chromium libatomic1"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """tests/run.py on a Linux machine with apt-get and nothing else, where every command that is run is an error."""

    def absent(name: str) -> None:
        raise OSError(name)

    def run(*command: object, **_: object) -> None:
        raise AssertionError(f"{command} was run")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", absent)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.delenv("LIQUID_CHROMIUM", raising=False)
    monkeypatch.delitem(sys.modules, "browser.chromium", raising=False)
    return runpy.run_path(str(ROOT / "tests" / "run.py"))


def test_a_user_without_a_browser_reads_one_line_to_paste(
    bare: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py"])
    with pytest.raises(SystemExit) as end:
        bare["main"]()
    assert end.value.code == (
        f"Ask an administrator to paste this line, then run this again: sudo apt-get update && sudo {APT}"
    )


def test_without_the_browser_only_a_compiler_is_missing(bare: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert bare["missing_packages"](environment=True, browser=False) == COMPILER
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert bare["missing_packages"](environment=True, browser=False) == []
    monkeypatch.setitem(bare["missing_packages"].__globals__, "find_spec", lambda name: None)
    assert bare["missing_packages"](environment=True, browser=False) == ["python3-venv"]
    assert bare["missing_packages"](environment=False, browser=False) == []


def test_a_browser_that_playwright_downloaded_counts(bare: dict[str, Any], tmp_path: Path) -> None:
    assert bare["missing_packages"](environment=False, browser=True) == [*COMPILER, "chromium", "libatomic1"]
    (tmp_path / "chromium-1200").mkdir()
    assert bare["missing_packages"](environment=False, browser=True) == [*COMPILER, "libatomic1"]


def test_root_installs_it(bare: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(AssertionError, match=f"apt-get update -qq && {APT} -qq"):
        bare["install_packages"]([*COMPILER, "chromium", "libatomic1"])


def test_without_apt_the_packages_are_named(bare: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SystemExit, match="Install chromium with the package manager of this system"):
        bare["install_packages"](["chromium"])


def test_continuous_integration_runs_the_same_command_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands == ['cd "$(dirname "${BASH_SOURCE[0]}")/.." && exec python3 tests/run.py']
