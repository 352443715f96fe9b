"""Times that are asked for become rows without values, where they belong."""

from __future__ import annotations

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.series.ahead import reach
from liquid.series.asked import asked, far_sentence
from liquid.series.series import Series

TIMES = np.array([0.0, 1.0, 2.5, 3.1, 5.0])


def made(**others: object) -> Series:
    about = {"time": TIMES, "names": ("y",), "title": "t", "time_kind": "number", **others}
    return Series(values=np.arange(5.0)[:, None], **about)  # type: ignore[arg-type]


def test_numbers_and_dates_on_the_series_own_clock() -> None:
    series = asked(made(), "7, 5.5;6\n7")
    assert series.time.tolist() == [*TIMES, 5.5, 6.0, 7.0]
    assert series.known_end("y") == 5
    dated = made(time=86_400.0 * (19_850 + TIMES), time_kind="date", zone="Europe/Berlin")
    later = asked(dated, "2024-05-20 14:30, 2024-05-22")
    assert later.stamp_labels(later.time[-2:]) == ["2024-05-20T14:30:00+02:00", "2024-05-22T00:00:00+02:00"]
    assert asked(dated, " ") is dated


@pytest.mark.parametrize(
    ("text", "said"),
    [("soon", "'soon' is not a number"), ("nan", "is not a number"), ("1e999", "is not a number"), ("4", "4 is asked")],
)
def test_what_is_no_later_time_is_refused(text: str, said: str) -> None:
    with pytest.raises(LiquidError, match=said):
        asked(made(), text)
    with pytest.raises(LiquidError, match="is not a date"):
        asked(made(time=86_400.0 * TIMES, time_kind="date"), "9" * 30)
    with pytest.raises(LiquidError, match="or fewer"):
        asked(made(), ",".join("9" * 201))


def test_a_time_that_is_farther_off_than_samples_ever_reach_is_said() -> None:
    assert far_sentence(made(), "y", 3) == far_sentence(asked(made(), "6, 7"), "y", 3) == ""
    far = asked(made(), "6, 50")
    assert "Time number 2 to forecast lies 18 times" in far_sentence(far, "y", 3)
    assert far_sentence(far, "y", 1) == ""
    assert reach(far, "y", 2) == "2 samples, to 50"
