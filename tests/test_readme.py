"""README and settings say what is so: defaults are the code's, commands exist, files are there, numbers are stored."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks import models_table
from benchmarks.docs_tables import between
from benchmarks.findings import MARK, README, findings
from liquid.__main__ import main
from liquid.learning.config import TrainConfig

ROOT = Path(__file__).resolve().parents[1]
TEXT = README.read_text(encoding="utf-8")


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 120


def test_what_it_finds_out_is_what_is_stored() -> None:
    assert between(README, MARK) == "\n".join(findings())
    assert len(findings()) == 5


def test_the_table_of_defaults_is_the_config() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    section = page.split("## Defaults of a training")[1].split("\n## ")[0]
    settings = dict(re.findall(r"^\| (\w+) \| ([^|]+) \|", section, re.MULTILINE))
    del settings["setting"]
    assert settings.pop("learning_rate") == "each model's own"
    config = asdict(TrainConfig())
    assert settings == {name: f"{config[name]}" for name in settings}
    assert set(config) - set(settings) == {"learning_rate", "target", "inputs", "ahead", "timespans"}


def test_the_table_of_models_is_the_registry() -> None:
    assert between(models_table.PAGE, models_table.MARK) == "\n".join(models_table.table())
    assert between(models_table.LIQUIDS_PAGE, models_table.LIQUIDS_MARK) == "\n".join(models_table.liquids())


PAGES = sorted(str(page.relative_to(ROOT)) for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
FOLDERS = ("liquid", "pages", "tests", "docs", "data", "benchmarks", "deploy")


@pytest.mark.parametrize("page", PAGES)
def test_the_files_it_names_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [(ROOT / page).parent / name for name in re.findall(r"\]\(([^)h#][^)#]*)\)", text)]
    paths = [ROOT / name for name in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", text)]
    assert [str(path) for path in (*links, *paths) if not path.exists()] == []


def test_the_folders_it_names_exist() -> None:
    layout = TEXT.split("## Layout")[1].split("```")[1]
    folders = [line.split()[0] for line in layout.splitlines() if line]
    assert len(folders) == 10
    assert [folder for folder in folders if not (ROOT / folder).exists()] == []


@pytest.mark.parametrize("command", re.findall(r"-m liquid (\w+)", TEXT))
def test_its_commands_are_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert command in capsys.readouterr().out
