"""Settings check themselves when they are made and when they are read, and every refusal is a sentence."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Annotated, Any

import numpy as np
import pytest
from annotated_types import Interval
from pydantic import Field

from liquid.errors import LiquidError
from liquid.settings import MOST_JSON, Document, Settings, limits, named, one_of, parsed

KINDS = {"a": 1, "b": 2}


class Part(Settings):
    rates: Annotated[tuple[Annotated[float, Interval(gt=0.0)], ...], Field(min_length=1, fail_fast=True)] = (0.5,)


class Whole(Settings):
    count: Annotated[int, Interval(ge=1, le=9)] = 3
    share: Annotated[float, Interval(ge=0.0, le=1.0)] | None = None
    kind: Annotated[str, one_of(KINDS)] = "a"
    columns: Annotated[tuple[Annotated[str, named(": choose by name")], ...], Field(max_length=2)] = ()
    flag: bool = False
    part: Part = field(default_factory=Part)

    def __post_init__(self) -> None:
        if self.flag and self.count == 1:
            raise LiquidError("flag=True needs count above 1.")


@dataclass(frozen=True)
class Record(Document):
    size: Annotated[float, Interval(ge=0.0)]
    whole: Whole | None


def test_settings_are_frozen_and_survive_json_and_pickle() -> None:
    settings = Whole(2, 0.5, "b", ("x",), True, Part((1.0, 2.0)))
    assert Whole.from_json(settings.to_json()) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert hash(replace(settings)) == hash(settings)
    with pytest.raises(FrozenInstanceError):
        settings.count = 3  # type: ignore[misc]


def test_limits_are_those_of_the_fields() -> None:
    assert limits(Whole) == {"count": (1, 9), "share": (0.0, 1.0)}
    assert [type(low) for low, _ in limits(Whole).values()] == [int, float]


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"count": 0}, r"count=0 is outside 1 to 9; choose a whole number between them\."),
    ({"count": 2.5}, r"count=2\.5 must be a whole number from 1 to 9\."),
    ({"count": True}, r"count=True must be a whole number from 1 to 9\."),
    ({"count": "3"}, r"count='3' must be a whole number"),
    ({"count": 10**400}, r"count=10+… is outside 1 to 9"),
    ({"share": float("nan")}, r"share=nan must be a number from 0 to 1\."),
    ({"share": float("inf")}, "share=inf must be a number"),
    ({"share": 10**400}, "share=10+… must be a number"),
    ({"share": 1.5}, r"share=1\.5 is outside 0 to 1; choose a value between them\."),
    ({"kind": "c"}, r"kind='c' is not known; choose one of a, b\."),
    ({"kind": 3}, r"kind=3 must be text\."),
    ({"columns": "x"}, r"columns='x' must be a list"),
    ({"columns": (1,)}, r"columns\[0\]=1: choose by name\."),
    ({"columns": ("x", "y", "z")}, r"columns has 3 entries; choose 2 or fewer\."),
    ({"flag": 1}, r"flag=1 must be true or false\."),
    ({"flag": True, "count": 1}, r"^flag=True needs count above 1\.$"),
    ({"colour": 1, "count": 0, "age": 2}, r"There are settings that do not exist: age, colour\. Remove them\."),
)


@pytest.mark.parametrize(("settings", "sentence"), WRONG)
def test_a_refusal_names_the_setting_its_value_and_the_way_out(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence) as refused:
        Whole(**settings)
    assert len(str(refused.value)) < 300


def test_a_choice_may_be_registered_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "late", 3)
    assert Whole(kind="late").kind == "late"


def test_positional_settings_are_named_too() -> None:
    with pytest.raises(LiquidError, match="count=0"):
        Whole(0)


def test_a_list_becomes_a_tuple() -> None:
    assert Whole(columns=["x"]) == Whole(columns=("x",))  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers() -> None:
    assert Whole(share=np.float64(0.5)).share == 0.5


TEXTS: tuple[tuple[str | bytes, str], ...] = (
    ("", "must be JSON"),
    ("{", "must be JSON"),
    (b"\xff\xfe{", "must be JSON"),
    ("\ud800", "must be JSON"),
    ("[" * 100_000, "must be JSON"),
    ('{"count": ' + "9" * 5000 + "}", "must be JSON"),
    ('{"kind": "\\ud800"}', "must be JSON"),  # half a letter, which no file and no page could show
    ("null", "must be a JSON object"),
    ("[1]", "must be a JSON object"),
    ('{"share": NaN}', "share=nan"),
    ('{"share": 1e999}', "share=inf"),
    ('{"count": 3.0}', r"count=3\.0 must be a whole number"),
    ('{"part": {"rates": []}}', r"part\.rates has 0 entries; give 1 or more"),
    ('{"part": {"rates": [0]}}', r"part\.rates\[0\]=0 must be above 0"),
    ('{"part": {"speed": 1}}', r"do not exist: part\.speed"),
    (" " * (MOST_JSON + 1), "more than 4 MB"),
)


@pytest.mark.parametrize(("text", "sentence"), TEXTS, ids=range(len(TEXTS)))
def test_json_from_anybody_is_settings_or_a_sentence(text: str | bytes, sentence: str) -> None:
    with pytest.raises(LiquidError, match=sentence):
        Whole.from_json(text)
    with pytest.raises(LiquidError, match=rf"x\.json.*{sentence}"):
        Whole.from_json(text, "x.json")


def test_a_document_is_checked_when_it_is_read_and_not_when_it_is_made() -> None:
    assert parsed(Record, '{"size": 1, "whole": {"count": 2}, "more": 3}') == Record(1.0, Whole(2))
    assert np.isnan(Record(float("nan"), None).size)
    for text, sentence in (
        ('{"size": -1, "whole": null}', r"r\.json: size=-1 must be 0 or more\. Keep the file as it was saved\."),
        ('{"size": 1}', r"r\.json: whole is missing\."),
        ('{"size": 1, "whole": {"count": 10}}', r"r\.json: whole\.count=10 must be 9 or less\."),
        ('{"size": 1, "whole": {"count": 1, "flag": true}}', r"r\.json: whole: flag=True needs count above 1\."),
    ):
        with pytest.raises(LiquidError, match=sentence):
            parsed(Record, text, "r.json")


@pytest.mark.parametrize(
    "text",
    [json.dumps(dict.fromkeys(map(str, range(250_000)), 1)), '{"part": {"rates": [' + "{}," * 900_000 + "{}]}}"],
    ids=["settings", "numbers"],
)
def test_a_million_mistakes_take_little_memory(text: str) -> None:
    """Python's part of it; what pydantic holds is freed with its error."""
    tracemalloc.start()
    try:
        with pytest.raises(LiquidError):
            Whole.from_json(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000
