"""`python -m liquid export`: from a folder or the store, every format; a sentence where a run has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from liquid.__main__ import main
from liquid.export.formats import FORMATS
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.format import to_files, write_folder
from liquid.runs.store import Store, new_token
from liquid.series import builtin
from liquid.series.reading import ReadOptions, read

SMALL = {"members": 1, "steps": 2, "window": 8, "batch": 8, "state_size": 2, "horizon": 2}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIQUID_DATABASE_URL", f"sqlite:///{tmp_path / 'runs.sqlite3'}")


def trained(**settings: object) -> Run:
    config = TrainConfig(**SMALL | settings)
    return next(event for event in run(builtin.load("nile"), config) if isinstance(event, Run))


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_and_a_stored_run_give_the_same_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    files = to_files(trained(model="GRU"))
    write_folder(Path("nile"), files)
    store = Store.open()
    identity = store.save(files, "nile", new_token())
    store.close()
    assert main(["export", "nile", "--as", name]) == 0
    assert main(["export", identity, "--as", name, "--out", "other"]) == 0
    made = Path(FORMATS[name].file).read_bytes()
    assert made == Path("other").read_bytes()
    assert f"Written to {FORMATS[name].file}, {len(made):,} bytes." in capsys.readouterr().out


def test_a_rule_has_no_network_and_all_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(Path("rule"), to_files(trained(model="Persistence")))
    assert main(["export", "rule", "--as", "onnx"]) == 2
    assert "Persistence has no network to export: choose script, notebook, parquet" in capsys.readouterr().err
    assert main(["export", "rule", "--as", "script"]) == 0


def test_how_a_file_was_read_is_kept_with_a_run() -> None:
    """So that the script of a saved run reads the file as it was read."""
    rows = "\n".join(f"{number};{number * number % 11},5" for number in range(60))
    Path("comma.csv").write_text(f"step;level\n{rows}\n", encoding="utf-8")
    series = read("comma.csv", options=ReadOptions(decimal=",", target=("level",)))
    config = TrainConfig(**SMALL | {"model": "Persistence"})
    write_folder(Path("run"), to_files(next(e for e in run(series, config) if isinstance(e, Run))))
    assert main(["export", "run", "--as", "script"]) == 0
    script = Path("train_again.py").read_text(encoding="utf-8")
    assert "series = read('comma.csv', options=ReadOptions(\n    decimal=',',\n    target=('level',),\n))" in script
