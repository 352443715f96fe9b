"""What makes a result, by its code: what is a change and what is none, and which modules count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liquid.studies import stored
from liquid.studies.sources import sources

TEXT = '''"""What it does."""
from typing import TYPE_CHECKING

import liquid
from benchmarks import docs_tables
from liquid.learning import scale
from liquid.learning.half import halved

if TYPE_CHECKING:
    from liquid.learning.unused import Unused


def found(x):
    """Twice x."""
    total = 2 * x
    if x > 0:
        total += 1  # a comment
    return halved(total)
'''
PATH = "benchmarks/mine.py"
MODULES = {
    PATH: TEXT,
    "liquid/__init__.py": "LAYER = 'liquid.dynamics.layer'",
    "liquid/dynamics/layer.py": "",
    "benchmarks/docs_tables.py": "",
    "liquid/learning/__init__.py": "",
    "liquid/learning/scale.py": "SCALE = 3.0",
    "liquid/learning/half.py": "from importlib import import_module\nMODELS = 'liquid.models'",
    "liquid/learning/unused.py": "",
    "liquid/models/one.py": "import numpy",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def changed(project: Path, path: str, text: str) -> set[str]:
    """The modules whose digest a new text changes."""
    before = sources("benchmarks.mine", project)
    (project / path).write_text(text, encoding="utf-8")
    after = sources("benchmarks.mine", project)
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_what_is_imported_counts_also_later_by_its_name_and_what_is_there_for_types_alone_does_not(
    project: Path,
) -> None:
    found = set(sources("benchmarks.mine", project))
    assert found == {
        "benchmarks.mine",
        "liquid.learning",
        *(f"liquid.learning.{n}" for n in ("scale", "half")),
        "liquid.models.one",
    }
    assert changed(project, "liquid/models/two.py", "X = 1") == {"liquid.models.two"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # a comment", "  # another"),
        ("What it does.", "What else it does."),
        ("Twice x.", "Two times x."),
        ("total = 2 * x", "total = (\n        2\n        * x\n    )"),
        ("    from liquid.learning.unused import Unused", "    import numpy"),
    ],
)
def test_words_layout_and_types_are_no_change(project: Path, old: str, new: str) -> None:
    assert old in TEXT
    assert changed(project, PATH, TEXT.replace(old, new)) == set()


@pytest.mark.parametrize(
    ("old", "new"), [("2 * x", "2.5 * x"), ("x > 0", "x >= 0"), ("    return halved", "        return halved")]
)
def test_what_may_change_a_number_is_a_change(project: Path, old: str, new: str) -> None:
    assert changed(project, PATH, TEXT.replace(old, new)) == {"benchmarks.mine"}
    assert changed(project, "liquid/learning/scale.py", "SCALE = 4.0") == {"liquid.learning.scale"}


def test_a_lazily_loaded_model_counts() -> None:
    assert {"liquid.models.lstm", "liquid.dynamics.scan.kernel"} <= set(sources("liquid.studies.benchmark.sweep"))


def test_a_digest_is_the_same_on_every_python(project: Path) -> None:
    assert sources("benchmarks.mine", project)["benchmarks.mine"] == "c0363cb82e2b"


def test_a_record_says_what_made_a_result_and_keeps_the_others(tmp_path: Path) -> None:
    stored.save("one", {"a": 1}, tmp_path, maker="liquid.studies.statistics")
    stored.save("two", {"b": 2}, tmp_path)
    stored.record("three", "liquid.learning.metrics", tmp_path)
    made = stored.made_by(tmp_path)
    assert list(made) == ["one", "three"]
    assert made["one"].sources == sources("liquid.studies.statistics")
    assert made["one"].changed == made["three"].changed == ()
    path = tmp_path / "made_by.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["one"]["sources"] = {"liquid.studies.statistics": "another", "liquid.gone": "x"}
    path.write_text(json.dumps(content), encoding="utf-8")
    assert stored.made_by(tmp_path)["one"].changed == ("liquid.gone", "liquid.studies.statistics")
