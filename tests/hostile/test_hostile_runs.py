"""Files of a run as anybody may hand them over: each becomes a run or a sentence, and none takes the memory."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.learning.config import TrainConfig
from liquid.learning.run import Run, run
from liquid.runs.archive import ABOUT, pack, unpack
from liquid.runs.format import from_files, to_files
from liquid.runs.measured import METRICS, RESULT, SERIES, VALUES
from liquid.runs.model import CONFIG, SCALING, WEIGHTS
from liquid.runs.studies import STUDIES, Studies, read_studies
from liquid.series.series import from_columns
from liquid.studies.noise.signal import liquid_layer, read_by
from liquid.studies.noise.study import NoiseConfig, measured_response
from liquid.studies.solver_effect.study import SolverEffect, solver_effect

WRONG: tuple[Any, ...] = (
    None, True, -1, 0, 0.5, 1e308, 10**400, float("nan"), float("inf"), "", "x" * 20_000, "\x1b[2J\u202e", [], [[]],
    {}, {"a": 1}, ["a"] * 3000, [1e999] * 3, "../../etc/passwd", "<script>", [None] * 3, -(2**63),
)  # fmt: skip


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    series = from_columns({"level": np.sin(np.arange(60.0)), "more": np.cos(np.arange(60.0))}, "two waves")
    config = TrainConfig(members=2, steps=4, window=12, batch=8, state_size=2, horizon=3, inputs=("more",))
    trained = next(event for event in run(series, config) if isinstance(event, Run))
    prepared, asked = trained.forecaster.prepared, NoiseConfig(pairs=20)
    response = measured_response(
        liquid_layer(trained.forecaster.model), read_by(prepared, prepared.channels), asked, np.ones(2)
    )
    effect = next(found for found in solver_effect(trained.forecaster) if isinstance(found, SolverEffect))
    return to_files(trained, Studies(((asked, response),), effect))


def opened(files: Mapping[str, bytes]) -> bool:
    """Whether it is a run. What is none is told in a sentence; anything else passes through and fails the test."""
    try:
        found, _ = from_files(files)
    except LiquidError as problem:
        said = str(problem)
        assert 20 < len(said) < 900, said
        assert said.endswith((".", ".)", ":"))
        return False
    assert np.isfinite(found.report.one_step).all()
    return True


def test_the_run_itself_opens(files: dict[str, bytes]) -> None:
    assert opened(files)
    assert opened(unpack(pack(files, "a title"))[0])


@pytest.mark.parametrize("name", [CONFIG, SCALING, METRICS, SERIES, STUDIES])
def test_fields_of_the_wrong_kind(files: dict[str, bytes], name: str) -> None:
    whole = json.loads(files[name])
    refused = 0
    for field in [*whole, "__class__", "another"]:
        for value in WRONG:
            refused += not opened({**files, name: json.dumps({**whole, field: value}).encode()})
        refused += not opened({**files, name: json.dumps({k: v for k, v in whole.items() if k != field}).encode()})
    assert refused > 20


@pytest.mark.parametrize("name", [CONFIG, SCALING, METRICS, SERIES, VALUES, WEIGHTS, RESULT, STUDIES])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 64,
        b"{",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[]",
        b'"text"',
        b"1" * 10_000,
        b"\xff\xfe{}",
        b'{"a": 1, "a": 2}',
        b"NaN",
        b"\x80\x04cposix\nsystem\n(S'echo owned'\ntR.",
    ],
    ids=range(12),
)
def test_files_that_are_something_else(files: dict[str, bytes], name: str, content: bytes) -> None:
    assert not opened({**files, name: content})


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(dtype: Any = "F32", shape: Any = (1,), offsets: Any = (0, 4)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


FALSE_WEIGHTS = {
    "no header": safetensors(b""),
    "header of 2^64 bytes": safetensors({}, length=2**64 - 1),
    "header of 2^63 bytes": safetensors({}, length=2**63),
    "header longer than the file": safetensors({}, length=1000),
    "header shorter than it is": safetensors({"a": tensor()}, bytes(4), length=5),
    "header of zero": struct.pack("<Q", 0),
    "header that is a list": safetensors([]),
    "header that is deep": safetensors(b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "header of no text": safetensors(b"\xff\xfe\xfd"),
    "no tensors": safetensors({}),
    "unknown dtype": safetensors({"a": tensor("X99")}, bytes(4)),
    "a dtype that torch has not": safetensors({"a": tensor("F8_E8M0", (4,))}, bytes(4)),
    "dtype that is a number": safetensors({"a": tensor(32)}, bytes(4)),
    "negative shape": safetensors({"a": tensor(shape=(-1,))}, bytes(4)),
    "half a shape": safetensors({"a": tensor(shape=(0.5,))}, bytes(4)),
    "shape that overflows": safetensors({"a": tensor(shape=(2**40, 2**40))}, bytes(4)),
    "shape of 2^60": safetensors({"a": tensor(shape=(2**60,), offsets=(0, 2**62))}, bytes(4)),
    "shape of a thousand dimensions": safetensors({"a": tensor(shape=(1,) * 1000)}, bytes(4)),
    "shape that does not fit": safetensors({"a": tensor(shape=(2,))}, bytes(4)),
    "offsets beyond the file": safetensors({"a": tensor(offsets=(0, 4000))}, bytes(4)),
    "offsets backwards": safetensors({"a": tensor(offsets=(4, 0))}, bytes(4)),
    "offsets negative": safetensors({"a": tensor(offsets=(-4, 0))}, bytes(4)),
    "offsets that overlap": safetensors({"a": tensor(), "b": tensor()}, bytes(4)),
    "offsets with a hole": safetensors({"a": tensor(offsets=(8, 12))}, bytes(12)),
    "bytes behind": safetensors({"a": tensor()}, bytes(400)),
    "a name twice": safetensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{}}', bytes(4)),
    "metadata that is a list": safetensors({"__metadata__": [], "a": tensor()}, bytes(4)),
    "100,000 tensors": safetensors({f"{i}": tensor(shape=(0,), offsets=(0, 0)) for i in range(100_000)}),
    "a name of a megabyte": safetensors({"a" * 1_000_000: tensor()}, bytes(4)),
    "an escape as name": safetensors({"\x1b[2J": tensor()}, bytes(4)),
}


@pytest.mark.parametrize("name", [WEIGHTS, RESULT])
@pytest.mark.parametrize("content", FALSE_WEIGHTS.values(), ids=FALSE_WEIGHTS.keys())
def test_weights_that_lie(files: dict[str, bytes], name: str, content: bytes) -> None:
    assert not opened({**files, name: content})


def test_weights_of_another_size_are_refused_before_they_are_read(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    large = safetensors({"a": tensor(shape=(5_000_000,), offsets=(0, 20_000_000))}, bytes(20_000_000))
    with monkeypatch.context() as patch:
        patch.setattr("safetensors.torch.load", None)
        assert not opened({**files, WEIGHTS: large})


def everywhere(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a document, the whole of it first."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield from everywhere(one, (*path, step))


def test_anything_anywhere_in_the_studies(files: dict[str, bytes]) -> None:
    """Every value of the document in turn becomes each of the wrong ones: over 2,000 documents."""
    tried, refused, run = 0, 0, from_files(files)[0]
    for path in list(everywhere(json.loads(files[STUDIES])))[1:]:
        document = json.loads(files[STUDIES])
        place = document
        for step in path[:-1]:
            place = place[step]
        for value in WRONG:
            place[path[-1]] = value
            tried += 1
            try:
                found = read_studies(json.dumps(document).encode(), run)
            except LiquidError:
                refused += 1
            else:
                assert all(np.isfinite(response.table()["change %"]).all() for _, response in found.noise)
                assert len("".join(found.sentences)) < 900
    assert tried > 2000
    assert refused > 0.8 * tried


def test_flipped_bits_in_every_file(files: dict[str, bytes]) -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for name in (CONFIG, SCALING, METRICS, SERIES, VALUES, WEIGHTS, RESULT, STUDIES):
        for _ in range(20):
            content = bytearray(files[name])
            for _ in range(int(rng.integers(1, 6))):
                content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
            refused += not opened({**files, name: bytes(content)})
    assert refused > 40


def test_flipped_bits_in_the_zip(files: dict[str, bytes]) -> None:
    rng, whole = np.random.default_rng(1), pack(files, "a title")
    for _ in range(150):
        content = bytearray(whole[: int(rng.integers(len(whole)))] if rng.integers(4) == 0 else whole)
        for _ in range(int(rng.integers(1, 6))):
            at = int(rng.integers(len(content))) if rng.integers(2) else -int(rng.integers(1, min(900, len(content))))
            content[at] = int(rng.integers(256))
        with suppress(LiquidError):
            unpack(bytes(content))


@pytest.mark.parametrize("claimed", [b"\x10\0\0\0", b"\0\0\0\0", None], ids=["16 bytes", "nothing", "the truth"])
def test_a_bomb_in_a_run_stays_in_its_shell(files: dict[str, bytes], claimed: bytes | None) -> None:
    """200 MB of blanks in one file of the zip, whose size in the directory may be a lie."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CONFIG, b" " * 200_000_000)
        for name, content in {ABOUT: b'{"format": 1, "title": ""}', **files}.items():
            if name != CONFIG:
                archive.writestr(name, content)
    bomb = bytearray(out.getvalue())
    if claimed is not None:
        at = bomb.index(b"PK\x01\x02") + 24
        bomb[at : at + 4] = claimed
    del out
    tracemalloc.start()
    try:
        with pytest.raises(LiquidError):
            from_files(unpack(bytes(bomb))[0])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000
