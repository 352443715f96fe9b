"""The command line as a person types it: results in a folder, one sentence for a mistake, Ctrl-C keeps the best."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from liquid.__main__ import COMMANDS, main
from liquid.cli import forecast, progress
from liquid.dynamics import scan
from liquid.learning import training
from liquid.learning.training import Compiling, Progress
from liquid.models.registry import MODELS
from liquid.runs.format import NAMES, from_files, read_folder
from liquid.runs.measured import METRICS
from liquid.series import builtin

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
FILES = NAMES | {"forecast.html"}


def typed(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "liquid", *arguments]
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def test_train_then_forecast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--steps", "5", "--horizon", "4", "--state-size", "4", "--members", "2"]
    done = typed(["train", "nile", *small], tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "nile"
    assert {path.name for path in folder.iterdir()} == FILES
    assert "Time is the column 'date'." in done.stdout
    for word in ("Liquid", "Persistence", "Linear AR", "RMSE", "The 90 % band"):
        assert word in done.stdout
    assert json.loads((folder / METRICS).read_text())["sentence"] in done.stdout
    assert "step 5/5" in done.stderr

    lines = (ROOT / "data" / "nile.csv").read_text().splitlines()
    (tmp_path / "new.csv").write_text("\n".join(lines[:1] + lines[-50:]))
    monkeypatch.chdir(tmp_path)
    waits: list[str] = []

    def waiting() -> None:
        waits.append("once")
        progress.wait_for_scan()

    monkeypatch.setattr(forecast, "wait_for_scan", waiting)
    assert main(["forecast", "runs/nile", "new.csv"]) == 0
    assert waits == ["once"]
    # the new file ends where the series ended, so what follows is what train said
    assert [line for line in (tmp_path / "forecast.csv").read_text().splitlines() if ",next," in line] == [
        line for line in (folder / "forecast.csv").read_text().splitlines() if ",next," in line
    ]
    assert "1971" in capsys.readouterr().out


@pytest.mark.parametrize("model", ["Linear AR", "Echo state", "CfC"])
def test_any_model_is_trained_and_forecasts_new_data(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    own = [*(("--steps", "5") if model == "CfC" else ()), *(("--members", "2") if model != "Linear AR" else ())]
    assert main(["train", "nile", "--model", model, *own, "--horizon", "3", "--out", "run"]) == 0
    told = capsys.readouterr()
    assert model in told.out
    solved = not MODELS[model].trained
    assert ("solved at once." in told.out, "trained by SOAP, readout solved in" in told.out, "step " in told.err) == (
        solved,
        not solved,
        not solved,
    )

    def never() -> None:
        raise AssertionError("it has no liquid layer, so no machine code to wait for")

    monkeypatch.setattr(forecast, "wait_for_scan", never)
    assert main(["forecast", "run", "nile"]) == 0
    saved, again = (Path(name).read_text().splitlines() for name in ("run/forecast.csv", "forecast.csv"))
    assert [line for line in saved if ",next," in line] == [line for line in again if ",next," in line]


def test_a_forecasts_band_has_the_level_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "nile", "--model", "Linear AR", "--out", "run"]) == 0
    widths = []
    for level in ("50", "80", "90", "95"):
        assert main(["forecast", "run", "nile", "--level", level]) == 0
        assert f"that should hold {level} %" in capsys.readouterr().out
        with Path("forecast.csv").open(newline="") as file:
            widths.append([float(row["high"]) - float(row["low"]) for row in csv.DictReader(file)])
    assert (np.diff(widths, axis=0) >= 0).all()
    assert (np.array(widths[0]) < widths[-1]).all()


def test_a_look_back_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--model", "Linear AR", "--horizon", "4", "--cutoffs", "3", "--once", "--csv", "back.csv"]
    assert main(["backtest", "nile", *options]) == 0
    out = capsys.readouterr().out
    assert "From 3 cutoffs, trained before the first and only run forward, Linear AR makes" in out
    assert "The 90 % band held" in out
    with (tmp_path / "back.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3", "4"] * 3
    assert main(["backtest", "nile", "--cutoffs", "11"]) == 2
    assert "cutoffs" in capsys.readouterr().err


def test_a_part_a_date_and_outliers_can_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["--first", "1880", "--without", "1890 to 1892", "--until", "1975", "--outliers", "clip"]
    assert main(["train", "nile", "--model", "Persistence", *asked, "--out", "run"]) == 0
    said = capsys.readouterr().out
    assert "Of 100 rows the 91 from 1880-01-01 to 1970-01-01 are used." in said
    assert "Left out, as you said: 1890 to 1892; 3 rows count as missing." in said
    assert "Forecasts 5 samples ahead, 5 years, to 1975-01-01." in said
    run, _ = from_files(read_folder(tmp_path / "run"))
    assert (run.config.horizon, run.config.outliers, len(run.series)) == (5, "clip", 91)
    assert int(run.series.known("volume").sum()) == 88
    assert main(["train", "nile", "--horizon", "5 hours"]) == 2
    assert "'5 hours' reaches no sample after the last known value, 1970-01-01 (yearly)" in capsys.readouterr().err
    assert main(["train", "nile", "--horizon", "soon"]) == 2
    assert "'soon' is no time of this series" in capsys.readouterr().err


def test_what_moved_a_forecast_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "nile", "--model", "Linear AR", "--horizon", "2", "--out", "run"]) == 0
    assert main(["why", "run", "nile", "--ahead", "1", "--back", "3", "--csv", "why.csv"]) == 0
    out = capsys.readouterr().out
    assert "From 1967" in out
    assert "One step ahead, Linear AR forecasts" in out
    assert "stays at its last value: from that it would forecast" in out
    with (tmp_path / "why.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["age"]) for row in rows] == list(range(len(rows)))[::-1]
    for mistake in (["--ahead", "3"], ["--back", "-1"], ["--back", "400"]):
        assert main(["why", "run", "nile", *mistake]) == 2
        assert "choose" in capsys.readouterr().err


def test_models_are_compared_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--model", "Linear AR", "--horizon", "4", "--with", "Persistence", "Seasonal naive", "--csv", "all.csv"]
    assert main(["compare", "nile", *options]) == 0
    out = capsys.readouterr().out
    assert "the RMSE of Linear AR is" in out
    assert "Seasonal naive has no score: " in out
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2", "3", "4"]
    assert {"RMSE, Linear AR", "forecast, Persistence"} < rows[0].keys()
    assert main(["compare", "nile", "--model", "Linear AR", "--with", "Linear AR"]) == 2
    assert "leave it out" in capsys.readouterr().err


def test_further_targets_are_trained_and_saved_beside_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{i % 7},{i % 5},{i % 11},{int(i > 170)}" for i in range(200))
    Path("mine.csv").write_text(f"first,../=up,third,still\n{rows}\n")
    options = ["--target", "first", "--model", "Persistence", "--horizon", "2", "--out", "run"]
    assert main(["train", "mine.csv", *options, "--more-targets", "../=up", "third", "still"]) == 0
    assert "'still' has no forecast: 'still' is constant" in capsys.readouterr().out
    assert sorted(path.name for path in Path().iterdir()) == ["mine.csv", "run", "run-third", "run-up"]
    with Path("run", "forecasts.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [
            {"sample": "200.0", "first": "3.0", "../=up": "4.0", "third": "1.0"},
            {"sample": "201.0", "first": "3.0", "../=up": "4.0", "third": "1.0"},
        ]
    assert main(["forecast", "run-up", "mine.csv"]) == 0  # a run like any other
    assert main(["train", "mine.csv", *options, "--more-targets", "first"]) == 2
    assert "leave it out" in capsys.readouterr().err


def test_the_effect_of_a_solver_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small = ["--steps", "5", "--members", "1", "--state-size", "4", "--window", "8"]
    assert main(["effect", "nile", *small, "--csv", "effect.csv"]) == 0
    with (tmp_path / "effect.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["ratio to as trained"]) == 1
    assert rows[-1]["states from"] == "Exact"
    assert len(rows) == 9  # as trained, three times more unfolds, four other solvers, exact
    assert "Solving this model's ODE exactly multiplies" in capsys.readouterr().out


def test_ctrl_c_keeps_the_best_so_far(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "liquid", "train", "nile", "--members", "1", "--steps", "20000", "--out", "kept"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("step 1/"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert "the best so far is kept" in err
    assert "Traceback" not in err
    assert "Saved in kept/" in out
    assert json.loads((tmp_path / "kept" / METRICS).read_text())["outcome"] == "stopped"


def test_a_mistake_is_one_line_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.csv").write_text("a,b\nno,numbers\nin,here\n" * 10)
    assert main(["train", "words.csv"]) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert not (tmp_path / "runs").exists()


MISTAKES = {
    "nothing": ("", "required: COMMAND"),
    "no such command": ("learn", "invalid choice: 'learn'"),
    "no source": ("train", "FILE_OR_NAME"),
    "no such source": ("train nowhere.csv", "neither a file nor a built-in series"),
    "a folder": ("train .", "neither a file nor a built-in series"),
    "a setting out of range": ("train nile --steps 0", "steps=0 is outside 1 to 20000"),
    "a setting that is no number": ("train nile --steps many", "invalid int value: 'many'"),
    "no such model": ("train nile --model Oracle", "model='Oracle' is not known"),
    "a setting that the model does not have": (
        "train nile --model GRU --dt 0.5 --unfolds 2",
        "GRU has no --dt or --unfolds; leave them out.",
    ),
    "one setting that the model does not have": (
        "train nile --model Persistence --steps 5",
        "Persistence has no --steps; leave it out.",
    ),
    "no such column": ("train nile --target height", "No column 'height'"),
    "a horizon too far": ("train nile --horizon 90", "'90' is too far ahead: choose 36 samples (2006-01-01)"),
    "no such delimiter": ("train {nile} --delimiter x", "delimiter='x'"),
    "a folder that cannot be": ("train nile --out {nile}", "cannot be used"),
    "no run": ("forecast nowhere nile", "cannot be read"),
    "no such preset": ("convergence --preset wild", "preset='wild'"),
    "no such layer": ("tau --layer own", "invalid choice: 'own'"),
}


@pytest.mark.parametrize(("line", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_told_in_a_sentence(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = line.format(nile=ROOT / "data" / "nile.csv").split()
    try:
        status = main(arguments)
    except SystemExit as left:  # argparse's own way out
        status = left.code
    told = capsys.readouterr().err
    assert status == 2
    assert sentence in told
    assert told.rstrip("\n").count("\n") <= told.count("Getting the machine code ready")


def test_series_lists_every_built_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["series"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == builtin.names()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert f"python -m liquid {name}" in capsys.readouterr().out


def test_the_reader_can_be_overruled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "\n".join(f"{day:02d}/01/2024;{1000 + (7 * day) % 5},5" for day in range(1, 13))
    (tmp_path / "mine.csv").write_text(rows)
    monkeypatch.chdir(tmp_path)
    overruled = "--delimiter semicolon --decimal comma --no-header --time-column 0 --no-day-first"
    assert main(["train", "mine.csv", *overruled.split()]) == 2  # 12 values are too few, but they were read
    said = capsys.readouterr().out
    assert "as you said" in said
    assert "month" in said


def test_what_a_file_leaves_open_is_asked_in_the_terminal_with_what_each_option_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    days = [f"2024-01-{day:02d}" for day in range(1, 31)]
    rows = "".join(f"{day},{shop},{(7 * at) % 5}\n" for at, day in enumerate(days) for shop in ("a b", "c"))
    Path("shops.csv").write_text(f"day,shop,sold\n{rows}")
    assert main(["train", "shops.csv"]) == 2  # 30 values are too few, but they were read
    assert "\n  --series shop=c: c, 30 rows, 2024-01-01 to 2024-01-30\n" in capsys.readouterr().out
    assert main(["train", "shops.csv", "--series", "shop=c"]) == 2
    assert "'c' was taken, as you said" in capsys.readouterr().out
    cells = "".join(f"{day},{'<1' if at % 9 == 0 else at % 7}\n" for at, day in enumerate(days))
    Path("censored.csv").write_text(f"day,level\n{cells}")
    assert main(["train", "censored.csv"]) == 2
    asked = "With --unread missing: count these cells as missing, 4 of 30 values missing."
    assert asked in capsys.readouterr().err


def test_names_cannot_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.csv").write_text("\x1b[2Jname\n" + "\n".join(str(number) for number in range(12)))
    monkeypatch.chdir(tmp_path)
    assert main(["train", "mine.csv", "--target", "\x1b[1mbold"]) == 2
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err


def test_ctrl_c_before_a_result_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(builtin, "catalogue", interrupted)
    assert main(["series"]) == 130
    assert "nothing was saved" in capsys.readouterr().err


def test_ctrl_c_before_the_machine_code_is_made_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, shown = threading.Event(), threading.Event()
    show = progress.show

    def showing(point: Progress | Compiling) -> None:
        show(point)
        shown.set()

    def never_ready(wait: bool = False) -> bool:
        if wait:
            shown.wait()
            signal.raise_signal(signal.SIGINT)
            made.wait()
        return False

    monkeypatch.setattr(scan, "ready", never_ready)
    monkeypatch.setattr(training, "QUIET", 0)
    monkeypatch.setattr(progress, "show", showing)
    monkeypatch.chdir(tmp_path)
    try:
        assert main(["train", "nile", "--members", "1"]) == 130
    finally:
        made.set()
    told = capsys.readouterr().err
    assert "once per machine" in told
    assert "nothing was saved" in told


def test_the_bar_draws_over_itself_where_a_person_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress.show(Progress(150, 600, 0.5, 0.25, (0.25,), 10.0, 95.0))
    drawn = capsys.readouterr().err
    assert drawn.startswith("\r")
    assert "[######..................] step 150/600" in drawn
    assert "1 min 35 s left" in drawn
    assert not drawn.endswith("\n")
