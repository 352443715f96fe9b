"""Every built-in series loads, is what the catalogue and data/README.md say, and has an origin and a licence."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import series_table
from benchmarks.docs_tables import between
from liquid.errors import LiquidError
from liquid.series import builtin
from liquid.series.series import Series

CATALOGUE = builtin.catalogue()


@pytest.fixture(scope="module")
def loaded() -> dict[str, Series]:
    return {name: builtin.load(name) for name in builtin.names()}


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_a_series_is_what_the_catalogue_says(entry: builtin.Entry, loaded: dict[str, Series]) -> None:
    series = loaded[entry.name]
    assert (len(series), series.describe_period(), series.unit, series.season, series.title) == (
        entry.length,
        entry.period,
        entry.unit,
        entry.season,
        entry.title,
    )
    assert series.source
    assert (np.nanmax(series.values, axis=0) > np.nanmin(series.values, axis=0)).all()
    assert entry.description.endswith(".")


@pytest.mark.parametrize("entry", [e for e in CATALOGUE if e.kind == "real"], ids=lambda entry: entry.name)
def test_a_real_series_has_an_origin_and_a_licence(entry: builtin.Entry) -> None:
    assert entry.file
    assert entry.origin
    assert entry.licence


def test_the_readmes_tables_are_the_catalogues() -> None:
    assert between(series_table.PAGE, series_table.MARK) == "\n".join(series_table.table())
    assert between(series_table.PAGE, series_table.TASKS_MARK) == "\n".join(series_table.tasks())


def test_files_and_catalogue_name_the_same_series() -> None:
    files = {path.stem for path in builtin.FOLDER.glob("*.csv")}
    real = {entry.name for entry in CATALOGUE if entry.kind == "real"}
    assert files == real
    assert len(real) >= 8
    assert {entry.name for entry in CATALOGUE if entry.kind == "generated"} == set(builtin.MADE)


def test_known_values(loaded: dict[str, Series]) -> None:
    """Figures that the literature knows, so that a column cannot slip."""
    assert loaded["nile"].column("volume")[:3].tolist() == [1120, 1160, 963]
    assert loaded["co2"].column("co2")[0] == 316.1
    assert loaded["sunspots-yearly"].stamp_labels()[0] == "1700-01-01"
    spots = loaded["sunspots-monthly"]
    assert spots.stamp_labels()[int(spots.values.argmax())] == "1957-10-01"  # the highest month on record, 253.8
    assert spots.values.max() == 253.8
    assert any("59 missing" in note for note in loaded["co2"].notes)
    assert any("UTC offsets" in note for note in loaded["water-flow"].notes)
    assert loaded["water-flow"].timespans().max() == 32
    sunspot_years = spots.values[: 259 * 12, 0].reshape(-1, 12).mean(axis=1)
    np.testing.assert_allclose(
        sunspot_years, loaded["sunspots-yearly"].values[49 : 49 + 259, 0], atol=0.5
    )  # two printed records


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(LiquidError, match="co2"):
        builtin.load("../etc/passwd")
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in builtin.names())


@pytest.mark.parametrize("name", builtin.names())
def test_a_built_in_is_recognised_by_its_values(name: str) -> None:
    series = builtin.load(name)
    assert builtin.name_of(series) == name
    assert builtin.name_of(series.select(series.names[-1:])) == name
    assert builtin.name_of(replace(series, values=series.values + 1.0)) is None
