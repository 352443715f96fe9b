"""Every line of docs/take-along.md runs, and what it makes is the run's forecast."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from liquid.__main__ import main

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "take-along.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def typed(line: str) -> str:
    """A command of the page, run in this process where it is Python's; what it prints."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        match shlex.split(line):
            case ["liquid", *arguments]:
                assert main(arguments) == 0
            case ["python", script]:
                exec(Path(script).read_bytes(), {})
            case _:
                subprocess.run(line, shell=True, check=True)
    return told.getvalue()


def test_every_line_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed, space = "", dict[str, Any]()
    for language, block in BLOCKS:
        match language:
            case "bash":
                printed += "".join(typed(line) for line in block.strip().splitlines())
            case "c":
                Path("forecast.c").write_text(block, encoding="utf-8")
            case "python":
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(block, space)
    assert {language for language, _ in BLOCKS} == {"bash", "c", "python"}
    written = pd.read_csv("run/forecast.csv")
    ahead = written.loc[written["part"] == "next", "forecast"].to_numpy()
    size = np.abs(np.diff(written["truth"].dropna())).mean()
    assert np.abs(space["forecast"] - ahead).max() < 1e-5 * size  # the app's own rounding, float32
    assert np.abs(np.loadtxt("forecast.txt") - space["forecast"]).max() < 1e-9 * size
    assert space["table"]["forecast"].equals(written["forecast"])
    assert "The same numbers." in printed
    assert len(space["airline"]) == len(space["moved"]) == 3
    assert space["moved"].index[0] - space["airline"].index[0] == pd.offsets.MonthEnd(12)
