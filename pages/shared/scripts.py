"""JavaScript modules joined into one script: Streamlit imports a single text, and modules import each other.

The modules are plain ones, which a browser could load as they are. Here each becomes a function that returns what it
exports, and runs once, after all that it imports. Fetched one by one they would cost the page's first picture a tenth
of a second. They say `import { a, b as c } from "./name.js"`, `export` before a declaration, and start a Web Worker
with `new URL("./name.js", import.meta.url)`, which gets a script of its own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

_PAGES = Path(__file__).resolve().parents[1]
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?((?:async )?function\*?|const|let|class) ?(\w*)", re.MULTILINE)
_WORKER = re.compile(r'new URL\("(\.[^"]+)", import\.meta\.url\)')


def component_script(entry: Path) -> str:
    """A module whose default export is the entry's; its `modules` holds the exports of each, by its path in `pages/`.

    ValueError if modules import each other in a circle, or import and export in other words than the above.
    """
    return f"{_joined(entry)}export {{ modules }};\nexport default modules[{json.dumps(_name(entry))}].default;\n"


def _joined(entry: Path) -> str:
    texts: dict[Path, str] = {}
    _collect(entry.resolve(), texts, ())
    return "const modules = {};\n" + "".join(texts.values())


def _collect(path: Path, texts: dict[Path, str], importers: tuple[Path, ...]) -> None:
    """Add a module as a function, after all that it imports."""
    if path in importers:
        raise ValueError(f"{_name(path)} is imported by what it imports.")
    text, exported = path.read_text(encoding="utf-8"), dict[str, str]()

    def imported(found: re.Match[str]) -> str:
        other = (path.parent / found[2]).resolve()
        if other not in texts:
            _collect(other, texts, (*importers, path))
        return f"const {{{found[1].replace(' as ', ': ')}}} = modules[{json.dumps(_name(other))}];"

    def declared(found: re.Match[str]) -> str:
        exported["default" if found[1] else found[3]] = found[3] or "main"
        return found[0].removeprefix("export ").removeprefix("default ") + ("" if found[3] else " main")

    def worker(found: re.Match[str]) -> str:
        script = json.dumps(_joined(path.parent / found[1]))
        return f'URL.createObjectURL(new Blob([{script}], {{ type: "text/javascript" }}))'

    text = _WORKER.sub(worker, _EXPORT.sub(declared, _IMPORT.sub(imported, text)))
    if left := re.search(r"^(?:import|export)\b.*", text, re.MULTILINE):
        raise ValueError(f"{_name(path)}: '{left[0]}' is no import or export that is understood here.")
    names = ", ".join(f"{name}: {local}" for name, local in exported.items())
    texts[path] = f"modules[{json.dumps(_name(path))}] = (() => {{\n{text}\nreturn {{ {names} }};\n}})();\n"


def _name(path: Path) -> str:
    return path.resolve().relative_to(_PAGES).as_posix()
