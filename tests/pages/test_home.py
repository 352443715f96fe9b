"""The Home page says which liquid is which, from the table that the docs are written from."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from liquid.models.liquids import LIQUIDS

ROOT = Path(__file__).resolve().parents[2]


def test_every_liquid_has_its_equation_and_what_f_and_tau_mean() -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    text = "\n".join(str(part.value) for part in page.expander[0].markdown)
    for kind in LIQUIDS:
        assert all(said in text for said in (kind.name, kind.link, kind.f, kind.tau, kind.same))
        assert all(equation in text for equation in kind.equation.split(",  "))
