"""Small files by kind in cases/, each labelled with what must come out, what must be asked, or that it is refused.

cases/<kind>/labels.toml has a table for every file. A label holds:

- `says`: what the case stands for;
- `rows`, and the times as `first`, `last` and `step`, or all of them in `stamps`, or `time = "index"`: text is a date
  as it stands in the file (with an offset if the file has one, and none if it has none), a number is a number;
  `first_or`: other first stamps that are right as well; `any_zone`: no offset is expected and any is right; `elapsed`:
  the seconds that pass between all rows; `period`: a word in which the sampling is described;
- `columns`: every value by name in order of time, nan if it is missing and must stay so, "?" if either is right;
  `extra_columns`: others may stand beside them; `units` by name;
- `asked`: the questions that must be asked ("a|b": one of the two), `quiet`: those that must not; `otherwise`: what an
  `answer` to a question must give; `series`: the series of a panel, by `key`, `default` if it may be the first
  answer; `layout`: the table is wide, and its series come out when the other layout is chosen;
- `refused`: words of the refusal; `or_asked`, `or_refused`, `or_said`: a question, a refusal, a refusal with the words
  of `said` is right too;
- `said`: words that the reading must say.
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from adapter import answered, is_about, others, questions, read, sentences, series_called, unit

from liquid.errors import LiquidError
from liquid.series.reading import Reading
from liquid.series.reading.options import Question

FOLDER = Path(__file__).parent / "cases"
KINDS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
LABELS = {
    FOLDER / kind / name: label
    for kind in KINDS
    for name, label in tomllib.loads((FOLDER / kind / "labels.toml").read_text("utf-8")).items()
}
SIZES = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}

Label = dict[str, Any]


@pytest.mark.parametrize("path", LABELS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case(path: Path) -> None:
    label = LABELS[path]
    try:
        reading = read(path)
    except Question as error:  # nothing is read without an answer
        wanted = [name for names in label.get("asked", ()) for name in names.split("|")]
        if not (label.get("or_asked") or is_about(error.guess, *wanted) or _may_refuse(label, str(error))):
            pytest.fail(f"asked: {error}")
        return
    except LiquidError as error:
        if not _may_refuse(label, str(error)):
            pytest.fail(f"refused: {error}")
        return
    if "refused" in label:
        assert label.get("or_asked"), "read, but it must be refused"
        assert questions(reading), "read in silence, but it must be refused or asked about"
        return
    _check_questions(path, reading, label)
    for words in label.get("said", ()):
        assert re.search(rf"(?<!\w){re.escape(words)}(?!\w)", sentences(reading)), f"'{words}' was not said"


def _check_questions(path: Path, reading: Reading, label: Label) -> None:
    """What must be asked is, what the file decides is not, and each answer gives what it should."""
    for wanted in label.get("asked", ()):
        assert questions(reading, *wanted.split("|")), f"{wanted} was not asked"
    for unwanted in label.get("quiet", ()):
        assert not questions(reading, unwanted), f"{unwanted} was asked, and the file decides it"
    if "layout" in label:
        _check_wide(path, reading, label)
    elif "series" in label:
        _check_panel(path, reading, label["series"])
    else:
        try:
            _check(reading, label)
        except AssertionError:
            if not (label.get("or_asked") and questions(reading)):
                raise
    for other in label.get("otherwise", ()):
        ((setting, value),) = other["answer"].items()  # a setting, or the word for it
        _check(answered(path, reading, questions(reading, setting)[0], value), other)


def test_every_file_has_a_label_and_every_label_a_file() -> None:
    files = {path for path in FOLDER.glob("*/*") if path.name != "labels.toml"}
    assert files == set(LABELS)
    assert len(LABELS) >= 250
    assert all(label["says"] and len(label) > 1 for label in LABELS.values())


def _may_refuse(label: Label, sentence: str) -> bool:
    if "refused" in label:
        return all(words in sentence for words in label["refused"])
    if label.get("or_said"):
        return all(words in sentence for words in label["said"])
    return bool(label.get("or_refused"))


def _check(reading: Reading, label: Label, *, named: bool = True) -> None:
    """A reading is as labelled; `named` is false if the file does not name its column."""
    series = reading.series
    assert len(series) == label.get("rows", len(series))
    _check_times(reading, label)
    columns = label.get("columns", {})
    if named and columns and not label.get("extra_columns"):
        assert series.names == tuple(columns)
    for i, (name, expected) in enumerate(columns.items()):
        values = series.column(name) if named else series.values[:, i]
        known = [j for j, value in enumerate(expected) if value != "?"]
        np.testing.assert_allclose(values[known], [expected[j] for j in known], rtol=1e-12, err_msg=name)
    for name, symbol in label.get("units", {}).items():
        assert unit(reading, name) == symbol


def _check_times(reading: Reading, label: Label) -> None:
    series = reading.series
    if label.get("time"):
        assert series.time_kind == label["time"]
    elif "first" in label and "step" not in label:
        ends = [datetime.fromisoformat(series.stamp_labels()[i]) for i in (0, -1)]
        assert ends == [datetime.fromisoformat(label[end]) for end in ("first", "last")]
    elif "first" in label or "stamps" in label:
        starts = [label.get("first"), *label.get("first_or", ())]
        assert any(_are_times(reading, _times(label, start), label) for start in starts), (
            f"{series.time_kind}: {series.stamp_labels()[:2]} … {series.stamp_labels()[-2:]}"
        )
    if "elapsed" in label:
        np.testing.assert_allclose(np.diff(series.time), label["elapsed"])
    if "period" in label:
        assert label["period"] in series.describe_period()


def _are_times(reading: Reading, expected: list[Any], label: Label) -> bool:
    series = reading.series
    if isinstance(expected[0], int | float):
        return series.time_kind == "number" and np.allclose(series.time, expected)
    if series.time_kind != "date" or len(series) != len(expected):
        return False
    stamps = [datetime.fromisoformat(text) for text in series.stamp_labels()]
    offsets = {stamp.utcoffset() for stamp in stamps}
    if expected[0].tzinfo is None:
        is_as_written = all(a.replace(tzinfo=None) == b for a, b in zip(stamps, expected, strict=True))
        return is_as_written and (bool(label.get("any_zone")) or offsets == {None})
    ends = [(stamps[i].utcoffset(), expected[i].utcoffset()) for i in (0, -1)]
    moments = [stamp.timestamp() for stamp in expected]
    return np.allclose(series.time, moments, atol=1e-3, rtol=0) and (
        bool(label.get("any_zone")) or all(a == b for a, b in ends)
    )


def _times(label: Label, first: Any) -> list[Any]:
    """Every time of a label that begins at `first`."""
    if "stamps" in label:
        return [datetime.fromisoformat(text) if isinstance(text, str) else text for text in label["stamps"]]
    rows = range(label["rows"])
    if not isinstance(first, str):
        return [first + label["step"] * i for i in rows]
    start, (size, unit_) = datetime.fromisoformat(first), label["step"].split()
    if unit_.startswith("month"):
        months = [start.year * 12 + start.month - 1 + int(size) * i for i in rows]
        return [start.replace(year=month // 12, month=month % 12 + 1) for month in months]
    return [start + timedelta(seconds=float(size) * SIZES[unit_.removesuffix("s")] * i) for i in rows]


def _check_panel(path: Path, reading: Reading, panel: list[Label], *, named: bool = True) -> None:
    """The first answer is one of the series that may be, every series is offered by its name, and each is right."""
    if len(panel) == 1:
        _check(reading, panel[0], named=named)
        return
    assert any(label.get("default") and _is(reading, label, named) for label in panel), (
        f"the first answer is none of the labelled series: {len(reading.series)} rows of {reading.series.names}"
    )
    question = questions(reading, "series")[0]
    for label in panel:
        chosen = answered(path, reading, question, series_called(question, label["key"]))
        _check(chosen, label, named=named)


def _check_wide(path: Path, reading: Reading, label: Label) -> None:
    """The layout that is not chosen, or the chosen one, gives the labelled series."""
    question = questions(reading, "layout")[0]
    failures = []
    for value in (question.value, *others(question)):
        try:
            turned = answered(path, reading, question, value) if value != question.value else reading
            _check_panel(path, turned, label["series"], named=False)
        except (AssertionError, IndexError, LiquidError) as error:
            failures.append(str(error))
        else:
            return
    raise AssertionError("no layout gives the series: " + "; ".join(failures))


def _is(reading: Reading, label: Label, named: bool) -> bool:
    try:
        _check(reading, label, named=named)
    except (AssertionError, LiquidError):
        return False
    return True
