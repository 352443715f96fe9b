"""The package as others get it: a wheel in an environment of its own, used from another folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import liquid

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network: requirements-dev.txt brings the build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, ROOT], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the wheel, in which the libraries of this one can be seen.

    Installing torch and the others once more would need the network and minutes; the project itself comes from the
    wheel alone.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    python = folder / SCRIPTS / "python"
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", purelib], check=True, capture_output=True, text=True).stdout.strip()
    (Path(packages) / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    options = ["--quiet", "--no-deps", "--no-index", "--ignore-installed"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", *options, wheel], check=True)
    return folder


def call(environment: Path, program: str, *arguments: str, folder: Path) -> str:
    """What a program of the environment prints when it is called in a folder."""
    command = [environment / SCRIPTS / program, *arguments]
    env = {"PATH": "", "HOME": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_the_package_its_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    about = f"liquid_neural_dynamics-{liquid.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"liquid", about}
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*.*") if path.suffix != ".pyc"}
    made_here = {"data/build.py", "data/tasks/build.py"}
    assert {f"liquid/{name}" for name in data - made_here} == {n for n in names if n.startswith("liquid/data/")}
    assert "liquid/py.typed" in names
    assert {name for name in names if name.endswith(".py")} == {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "liquid").rglob("*.py")
    }


def test_it_trains_from_another_folder(environment: Path, tmp_path: Path) -> None:
    small = ["--steps", "3", "--horizon", "2", "--members", "1", "--window", "8", "--state-size", "2"]
    # LSTM needs no compiled loop, which every new folder would wait for.
    printed = call(environment, "liquid", "train", "nile", "--model", "LSTM", *small, folder=tmp_path)
    assert "RMSE" in printed
    assert (tmp_path / "runs" / "nile" / "forecast.csv").is_file()


USE = """
import json
import torch
import liquid
from liquid.dynamics import pretrained
from liquid.dynamics.layer import LiquidLayer
from liquid.series import builtin
from liquid.studies import stored
from liquid.studies.benchmark import stored_series

layer = LiquidLayer(1, 4)
layer(torch.ones(1, 1), torch.zeros(1, 4))
print(json.dumps({
    "package": liquid.__file__,
    "version": liquid.__version__,
    "series": [len(builtin.load(name)) for name in ("nile", "lorenz")],
    "pretrained": pretrained.load("lorenz").weights.state_size,
    "claims": len(stored.load("claims")["verdicts"]),
    "tasks": [len(stored_series.chaos("chua", 0)), len(stored_series.half_cheetah())],
}))
"""


def test_layer_series_pretrained_models_and_stored_results_are_its_own(environment: Path, tmp_path: Path) -> None:
    answers = json.loads(call(environment, "python", "-c", USE, folder=tmp_path))
    assert Path(answers["package"]).is_relative_to(environment)
    assert answers["version"] == liquid.__version__
    assert answers["series"][0] == 100
    assert min(answers["series"][1], answers["pretrained"], answers["claims"], *answers["tasks"]) > 0


def test_the_command_is_the_module(environment: Path, tmp_path: Path) -> None:
    command = call(environment, "liquid", "--help", folder=tmp_path)
    module = call(environment, "python", "-m", "liquid", "--help", folder=tmp_path)
    assert command.startswith("usage: liquid [")
    assert command == module.replace("python -m liquid", "liquid")


def requirements(lines: list[str]) -> dict[str, Requirement]:
    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def test_requirements_txt_pins_what_the_package_needs_and_streamlit() -> None:
    needed = requirements(PROJECT["dependencies"])
    pinned = requirements((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert set(pinned) == set(needed) | {"streamlit"}
    for name, requirement in needed.items():
        (pin,) = pinned[name].specifier
        assert pin.operator == "=="
        assert pin.version in requirement.specifier, name
        assert pinned[name].extras == requirement.extras


def test_there_is_one_version_number() -> None:
    assert PROJECT["dynamic"] == ["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, date = re.findall(r"^## \[(\d\S*)\] - (\S+)$", changes, re.MULTILINE)[0]
    assert (version, date) == (citation["version"], str(citation["date-released"]))
    assert version == liquid.__version__
