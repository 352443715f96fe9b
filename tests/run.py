"""Sets up and runs every check of the project: python3 tests/run.py

Needs Python 3.11 or newer and, the first time, the network. It first looks for what only an administrator can install,
and installs that with apt-get as root, or says in one sentence what to paste. Then it makes .venv with what
requirements-dev.txt names, a PostgreSQL among it, and runs the linters, the type checker and all tests. Exit status 0
means: all passed, none skipped.

    python3 tests/run.py --quick           leaves the browser out
    python3 tests/run.py -- -k convergence      what follows -- goes to pytest
    python3 tests/run.py --here            uses the Python that runs this instead of .venv
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

from browser.chromium import downloaded, installed

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
ALONE = ROOT / "requirements-alone.txt"
STAMP = ENVIRONMENT / "requirements.sha256"
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}
SIDE_BY_SIDE = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadgroup", "--no-loadscope-reorder"]
WARM = (
    "from liquid.dynamics import scan; from liquid.learning import finish; from liquid.models import network; "
    "[scan.ready(True, dtype) for dtype in scan.DTYPES]; network.warm(); finish.warm()"
)
# Small matrices: more threads in one test process would only fight over the cores.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def missing_packages(environment: bool, browser: bool) -> list[str]:
    """Debian's names of what is not here and only an administrator can install.

    environment: .venv is to be made; browser: the browser's tests are to be run.
    """
    missing = []
    if environment and find_spec("ensurepip") is None:
        missing.append("python3-venv")
    if sys.platform == "linux" and shutil.which("cc") is None:
        missing += ["gcc", "libc6-dev"]  # tests compile what a run is exported as
    if browser and sys.platform == "linux":
        if not (any(installed()) or downloaded()):
            missing.append("chromium")
        try:
            ctypes.CDLL("libatomic.so.1")
        except OSError:
            missing.append("libatomic1")  # Playwright's driver is linked to it
    return missing


def install_packages(packages: list[str]) -> None:
    """Install as root; ends with one sentence and the line to paste if this user or system cannot."""
    install = f"apt-get install --yes --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        sys.exit(f"Install {', '.join(packages)} with the package manager of this system, then run this again.")
    if os.geteuid() != 0:
        update = "sudo apt-get update && sudo "
        sys.exit(f"Ask an administrator to paste this line, then run this again: {update}{install}")
    say(install)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(f"apt-get update -qq && {install} -qq >/dev/null", shell=True, check=True, env=quiet)


def prepared() -> str:
    """The Python of .venv, with the requirements installed unless they already are."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in (*REQUIREMENTS, ALONE))).hexdigest()
    if not python.exists():
        say(f"making {ENVIRONMENT.name}")
        venv.create(ENVIRONMENT, with_pip=True)
    if not STAMP.exists() or STAMP.read_text() != wanted:
        say("installing requirements-dev.txt")
        install = [python, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "-r", REQUIREMENTS[-1]], check=True)
        subprocess.run([*install, "--no-deps", "-r", ALONE], check=True)
        subprocess.run([python, ROOT / "tests" / "browser" / "axe.py"], check=True)
        STAMP.write_text(wanted)
    return str(python)


def working_browser(python: str) -> str:
    """The path of a Chromium that starts; if no package brings one, Playwright's download is tried."""
    finder = [python, ROOT / "tests" / "browser" / "chromium.py"]

    def first() -> str:
        return subprocess.run(finder, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()

    path = first()
    if not path and sys.platform != "linux":
        say("downloading a browser")
        subprocess.run([python, "-m", "playwright", "install", "chromium"], check=False)
        path = first()
    if not path:
        sys.exit("No Chromium starts here: install Chromium or Chrome, or leave the browser out with --quick.")
    say(f"browser: {path}")
    return path


def main() -> int:
    if (sys.version_info.major, sys.version_info.minor) < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    parser = argparse.ArgumentParser(description="Set up and run every check of the project.")
    parser.add_argument("--quick", action="store_true", help="leave the browser out")
    parser.add_argument("--here", action="store_true", help="use this Python instead of .venv")
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    given = parser.parse_args()

    if missing := missing_packages(environment=not (given.here or ENVIRONMENT.exists()), browser=not given.quick):
        install_packages(missing)
    python = sys.executable if given.here else prepared()
    env = os.environ | ONE_THREAD
    tests = [python, "-m", "pytest", *SIDE_BY_SIDE, *given.pytest]
    if given.quick:
        tests += ["-m", "not browser"]
    else:
        env["LIQUID_CHROMIUM"] = working_browser(python)

    warm = subprocess.Popen([python, "-c", WARM], cwd=ROOT, env=env)  # once, not in every process of the tests
    failed = []
    for name, command in [(n, [python, *c]) for n, c in CHECKS.items()] + [("pytest", tests)]:
        say(name)
        if name == "pytest":
            warm.wait()
        if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
