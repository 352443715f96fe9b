"""The reader on the corpus, on random dialects, and on what it says about itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from corpus import CORPUS, PLAIN, Case
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from liquid.errors import LiquidError
from liquid.series.reading import ReadOptions, read, read_text, understand
from liquid.series.series import Series


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.label)
def test_corpus(case: Case) -> None:
    if case.error:
        with pytest.raises(LiquidError) as caught:
            read(case.data, options=case.options)
        for words in case.error:
            assert words in str(caught.value)
        return
    series = read(case.data, options=case.options)
    assert case.values is not None
    assert series.names == tuple(case.values)
    for name, expected in case.values.items():
        np.testing.assert_allclose(series.column(name), list(expected), rtol=1e-14, err_msg=name)
    if case.ends:
        labels = series.stamp_labels()
        assert (labels[0], labels[-1]) == case.ends
    if case.kind:
        assert series.time_kind == case.kind
    assert all(note.endswith(".") for note in series.notes)
    said = "\n".join(series.notes)
    for words in case.notes:
        assert words in said


def test_the_corpus_is_large_and_its_labels_are_unique() -> None:
    assert len(CORPUS) >= 60
    assert len({case.label for case in CORPUS}) == len(CORPUS)


def test_every_kind_of_source_gives_the_same_series(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text(PLAIN)
    by_path = read(path)
    assert by_path.title == "plain"
    assert read(str(path)) == by_path
    others = (read(PLAIN.encode(), name="plain"), read(io.BytesIO(PLAIN.encode()), name="plain"))
    for other in (*others, read_text(PLAIN, name="plain")):
        assert np.array_equal(other.time, by_path.time)
        assert np.array_equal(other.values, by_path.values)


def test_a_path_that_is_not_there_is_said() -> None:
    with pytest.raises(LiquidError, match="nowhere"):
        read("nowhere.csv")


def test_a_file_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liquid.series.reading.source.MAX_BYTES", 50)
    with pytest.raises(LiquidError, match="limit"):
        read(PLAIN.encode())
    with pytest.raises(LiquidError, match="limit"):
        read(io.BytesIO(PLAIN.encode()))


def test_every_guess_can_be_overruled_by_the_setting_it_names() -> None:
    reading = understand(PLAIN.encode())
    assert [guess.setting for guess in reading.guesses] == ["encoding", "delimiter", "header", "decimal", "time_column"]
    for guess in reading.guesses:
        assert not guess.given
        assert guess.value in [value for value, _ in guess.alternatives]
        again = understand(PLAIN.encode(), options=ReadOptions(**{guess.setting: guess.value}))
        assert np.array_equal(again.series.values, reading.series.values)
        assert next(other for other in again.guesses if other.setting == guess.setting).given
    assert reading.columns == ("a", "b")
    assert set(reading.repairs) <= set(reading.series.notes)
    assert {guess.sentence for guess in reading.guesses} <= set(reading.series.notes)


@pytest.mark.parametrize(
    ("setting", "value"), [("delimiter", "x"), ("decimal", "'"), ("target", ()), ("delimiter", b",")]
)
def test_unknown_options_are_refused(setting: str, value: object) -> None:
    options: dict[str, Any] = {setting: value}
    with pytest.raises(LiquidError):
        ReadOptions(**options)


def test_options_round_trip() -> None:
    options = ReadOptions(delimiter=";", decimal=",", header=True, time_column=0, target=("a", "b"))
    assert ReadOptions(**options.to_json()) == options
    one = ReadOptions(series=())  # all rows, which is not the same as nothing said
    assert ReadOptions(**one.to_json()) == one != ReadOptions()


NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 5))
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%Y-%m-%dT%H:%M:%S")


@settings(max_examples=120)
@given(
    columns=st.lists(st.lists(NUMBERS, min_size=40, max_size=40), min_size=1, max_size=4),
    dialect=st.sampled_from([(",", "."), (";", ","), (";", "."), ("\t", ","), ("\t", "."), ("|", ".")]),
    date_format=st.sampled_from([None, *DATE_FORMATS]),
    header=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_table_in_any_dialect_comes_back_as_it_was(
    columns: list[list[float]],
    dialect: tuple[str, str],
    date_format: str | None,
    header: bool,
    encoding: str,
    end: str,
) -> None:
    delimiter, decimal = dialect
    assume(header or date_format or len(columns) > 1 or decimal == ".")  # "0,5" alone may be one column or two
    frame = pd.DataFrame({f"größe {i}": column for i, column in enumerate(columns)})
    if date_format:
        stamps = pd.date_range("2023-11-27", periods=40, freq="D")
        frame.insert(0, "date", stamps.strftime(date_format))
    text = frame.to_csv(sep=delimiter, decimal=decimal, index=False, header=header, lineterminator=end)
    options = ReadOptions(time_column=None if date_format else "none")
    series = read(text.encode(encoding), options=options)
    np.testing.assert_array_equal(series.values, np.array(columns).T)
    if date_format:
        np.testing.assert_array_equal(series.stamps(), stamps.to_numpy().astype("datetime64[ms]"))
    if header:
        assert series.names == tuple(f"größe {i}" for i in range(len(columns)))


@settings(max_examples=300)
@given(
    st.one_of(st.binary(max_size=400), st.text(alphabet="0123456789.,;:/- \t\n\"'aTZ+=#", max_size=400).map(str.encode))
)
def test_whatever_comes_in_either_a_series_or_a_sentence_comes_out(data: bytes) -> None:
    outcome: object
    try:
        outcome = read(data)
    except LiquidError as error:
        outcome = str(error)
    assert not np.isinf(outcome.values).any() if isinstance(outcome, Series) else len(str(outcome)) > 20
