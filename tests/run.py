"""Sets up and runs every check of the project: python3 tests/run.py

Needs Python 3.11 or newer and, the first time, the network. It makes .venv with what requirements-dev.txt names, finds
a Chromium or installs one, and runs the linters, the type checker and all tests. Exit status 0 means: all passed, none
skipped.

    python3 tests/run.py --quick           leaves the browser out
    python3 tests/run.py -- -k convergence      what follows -- goes to pytest
    python3 tests/run.py --here            uses the Python that runs this instead of .venv
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
STAMP = ENVIRONMENT / "requirements.sha256"
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}
SIDE_BY_SIDE = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadgroup", "--no-loadscope-reorder"]
WARM = (
    "from liquid.dynamics import scan; from liquid.models import lstm; "
    "[scan.ready(True, dtype) for dtype in scan.DTYPES]; lstm.warm()"
)
# Small matrices: more threads in one test process would only fight over the cores.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def prepared() -> str:
    """The Python of .venv, with the requirements installed unless they already are."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in REQUIREMENTS)).hexdigest()
    if not python.exists():
        say(f"making {ENVIRONMENT.name}")
        venv.create(ENVIRONMENT, with_pip=True)
    if not STAMP.exists() or STAMP.read_text() != wanted:
        say("installing requirements-dev.txt")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS[-1]], check=True)
        STAMP.write_text(wanted)
    return str(python)


def found_browser(python: str) -> str | None:
    finder = [python, ROOT / "tests" / "browser" / "chromium.py"]
    return subprocess.run(finder, stdout=subprocess.PIPE, text=True, check=False).stdout.strip() or None


def browser(python: str) -> str:
    """A Chromium that starts: one that is here, else Playwright's download, else the system's package."""
    ways = [[python, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways.append(["sh", "-c", "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"])
    path = found_browser(python)
    for way in ways:
        if path:
            break
        say(f"installing a browser: {' '.join(way[-3:])}")
        if subprocess.run(way, check=False).returncode == 0:
            path = found_browser(python)
    if not path:
        sys.exit("No Chromium was found and none could be installed. Install Chromium or Chrome, or use --quick.")
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

    python = sys.executable if given.here else prepared()
    env = os.environ | ONE_THREAD
    tests = [python, "-m", "pytest", *SIDE_BY_SIDE, *given.pytest]
    if given.quick:
        tests += ["-m", "not browser"]
    else:
        env["LIQUID_CHROMIUM"] = browser(python)

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
