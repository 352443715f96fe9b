"""The README says what is so: its defaults are the code's, its commands exist, its picture is there."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from liquid.__main__ import main
from liquid.learning.config import TrainConfig
from liquid.models.registry import MODELS

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_defaults_is_the_config() -> None:
    section = TEXT.split("## Default settings")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| (\w+) \| ([^|]+) \|", section, re.MULTILINE))
    del told["setting"]
    assert told.pop("learning_rate").split(", ") == [f"{kind.rate:g}" for kind in MODELS.values() if kind.rate]
    config = asdict(TrainConfig())
    assert told == {name: f"{config[name]}" for name in told}
    assert set(config) - set(told) == {"learning_rate", "target", "inputs", "timespans"}


def test_the_files_it_names_exist() -> None:
    assert [name for name in re.findall(r"\]\(([^)h][^)]*)\)", TEXT) if not (ROOT / name).exists()] == []
    house = TEXT.split("## The house")[1].split("```")[1]
    rooms = [line.split()[0] for line in house.splitlines() if line]
    assert len(rooms) == 14
    assert [room for room in rooms if not (ROOT / room).exists()] == []


@pytest.mark.parametrize("command", re.findall(r"-m liquid (\w+)", TEXT))
def test_its_commands_are_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert command in capsys.readouterr().out
