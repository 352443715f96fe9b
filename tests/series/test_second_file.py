"""Two files by their times: nothing of the first moves, and what the second knows lies where it belongs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.series.reading import read_text
from liquid.series.second_file import joined
from liquid.series.series import Series

DAYS = np.datetime64("2024-01-01") + np.arange(40)


def sold() -> Series:
    return read_text("date,sold\n" + "\n".join(f"{day},{index + 0.5}" for index, day in enumerate(DAYS[:30])))


def plan(first: int = 20, last: int = 40) -> Series:
    rows = "\n".join(f"{day},{index % 3},7.5" for index, day in list(enumerate(DAYS))[first:last])
    return read_text(f"date,promo,sold\n{rows}")


def test_columns_stand_beside_and_later_rows_after() -> None:
    both = joined(sold(), plan())
    assert both.names == ("sold", "promo")
    assert len(both) == 40
    np.testing.assert_array_equal(both.stamps().astype("datetime64[D]"), DAYS)
    np.testing.assert_array_equal(both.column("sold")[:30], np.arange(30) + 0.5)  # what the first file knows stays
    np.testing.assert_array_equal(both.column("promo")[20:], np.arange(20, 40) % 3)
    assert np.isnan(both.column("promo")[:20]).all()


def test_times_between_those_of_the_first_are_left_out() -> None:
    shifted = plan()
    half = replace(shifted, time=shifted.time + 43_200.0)
    both = joined(sold(), half)
    assert len(both) == 30 + 11  # the later ones alone, from half a day after the last row on
    assert np.isnan(both.column("promo")[:30]).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(LiquidError, match="No time of"):
        joined(sold(), replace(plan(), time=plan().time - 400 * 86_400))
    counted = Series(time=np.arange(9.0), values=np.ones((9, 1)), names=("promo",), title="p", time_kind="number")
    with pytest.raises(LiquidError, match=r"numbers as times.*dates without a zone"):
        joined(sold(), counted)
    with pytest.raises(LiquidError, match="dates with a zone"):
        joined(sold(), replace(plan(), zone="UTC"))
