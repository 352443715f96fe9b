"""Nothing that a file, a link or a name holds can become code, a command, live markup or a call to a stranger."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkout import checkout_files

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    ROOT / "app.py",
    *(path for folder in ("liquid", "pages", "benchmarks", "data") for path in sorted((ROOT / folder).rglob("*.py"))),
]
UNPICKLERS = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
    "pandas.io.pickle",
}
CALLERS = {"requests", "httpx", "aiohttp", "urllib.request", "http.client", "ftplib", "smtplib", "telnetlib"}
RUNNERS = {"eval", "exec", "compile", "__import__", "breakpoint"}  # as plain names: torch's .eval() is another
METHODS = {"read_pickle", "to_pickle", "unsafe_load", "full_load", "extractall", "html"}
OURS_ALONE = {"os.system", "os.popen", "torch.load", "torch.save", "yaml.load", "np.load", "numpy.load"}


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def is_true(node: ast.expr) -> bool:
    return not (isinstance(node, ast.Constant) and node.value in (False, None))


def is_file_of_ours(arguments: list[ast.expr]) -> bool:
    """Whether a call is given one path and nothing else, written out in the source."""
    match arguments:
        case [ast.Call(func=ast.Name(id="Path"), args=[ast.Constant()], keywords=[])]:
            return True
    return False


def imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def offences(source: str, *, calls_out: bool = False) -> Iterator[str]:
    """What a source does that only code of the house's own making should ever reach."""
    for node in ast.walk(ast.parse(source)):
        for name in imports(node):
            if name in UNPICKLERS or name.split(".")[0] in UNPICKLERS or (name in CALLERS and not calls_out):
                yield f"import {name}"
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        options = {option.arg: option.value for option in node.keywords}
        if name in RUNNERS or (name in OURS_ALONE and "allow_pickle" not in options):
            yield f"line {node.lineno}: {name}()"
        if name.split(".")[-1] in METHODS and "." in name and not is_file_of_ours(node.args):
            yield f"line {node.lineno}: {name}()"
        for option in ("shell", "allow_pickle", "unsafe_allow_html", "unsafe_allow_javascript"):
            if option in options and is_true(options[option]):
                yield f"line {node.lineno}: {option}="
        if name.split(".")[-1] == "text" and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
            yield f"line {node.lineno}: SQL put together from pieces"


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_no_source_runs_what_it_reads(path: Path) -> None:
    # benchmarks and data/build.py are run by hand, and a benchmark asks the app's own server
    by_hand = path.is_relative_to(ROOT / "benchmarks") or path.is_relative_to(ROOT / "data")
    assert list(offences(path.read_text(encoding="utf-8"), calls_out=by_hand)) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib.externals",
        "import torch; torch.load('a')",
        "import numpy as np; np.load('a')",
        "import numpy as np; np.load('a', allow_pickle=True)",
        "import pandas as pd; pd.read_pickle('a')",
        "eval('1')",
        "exec(text)",
        "__import__(name)",
        "import os; os.system('ls')",
        "import subprocess; subprocess.run('ls', shell=True)",
        "st.markdown(name, unsafe_allow_html=True)",
        "st.html(name)",
        "st.html(Path(name))",
        "st.components.v1.html(name)",
        "from urllib.request import urlopen",
        "import requests",
        "connection.execute(text(f'DROP TABLE {name}'))",
        "connection.execute(text('DROP TABLE ' + name))",
        "archive.extractall(folder)",
    ],
)
def test_each_of_them_would_be_seen(line: str) -> None:
    assert len(list(offences(line))) >= 1


@pytest.mark.parametrize(
    "line",
    [
        "model.eval()",
        "st.html(Path('look.css'))",
        "re.compile('a')",
        "np.load(path, allow_pickle=False)",
        "given.text(a)",
    ],
)
def test_what_only_looks_like_it_is_left_alone(line: str) -> None:
    assert list(offences(line)) == []


def test_nothing_is_told_to_anybody_and_no_traceback_is_shown() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
    assert config["server"].get("enableXsrfProtection", True) is True
    assert config["server"].get("enableCORS", True) is True
    assert config["server"].get("enableStaticServing", False) is False
    assert config["server"]["maxUploadSize"] <= 200
    fonts = {value for name, value in config["theme"].items() if name.lower().endswith("font")}
    assert fonts == {"sans-serif", "monospace"}
    assert "http" not in (ROOT / ".streamlit" / "config.toml").read_text()


SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_\w{30}|hf_[A-Za-z]{30}|sk-\w{30}"
    r"|(?i:password|secret|api_key)['\"]?\s*[=:]\s*['\"][^'\"{}$<> ]{8,}['\"]"
)


def test_no_file_of_the_checkout_holds_a_secret() -> None:
    endings = (".py", ".toml", ".md", ".yaml", ".yml", ".json", ".conf")
    texts = [ROOT / name for name in checkout_files() if name.endswith(endings)]
    assert len(texts) > 50
    found = {str(path): SECRET.findall(path.read_text(encoding="utf-8")) for path in texts if path.exists()}
    assert {path: secrets for path, secrets in found.items() if secrets} == {}
    assert SECRET.search("pass" + "word = 'correct-horse'")  # in two pieces, or this file were found itself
