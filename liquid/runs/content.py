"""What a file of a run can hold: JSON, a CSV of numbers, tensors. Checked when read, as it may be from anybody."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, TypeVar

import numpy as np
import safetensors.torch
import torch
from annotated_types import Interval
from numpy.typing import NDArray
from pydantic import Field
from safetensors import SafetensorError

from liquid.errors import LiquidError
from liquid.learning.config import LIMITS, MOST_INPUTS
from liquid.series.words import legible
from liquid.settings import finite

Floats = NDArray[np.float64]
Shape = tuple[tuple[int, ...], torch.dtype]
Document = TypeVar("Document")

MOST_HEADER = 100_000  # bytes of names and shapes in a safetensors file
LONGEST = int(max(LIMITS["horizon"][1], LIMITS["state_size"][1], 1 + MOST_INPUTS))  # of all lists of numbers

# Fields of JSON documents; a list ends at its first mistake
Text = Annotated[str, Field(max_length=10_000)]
Names = Annotated[tuple[Text, ...], Field(min_length=1, max_length=1 + MOST_INPUTS, fail_fast=True)]
Size = Annotated[float, Interval(ge=0.0)]
Numbers = Annotated[tuple[float, ...], Field(max_length=LONGEST, fail_fast=True)]
Sizes = Annotated[tuple[Size, ...], Field(max_length=LONGEST, fail_fast=True)]
Scales = Annotated[tuple[Annotated[float, Interval(gt=0.0)], ...], Field(max_length=LONGEST, fail_fast=True)]


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """A document as JSON; numbers that are infinite or do not exist are null."""
    return text_bytes(json.dumps(_finite(document), indent=2, allow_nan=False))


def text_bytes(text: str) -> bytes:
    return (text.rstrip("\n") + "\n").encode()


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return finite(value) if isinstance(value, float) else value


def document_of(kind: type[Document], source: object, **others: Any) -> Document:
    """The document `kind` with the attributes of `source` that it has fields for, arrays as tuples, and `others`."""
    names = (field.name for field in fields(kind) if field.name not in others)  # type: ignore[arg-type]
    values = {name: getattr(source, name) for name in names}
    plain = {name: tuple(v.tolist()) if isinstance(v, np.ndarray) else v for name, v in values.items()}
    return kind(**plain, **others)


def wrong(where: str, name: str, expected: str) -> LiquidError:
    return LiquidError(f"{where}: '{name}' must be {expected}. Keep the file as it was saved.")


def exactly(where: str, name: str, numbers: Sequence[float], count: int) -> Floats:
    """The numbers as an array; LiquidError unless there are `count`."""
    if len(numbers) != count:
        raise wrong(where, name, f"a list of {count} numbers")
    return np.array(numbers, dtype=np.float64)


def within(where: str, name: str, number: int, least: int, most: int) -> int:
    """The number; LiquidError unless it is from `least` to `most`."""
    if not least <= number <= most:
        raise wrong(where, name, f"a whole number from {least} to {most}")
    return number


def column_names(names: Sequence[str], first: int = 1) -> tuple[str, ...]:
    """Names from anybody as the CSV reader would have them, the first being that of column `first`."""
    return tuple(legible(name) or f"column {number}" for number, name in enumerate(names, first))


def csv_bytes(header: Iterable[str], table: Floats) -> bytes:
    """Numbers as the shortest text that gives the same number back, also if one is infinite or does not exist."""
    return "\n".join([",".join(header), *(",".join(map(repr, row)) for row in table.tolist()), ""]).encode()


def csv_numbers(name: str, content: bytes, columns: int) -> Floats:
    """The rows below the header of a CSV of numbers, `[row, columns]`; LiquidError for anything else."""
    head, _, rows = content.partition(b"\n")
    if head.count(b",") + 1 != columns or not rows.strip():
        raise LiquidError(f"{name} does not have {columns} columns of numbers: keep the files of one run together.")
    try:
        table = np.loadtxt(io.StringIO(rows.decode("ascii")), delimiter=",", ndmin=2, comments=None)
    except ValueError as error:
        raise LiquidError(f"{name} is no table of numbers: keep the file as it was saved.") from error
    if table.shape[1] != columns:
        raise LiquidError(f"{name} has {table.shape[1]} numbers per row, expected {columns}: keep it as it was saved.")
    return table


def tensors(path: str, content: bytes, wanted: Mapping[str, Shape], what: str, beside: str) -> dict[str, torch.Tensor]:
    """Exactly the `wanted` tensors, all finite, from a safetensors file of anybody. LiquidError names what differs.

    For the sentence: `what` they are, and the file `beside` that says which are wanted.
    """
    size = sum(math.prod(shape) * dtype.itemsize for shape, dtype in wanted.values())
    if len(content) > size + MOST_HEADER:  # before anything is loaded
        raise LiquidError(f"{path} has {len(content):,} bytes, these {what} have {size:,}: keep the files of one run.")
    try:
        loaded = safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise LiquidError(f"{path} holds no {what} ({error}): train the model again.") from error
    shapes = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in loaded.items()}
    for name in sorted(wanted.keys() | shapes.keys()):
        if wanted.get(name) != shapes.get(name):
            raise LiquidError(
                f"{path} does not fit {beside}: '{legible(name)}' is {_shape(shapes.get(name))}, expected "
                f"{_shape(wanted.get(name))}. Keep the files of one run together."
            )
    if not all(torch.isfinite(tensor).all() for tensor in loaded.values()):
        raise LiquidError(f"{path} holds {what} that are not finite: train the model again.")
    return loaded


def _shape(entry: Shape | None) -> str:
    return "missing" if entry is None else f"{list(entry[0])} in {str(entry[1]).removeprefix('torch.')}"
