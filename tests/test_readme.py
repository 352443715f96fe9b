"""README and settings say what is so: defaults are the code's, commands exist, files are there, numbers are stored."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.docs_tables import between
from benchmarks.findings import MARK, README, findings
from liquid.__main__ import main
from liquid.learning.config import TrainConfig
from liquid.models.registry import MODELS

ROOT = Path(__file__).resolve().parents[1]
TEXT = README.read_text(encoding="utf-8")


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 120


def test_what_it_finds_out_is_what_is_stored() -> None:
    assert between(README, MARK) == "\n".join(findings())
    assert len(findings()) == 5


def test_the_table_of_defaults_is_the_config() -> None:
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    section = settings.split("## Defaults of a training")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| (\w+) \| ([^|]+) \|", section, re.MULTILINE))
    del told["setting"]
    assert told.pop("learning_rate").split(", ") == [f"{kind.rate:g}" for kind in MODELS.values() if kind.rate]
    config = asdict(TrainConfig())
    assert told == {name: f"{config[name]}" for name in told}
    assert set(config) - set(told) == {"learning_rate", "target", "inputs", "timespans"}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/index.md", "docs/extending.md"])
def test_the_files_it_names_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)h#][^)#]*)\)", text)
    assert [name for name in named if not ((ROOT / page).parent / name).exists()] == []


def test_the_rooms_it_names_exist() -> None:
    house = TEXT.split("## The house")[1].split("```")[1]
    rooms = [line.split()[0] for line in house.splitlines() if line]
    assert len(rooms) == 10
    assert [room for room in rooms if not (ROOT / room).exists()] == []


@pytest.mark.parametrize("command", re.findall(r"-m liquid (\w+)", TEXT))
def test_its_commands_are_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert command in capsys.readouterr().out
