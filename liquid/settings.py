"""Settings and documents that check themselves: dataclasses, validated by pydantic, refused in our own sentences.

pydantic, not msgspec: a `msgspec.Struct` is checked when it is decoded but not when it is made, and its errors are
texts; pydantic's have fields (place, kind, value) from which a sentence can be made. It takes 0.1 s to import.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Collection, Mapping
from functools import cache, wraps
from types import MappingProxyType
from typing import Any, ClassVar, LiteralString, Self, TypeVar, dataclass_transform, get_args, get_type_hints

from annotated_types import Interval
from pydantic import AfterValidator, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails, PydanticCustomError

from liquid.errors import LiquidError

MOST_JSON = 4_000_000  # bytes of a document: parsed, a list of lists takes many times its size
MOST_MISTAKES = 100  # of which sentences are made: each takes a kilobyte, and a document may hold a million
UNKNOWN = ("unexpected_keyword_argument", "unexpected_positional_argument")
RANGE = ("greater_than_equal", "less_than_equal")
LONGEST_VALUE = 120  # characters of it in a sentence
PHRASES = {
    "greater_than": "{value} must be above {gt:g}",
    "greater_than_equal": "{value} must be {ge:g} or more",
    "less_than_equal": "{value} must be {le:g} or less",
    "literal_error": "{value} is not known; choose one of {expected}",
    "too_long": " has {actual_length} entries; choose {max_length} or fewer",
    "too_short": " has {actual_length} entries; give {min_length} or more",
    "string_too_long": " has more than {max_length} characters",
}
KINDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "dataclass_type": "an object",
}

Parsed = TypeVar("Parsed", bound="Settings | Document")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
class Settings:
    """Base of a config: a subclass is a frozen dataclass, checked when it is made and when it is read from JSON.

    A range is written `Annotated[int, Interval(ge=1, le=9)]`, a choice `Annotated[str, one_of(NAMES)]`; what depends on
    several settings is checked in `__post_init__`. A list becomes a tuple. LiquidError names the setting, its value and
    the way out.
    """

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid", allow_inf_nan=False))(cls)
        made: Callable[..., None] = cls.__init__
        names = [field.name for field in dataclasses.fields(cls)]

        @wraps(made)
        def checked(self: Settings, *arguments: Any, **settings: Any) -> None:
            by_name = dict(zip(names, map(_hashable, arguments), strict=False))  # so that a refusal has the name
            others = {name: _hashable(value) for name, value in settings.items()}
            try:
                made(self, *arguments[len(names) :], **by_name, **others)
            except ValidationError as error:
                raise _refusal(error, cls) from None

        cls.__init__ = checked  # type: ignore[assignment]

    def to_json(self) -> str:
        """Indented JSON, from which `from_json` makes the equal settings."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes, where: str = "") -> Self:
        """The settings in JSON from anybody, in the file `where`; unknown settings are refused by name."""
        return parsed(cls, text, where)


class Document:
    """Base of what is checked only when it is read: a frozen dataclass of its own, for JSON that we write ourselves.

    Fields that it does not have are ignored.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def one_of(choices: Collection[str], former: Mapping[str, str] = MappingProxyType({})) -> AfterValidator:
    """For a text that must be one of these, as they are when it is checked: a registry may have grown.

    A name of `former` becomes the one that it has now.
    """

    def check(value: str) -> str:
        value = former.get(value, value)
        if value not in choices:
            named = {"choices": ", ".join(choices)}
            raise PydanticCustomError("choice", " is not known; choose one of {choices}", named)
        return value

    return AfterValidator(check)


def named(objection: LiteralString) -> BeforeValidator:
    """For a text that names something: ": columns are chosen by their names" is an `objection` to anything else."""

    def check(value: object) -> object:
        if not isinstance(value, str):
            raise PydanticCustomError("name", objection)
        return value

    return BeforeValidator(check)


def limits(settings: type[Settings]) -> dict[str, tuple[float, float]]:
    """The lowest and the highest value of every setting with a range; ints if the setting is a whole number."""
    ranges: dict[str, tuple[float, float]] = {}
    for name, hint in get_type_hints(settings, include_extras=True).items():
        for option in (hint, *get_args(hint)):  # the parts of `X | None`
            for bounds in getattr(option, "__metadata__", ()):
                if isinstance(bounds, Interval) and None not in (bounds.ge, bounds.le):
                    ranges[name] = (bounds.ge, bounds.le)  # type: ignore[assignment]
    return ranges


def parsed(kind: type[Parsed], content: str | bytes, where: str = "") -> Parsed:
    """Settings or a document in JSON from anybody, strictly of their types, in the file `where`.

    LiquidError says what is wrong there.
    """
    if len(content) > MOST_JSON:
        what = where or "The JSON"
        raise LiquidError(f"{what} has more than {MOST_JSON // 10**6} MB: keep the file as it was saved.")
    try:
        document: Parsed = _adapter(kind).validate_json(content)  # type: ignore[arg-type]
    except ValidationError as error:
        raise _refusal(error, kind, where) from None
    return document


def finite(number: float) -> float | None:
    """A number as JSON can hold it: None where it is infinite or does not exist."""
    return float(number) if math.isfinite(number) else None


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _refusal(error: ValidationError, kind: type[Any], where: str = "") -> LiquidError:
    """The first mistake as a sentence, unknown settings before all others."""
    start, end = (f"{where}: ", " Keep the file as it was saved.") if where else ("", "")
    if error.error_count() > MOST_MISTAKES:
        return LiquidError(
            f"{start}There are {error.error_count():,} mistakes in it.{end or ' Start from the defaults.'}"
        )
    mistakes = error.errors(include_url=False)
    if unknown := sorted(_place(mistake) for mistake in mistakes if mistake["type"] in UNKNOWN):
        return LiquidError(f"{start}There are settings that do not exist: {', '.join(unknown)}. Remove them.")
    first = mistakes[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, LiquidError):  # from a `__post_init__`
        return LiquidError(f"{start}{_place(first)}{': ' if first['loc'] else ''}{cause}{end}")
    if not first["loc"]:
        wanted = "a JSON object" if first["type"] == "dataclass_type" else f"JSON ({cause or first['msg']})"
        return LiquidError(f"{where or 'The settings'} must be {wanted}: keep the file as it was saved.")
    if first["type"] == "missing":
        return LiquidError(f"{start}{_place(first)} is missing.{end or ' Give it a value.'}")
    return LiquidError(f"{start}{_place(first)}{_objection(first, kind)}.{end}")


def _place(mistake: ErrorDetails) -> str:
    """Which setting it is, as one would write it: rows[0].rmse."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in mistake["loc"]).removeprefix(".")


def _objection(mistake: ErrorDetails, kind: type[Any]) -> str:
    """The value and what is wrong with it."""
    what, context = mistake["type"], mistake.get("ctx", {})
    text = repr(mistake["input"])
    value = f"={text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + '…'}"
    wanted, bounds = KINDS.get(what), None
    if issubclass(kind, Settings) and len(mistake["loc"]) == 1:
        bounds = limits(kind).get(str(mistake["loc"][0]))
    if bounds and what in RANGE:
        number = "whole number" if isinstance(bounds[0], int) else "value"
        return f"{value} is outside {_range(*bounds)}; choose a {number} between them"
    if wanted:
        return f"{value} must be {wanted}" + (f" from {_range(*bounds)}" if bounds else "")
    if what in PHRASES:
        return PHRASES[what].format(value=value, **context)
    if what in ("choice", "name"):
        return value + mistake["msg"]
    return f"{value}: {mistake['msg'][0].lower()}{mistake['msg'][1:]}"


def _range(low: float, high: float) -> str:
    return " to ".join(str(end) if isinstance(end, int) else f"{end:g}" for end in (low, high))
