"""One step of the networks as a C file that needs nothing but math.h: the same boundary as the ONNX graph."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import liquid
from liquid.export.expression import Floats, Value, in_order
from liquid.export.network import AGE, CHANGE, LEVEL, SPAN, Network, network_of
from liquid.learning.data import LONGEST_SPAN
from liquid.learning.run import Run

OPERATORS = ("+", "-", "*", "/")
FEATURES = (LEVEL, CHANGE, AGE)
FUNCTIONS = {"max": "fmax", "negative": "-", "exp": "exp", "tanh": "tanh", "sigmoid": "sigmoid"}
WIDTH = 110  # of a line of numbers

FILE = """\
/* One step of the networks of a saved run, and the forecast after it. Written by liquid {version}; C99, needs math.h.

   model    {model}
   series   {series}
   columns  {columns}
   {with_age}
   liquid_states states = {{0}};
   for each of the newest WINDOW samples, oldest first:
       liquid_step(&states, {step_arguments});
   liquid_forecast(&states, values, history, forecast);

   values: a sample of the columns; previous: the sample before it, at the first call the same; {more}history: the
   newest MEMORY values of the first column, oldest first; forecast: the next HORIZON values, in the series' units. A
   missing value is the newest known one. -DREAL=float computes the networks in single precision. */

#include <math.h>
#include <tgmath.h>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;

enum {{ COLUMNS = {columns_count}, AGED = {aged}, MEMBERS = {members}, STATE = {size} }};
enum {{ HORIZON = {horizon}, WINDOW = {window}, MEMORY = {memory} }};

typedef struct {{
    real {states};
}} liquid_states;

{numbers}

static inline real sigmoid(real z) {{ return 1 / (1 + exp(-z)); }}

void liquid_step(liquid_states *states, {step_parameters}) {{
    real {features};
    liquid_states next;
    for (int k = 0; k < COLUMNS; k++) {{
        level[k] = (values[k] - {zero}[k]) / SCALE[k];
        change[k] = (values[k] - previous[k]) / CHANGE_SCALE[k];
    }}
{before}    for (int m = 0; m < MEMBERS; m++) {{
{body}
    }}
    *states = next;
}}

void liquid_forecast(const liquid_states *states, const double values[COLUMNS], const double history[MEMORY],
                     double forecast[HORIZON]) {{
    for (int h = 0; h < HORIZON; h++) {{
        double sum = OFFSET[h];
        for (int m = 0; m < MEMBERS; m++)
            for (int i = 0; i < STATE; i++) sum += FROM_STATES[h][m][i] * states->{read}[m][i];
        for (int k = 0; k < MEMORY; k++) sum += FROM_HISTORY[h][k] * ((history[k] - MEAN[0]) / SCALE[0]);
        for (int k = 0; k < COLUMNS; k++) sum += FROM_COLUMNS[h][k] * ((values[k] - MEAN[k]) / SCALE[k]);
        forecast[h] = MEAN[0] + SCALE[0] * sum;
    }}
}}
"""


def write(run: Run) -> bytes:
    """LiquidError for a model without states."""
    return c_source(network_of(run)).encode()


def c_source(network: Network) -> str:
    """The file: sizes, numbers, `liquid_step` and `liquid_forecast`."""
    body = Body(list(network.after.values()))
    states = list(network.before)
    loops = body.loops()
    ends = "".join(f"\n    next.{name}[m][i] = {body.at(value)};" for name, value in network.after.items())
    loops.append(f"for (int i = 0; i < STATE; i++) {{{ends}\n}}")
    arguments, given = ["values", "previous"], ["const double values[COLUMNS]", "const double previous[COLUMNS]"]
    features, before, more = ["level[COLUMNS]", "change[COLUMNS]"], [], ""
    if network.trending:
        arguments.append("first")
        given.append("const double first[COLUMNS]")
        more += "first: the window's first sample; "
    if network.aged:
        arguments.append("age")
        given.append("const double age[AGED]")
        features.append(f"{AGE}[AGED]")
        before.append(f"for (int k = 0; k < AGED; k++) {AGE}[k] = log1p(age[k]);")
        more += "age: how many samples ago the columns with age were measured; "
    if network.timespans:
        arguments.append(SPAN)
        given.append(f"double {SPAN}")
        before.append(f"{SPAN} = fmin({SPAN}, {LONGEST_SPAN!r});")
        more += "span: sample periods since the sample before; "
    tables = {
        "MEAN[COLUMNS]": network.mean,
        "SCALE[COLUMNS]": network.scale,
        "CHANGE_SCALE[COLUMNS]": network.change_scale,
        "FROM_STATES[HORIZON][MEMBERS][STATE]": network.from_states,
        "FROM_HISTORY[HORIZON][MEMORY]": network.from_history,
        "FROM_COLUMNS[HORIZON][COLUMNS]": network.from_columns,
        "OFFSET[HORIZON]": network.offset,
    }
    numbers = [table("double", name, values) for name, values in tables.items()]
    numbers += [table("real", name + "".join(f"[{n}]" for n in of.shape), of) for name, of in body.constants.items()]
    return FILE.format(
        version=liquid.__version__,
        model=network.model,
        series=quoted(network.title),
        columns=quoted(network.names),
        with_age=f"with age {quoted(network.aged)}\n" if network.aged else "",
        step_arguments=", ".join(arguments),
        more=more,
        columns_count=len(network.names),
        aged=len(network.aged),
        members=network.members,
        size=network.size,
        horizon=network.horizon,
        window=network.window,
        memory=network.memory,
        states=", ".join(f"{name}[MEMBERS][STATE]" for name in states),
        numbers="\n".join(numbers),
        step_parameters=", ".join(given),
        features=", ".join(features),
        zero="first" if network.trending else "MEAN",
        before="".join(f"    {line}\n" for line in [*before, *body.shared()]),
        body=textwrap.indent("\n".join(loops), " " * 8),
        read=states[0],
    )


def quoted(text: str | Sequence[str]) -> str:
    """Names for a comment, in ASCII and without the sign that ends it."""
    return json.dumps(text).replace("/", "\\u002f")


def table(kind: str, name: str, values: Floats) -> str:
    """Numbers that give exactly the same numbers back."""
    return f"static const {kind} {name} = {_nested(values.tolist())};"


def _nested(values: list[Any]) -> str:
    if values and isinstance(values[0], list):
        return "{" + ",\n".join(_nested(value) for value in values) + "}"
    return "{" + "\n".join(textwrap.wrap(", ".join(map(repr, values)), WIDTH)) + "}"


class Body:
    """The loops over rows that compute formulas for member m.

    What is summed over the rows of others has to wait for these: values are told apart by how many such sums they wait
    for, their stage.
    """

    def __init__(self, results: Sequence[Value]) -> None:
        self.constants: dict[str, Floats] = {}  # by name
        self._names: dict[bytes, str] = {}  # of constants, by what is in them
        self.order = list(in_order(results))
        self.number = {id(value): number for number, value in enumerate(self.order)}
        self.stage: dict[int, int] = {}
        for value in self.order:
            waits = value.operation in ("product", "total")
            self.stage[id(value)] = max((self.stage[id(one)] for one in value.of), default=0) + waits
        self.kept = {id(value) for value in results}  # beyond their loop
        for value in self.order:
            for one in value.of:
                if value.operation in ("product", "to each") or self.stage[id(one)] < self.stage[id(value)]:
                    self.kept.add(id(one))

    def shared(self) -> Iterator[str]:
        """Numbers that are the same for all members and rows."""
        for value in self.order:
            if value.rows is None and value.sources is None and value.operation not in ("input", "constant"):
                yield f"const real v{self.number[id(value)]} = {self.formula(value)};"

    def loops(self) -> list[str]:
        """A loop for each stage and number of rows."""
        own = [value for value in self.order if value.rows is not None and value.operation not in ("input", "constant")]
        own = [value for value in own if value.sources is None]
        own.sort(key=lambda value: (self.stage[id(value)], value.rows))
        return [self._loop(rows or 0, list(values)) for (_, rows), values in groupby(own, self._place)]

    def _place(self, value: Value) -> tuple[int, int | None]:
        return self.stage[id(value)], value.rows

    def _loop(self, rows: int, values: list[Value]) -> str:
        kept = [f"v{self.number[id(value)]}[{rows}]" for value in values if id(value) in self.kept]
        lines = [f"    {line}" for value in values for line in self._lines(value)]
        declared = [f"real {', '.join(kept)};"] if kept else []
        return "\n".join([*declared, f"for (int i = 0; i < {rows}; i++) {{", *lines, "}"])

    def _lines(self, value: Value) -> Iterator[str]:
        name = f"v{self.number[id(value)]}"
        kept = id(value) in self.kept
        if value.operation not in ("product", "total"):
            yield f"{name}[i] = {self.formula(value)};" if kept else f"const real {name} = {self.formula(value)};"
            return
        summed = name if not kept else f"{name}[i]"
        yield f"{summed} = 0;" if kept else f"real {name} = 0;"
        if value.operation == "product":
            weights, of = value.of
            yield f"for (int j = 0; j < {of.rows}; j++) {summed} += {self.at(weights)} * {self.at(of, 'j')};"
            return
        yield f"for (int j = 0; j < {value.of[0].sources}; j++) {{"
        for one in self._within(value.of[0]):
            yield f"    const real v{self.number[id(one)]} = {self.formula(one)};"
        yield f"    {summed} += {self.at(value.of[0])};"
        yield "}"

    def _within(self, grid: Value) -> list[Value]:
        """What a grid is made of that is a grid too, in order."""
        made, waiting = dict[int, Value](), [grid]
        while waiting:
            value = waiting.pop()
            if value.sources is not None and value.operation not in ("constant", "to each"):
                made[self.number[id(value)]] = value
                waiting.extend(value.of)
        return [made[number] for number in sorted(made)]

    def formula(self, value: Value) -> str:
        """What it is made of."""
        of = [self.at(one) for one in value.of]
        if value.operation in OPERATORS:
            return f" {value.operation} ".join(of)
        return f"{FUNCTIONS[value.operation]}({', '.join(of)})"

    def at(self, value: Value, row: str = "i") -> str:
        """Its number in a row; of a grid, for source j in row i."""
        match value.operation:
            case "constant":
                return self._constant(value, row)
            case "input" if value.rows is None:
                return value.name
            case "input":
                shared = value.name in FEATURES
                return f"{value.name}[{row}]" if shared else f"states->{value.name}[m][{row}]"
            case "to each":
                return self.at(value.of[0], "j")
        name = f"v{self.number[id(value)]}"
        return f"{name}[{row}]" if id(value) in self.kept and value.rows is not None and not value.sources else name

    def _constant(self, value: Value, row: str) -> str:
        array = value.array
        assert array is not None
        if array.ndim == 0:
            return f"(real){float(array)!r}"
        key = repr(array.shape).encode() + array.tobytes()
        name = self._names.setdefault(key, f"K{len(self._names)}")
        self.constants[name] = array
        return f"{name}[m][j][{row}]" if array.ndim == 3 else f"{name}[m][{row}]"
