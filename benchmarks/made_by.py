"""Which stored results today's code would make again, and which are older, with the reason why they stand.

    python -m benchmarks.made_by              writes docs/results/made-by.md and the notes beside the results
    python -m benchmarks.made_by NAME ...     first records that these were made, wholly, by the code as it is

Whoever makes a result again takes it out of benchmarks/older.json; whoever changes the code that made one, and does not
make it again, writes there why. A test holds that list to the code.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import RESULTS
from benchmarks.docs_tables import DOCS, write_between
from liquid.studies import stored
from liquid.studies.stored import MADE_BY, MadeBy

PAGE = DOCS / "made-by.md"
OLDER = Path(__file__).with_name("older.json")
FOLDERS = (stored.FOLDER, RESULTS)


def names(folder: Path) -> list[str]:
    """The results in a folder."""
    return sorted(path.stem for path in folder.glob("*.json") if path.stem != MADE_BY)


def made_by() -> dict[str, MadeBy]:
    """What made every stored result, of both folders."""
    return {name: one for folder in FOLDERS for name, one in stored.made_by(folder).items()}


def older() -> dict[str, str]:
    """Why results stand that the code of today did not make."""
    return dict(json.loads(OLDER.read_text(encoding="utf-8")))


def note(name: str) -> str:
    """One sentence beside a result: what made it, and whether the code has changed since."""
    made, why = made_by()[name], older().get(name)
    state = f"The code has changed since; it was not made again: {why}." if why else "The code is still the same."
    return f"Made {made.made} by version {made.version}. {state}"


def table() -> list[str]:
    lines = ["| result | made by | on | version | code since |", "|---|---|---|---|---|"]
    reasons = older()
    for name, made in sorted(made_by().items()):
        state = f"changed; not made again: {reasons[name]}" if name in reasons else "the same"
        lines.append(f"| {name} | `{made.maker}` | {made.made} | {made.version} | {state} |")
    return lines


def pages() -> list[tuple[Path, str]]:
    """Pages of the docs with a note, and the result that it is about: the mark is `made-by NAME`."""
    texts = {page: page.read_text(encoding="utf-8") for page in sorted(DOCS.glob("*.md"))}
    return [(page, name) for page, text in texts.items() for name in made_by() if f"<!-- made-by {name} -->" in text]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="results that were just made by the code as it is")
    chosen = parser.parse_args().names
    if unknown := set(chosen) - set(made_by()):
        parser.error(f"{', '.join(sorted(unknown))}: the script that makes a result names itself as its maker first.")
    for folder in FOLDERS:
        for name, made in stored.made_by(folder).items():
            if name in chosen:
                stored.record(name, made.maker, folder)
    write_between(PAGE, "made-by", table())
    for page, name in pages():
        write_between(page, f"made-by {name}", [note(name)])


if __name__ == "__main__":
    main()
