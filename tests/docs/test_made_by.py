"""Every stored result is what today's code makes, or is listed as older with the reason; the docs say which."""

from __future__ import annotations

from benchmarks import made_by
from benchmarks.docs_tables import between
from liquid.studies import stored


def test_every_result_says_what_made_it() -> None:
    for folder in made_by.FOLDERS:
        assert sorted(stored.made_by(folder)) == made_by.names(folder)


def test_a_result_older_than_its_code_is_listed_with_the_reason_and_no_other() -> None:
    """Make it again, or say in benchmarks/older.json why it stands; whichever, then `python -m benchmarks.made_by`."""
    older = made_by.older()
    assert all(older.values())
    changed = {name: made.changed for name, made in made_by.made_by().items() if made.changed}
    assert {name: modules for name, modules in changed.items() if name not in older} == {}
    assert sorted(older) == sorted(changed)


def test_the_docs_say_so_beside_the_results() -> None:
    assert between(made_by.PAGE, "made-by") == "\n".join(made_by.table())
    pages = made_by.pages()
    assert {"forecast", "benchmark", "intervals"} <= {name for _, name in pages}
    for page, name in pages:
        assert between(page, f"made-by {name}") == made_by.note(name)
