"""Modules joined into one script; a browser runs such scripts in tests/browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages.shared import scripts
from pages.shared.scripts import component_script


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(scripts, "_PAGES", tmp_path)
    return tmp_path


def test_a_module_comes_once_after_what_it_imports(folder: Path) -> None:
    (folder / "a.js").write_text("export const one = 1;\n")
    (folder / "b.js").write_text('import { one } from "./a.js";\nexport function two() { return one; }\n')
    (folder / "c.js").write_text(
        'import { one as first } from "./a.js";\nimport { two } from "./b.js";\nexport default function () { first; }\n'
    )
    script = component_script(folder / "c.js")
    places = [script.index(f'modules["{name}.js"] = ') for name in "abc"]
    assert places == sorted(places)
    assert script.count("const one = 1") == 1
    assert 'const { one: first } = modules["a.js"]' in script
    assert "return { two: two };" in script
    assert script.endswith('export default modules["c.js"].default;\n')


def test_a_worker_gets_a_script_of_its_own(folder: Path) -> None:
    (folder / "a.js").write_text("export const one = 1;\n")
    (folder / "worker.js").write_text('import { one } from "./a.js";\nonmessage = () => one;\n')
    (folder / "main.js").write_text(
        'export default function () { new Worker(new URL("./worker.js", import.meta.url)); }\n'
    )
    script = component_script(folder / "main.js")
    assert "new Worker(URL.createObjectURL(new Blob([" in script
    assert "import.meta" not in script
    assert "onmessage = () => one" in script


def test_a_circle_is_told(folder: Path) -> None:
    (folder / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n')
    (folder / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n')
    with pytest.raises(ValueError, match=r"a\.js is imported by what it imports"):
        component_script(folder / "a.js")


@pytest.mark.parametrize("text", ['import * as a from "./a.js";', 'export * from "./a.js";', "export { one };"])
def test_other_words_are_told(folder: Path, text: str) -> None:
    (folder / "a.js").write_text(text)
    with pytest.raises(ValueError, match="that is understood here"):
        component_script(folder / "a.js")
