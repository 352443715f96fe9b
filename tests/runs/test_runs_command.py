"""`python -m liquid runs`: the terminal saves, lists, opens, exports, imports and deletes the runs of the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from liquid.__main__ import main
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.format import NAMES, PICTURE, from_files, to_files, write_folder
from liquid.runs.studies import STUDIES, Studies
from liquid.series.series import from_columns
from liquid.studies.solver_effect.study import EXACT, SolverEffect, Variant, states_from

SMALL = TrainConfig(members=1, steps=5, window=12, batch=8, state_size=4, horizon=3)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    waves = from_columns({"y\x1b[2J": np.sin(np.arange(80) / 4)}, "waves\x1b[2J")
    return to_files(next(event for event in run(waves, SMALL) if isinstance(event, Run)))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIQUID_DATABASE_URL", f"sqlite:///{tmp_path / 'runs.sqlite3'}")


def typed(line: str, capsys: pytest.CaptureFixture[str], status: int = 0) -> list[str]:
    try:
        ended = main(["runs", *line.split()])
    except SystemExit as left:  # argparse's own way out
        ended = left.code
    told = capsys.readouterr()
    assert ended == status, told.err
    assert "\x1b" not in told.out + told.err
    return (told.out + told.err).splitlines()


def test_runs_are_found_sorted_and_laid_side_by_side(
    files: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(Path("mine"), files)
    _, a, _ = typed("save mine --title Tides", capsys)
    _, b, _ = typed("save mine --title Ebbs", capsys)
    assert [row.split()[-1] for row in typed("list", capsys)] == ["Ebbs", "Tides"]
    assert [row.split()[-1] for row in typed("list --order largest --find tide", capsys)] == ["Tides"]
    assert typed("list --find lstm", capsys) == []
    said = typed(f"beside {a} {b}", capsys)
    assert {"A: Tides", "B: Ebbs"} <= set(said)
    assert any(line.startswith("RMSE, one step") for line in said)
    assert any("A's RMSE is 1.000" in line for line in said)
    typed(f"beside {a} nobody", capsys, status=2)


def test_a_runs_way_through_the_terminal(files: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(Path("mine"), files)
    assert typed("list", capsys) == []
    _, identity, link = typed("save mine --title Tides", capsys)
    assert link.endswith(f"/train?run={identity}")
    (row,) = typed("list", capsys)
    assert row.startswith(identity)
    assert row.endswith("Tides")
    said = typed(f"open {identity} --out again", capsys)
    assert said[0] == "Tides"
    assert {path.name for path in Path("again").iterdir()} == NAMES | {PICTURE}
    kept = to_files(from_files(files)[0])  # names as lines of printable characters, the rest as it was
    for name in NAMES:
        assert (Path("again") / name).read_bytes() == kept[name], name

    typed(f"export {identity} --out tides.zip", capsys)
    _, other, _ = typed("import tides.zip", capsys)
    assert other != identity
    assert [row.split()[-1] for row in typed("list", capsys)] == ["Tides", "Tides"]
    assert typed(f"delete {identity}", capsys) == ["Deleted: Tides"]
    assert len(typed("list", capsys)) == 1
    assert typed("", capsys) == typed("list", capsys)
    assert "no run under this link" in typed(f"open {identity}", capsys, status=2)[0]


def test_what_studies_found_goes_the_same_way(files: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    trained = Variant(states_from("euler", 1), "euler", 1, 0.5, 1.0, 1.0, 1.0, 0.0)
    exact = Variant(states_from(EXACT, None), EXACT, None, 0.6, 1.2, 1.1, 1.3, 0.2)
    studies = Studies(effect=SolverEffect((trained, exact), 10))
    write_folder(Path("mine"), to_files(from_files(files)[0], studies))
    _, identity, _ = typed("save mine", capsys)
    typed(f"export {identity} --out mine.zip", capsys)
    _, other, _ = typed("import mine.zip", capsys)
    assert studies.sentences[0] in typed(f"open {other} --out again", capsys)
    assert (Path("again") / STUDIES).read_bytes() == (Path("mine") / STUDIES).read_bytes()
    (Path("mine") / STUDIES).write_bytes(b"{")
    assert STUDIES in typed("save mine", capsys, status=2)[0]


def test_a_title_from_a_file_cannot_steer_the_terminal(
    files: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(Path("mine"), files)
    typed("save mine", capsys)
    assert "waves" in typed("list", capsys)[0]


MISTAKES = {
    "paint": "invalid choice",
    "open nothing": "no run under this link",
    "save nowhere": "cannot be used",
    "import nowhere.zip": "cannot be used",
    "import runs.sqlite3": "no zip file of a run",
    "delete ..": "no run under this link",
}


@pytest.mark.parametrize(("line", "sentence"), MISTAKES.items(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line(line: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    (said,) = typed(line, capsys, status=2)
    assert sentence in said
