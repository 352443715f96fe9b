"""One step of the networks as an ONNX graph, in float64: raw values in, states and the forecast out."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import liquid
from liquid.export.expression import Floats, Value, in_order
from liquid.export.network import AGE, CHANGE, LEVEL, SPAN, Network, network_of
from liquid.learning.data import LONGEST_SPAN
from liquid.learning.run import Run

OPSET, IR = 17, 8  # of 2022: older runtimes read them too
FUNCTIONS = {
    "+": "Add",
    "-": "Sub",
    "*": "Mul",
    "/": "Div",
    "max": "Max",
    "negative": "Neg",
    "exp": "Exp",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
}


def write(run: Run) -> bytes:
    """LiquidError for a model without states."""
    return onnx_bytes(network_of(run))


def onnx_bytes(network: Network) -> bytes:
    """The graph, with what its user must know in its metadata."""
    graph = Graph()
    columns, states = len(network.names), list(network.before)
    values = graph.input("values", [columns])
    previous = graph.input("previous", [columns])
    zero = graph.input("first", [columns]) if network.trending else graph.constant(network.mean)
    scale = graph.constant(network.scale)
    given = {
        LEVEL: graph.add("Div", graph.add("Sub", values, zero), scale),
        CHANGE: graph.add("Div", graph.add("Sub", values, previous), graph.constant(network.change_scale)),
    }
    if network.aged:
        age = graph.input("age", [len(network.aged)])
        given[AGE] = graph.add("Log", graph.add("Add", age, graph.constant(np.ones(1))))
    given = {name: graph.add("Unsqueeze", value, graph.axis(0)) for name, value in given.items()}  # for all members
    if network.timespans:
        given[SPAN] = graph.add("Min", graph.input("span", []), graph.constant(np.array(LONGEST_SPAN)))
    given |= {name: graph.input(name, [network.members, network.size]) for name in states}
    written = graph.write(list(network.after.values()), given)
    for name, value in zip(states, written, strict=True):
        graph.output(f"new_{name}", value, [network.members, network.size])
    flat = graph.add("Reshape", written[0], graph.whole(np.array([-1])))
    history = graph.input("history", [network.memory])
    mean, unit = graph.constant(network.mean[:1]), graph.constant(network.scale[:1])
    past = graph.add("Div", graph.add("Sub", history, mean), unit)
    now = graph.add("Div", graph.add("Sub", values, graph.constant(network.mean)), scale)
    summed = graph.constant(network.offset)
    for matrix, value in (
        (network.from_states.reshape(network.horizon, -1), flat),
        (network.from_history, past),
        (network.from_columns, now),
    ):
        summed = graph.add("Add", summed, graph.add("MatMul", graph.constant(matrix), value))
    forecast = graph.add("Add", mean, graph.add("Mul", unit, summed))
    graph.output("forecast", forecast, [network.horizon])
    made = helper.make_graph(graph.nodes, "liquid_step", graph.inputs, graph.outputs, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="liquid")
    model.ir_version, model.producer_version = IR, liquid.__version__
    helper.set_model_props(model, {name: json.dumps(value) for name, value in about(network).items()})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def about(network: Network) -> dict[str, object]:
    """What the graph does not say."""
    return {
        "model": network.model,
        "series": network.title,
        "columns": network.names,
        "columns_with_age": network.aged,
        "window": network.window,
        "memory": network.memory,
        "horizon": network.horizon,
        "how": HOW,
    }


HOW = (
    "For a forecast after the newest sample start with states of zero and call the graph for each of the newest "
    "`window` samples, oldest first. `values` are a sample of `columns`, `previous` the sample before it (in the first "
    "call the same), `first` the window's first sample, `age` how many samples ago `columns_with_age` were measured, "
    "`span` the sample periods since the sample before, `history` the newest `memory` values of the first column, "
    "oldest first. A missing value is the newest known one. The last call's `forecast` is the forecast, in the "
    "series' units."
)


class Graph:
    """Nodes as they are added; a value is the name of its tensor."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.constants: list[onnx.TensorProto] = []

    def input(self, name: str, shape: Sequence[int]) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape))
        return name

    def output(self, name: str, value: str, shape: Sequence[int]) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape))

    def constant(self, values: Floats) -> str:
        return self.whole(np.asarray(values, dtype=np.float64))

    def axis(self, number: int) -> str:
        return self.whole(np.array([number]))

    def whole(self, values: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, *of: str) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(of), [name]))
        return name

    def write(self, results: Sequence[Value], given: dict[str, str]) -> list[str]:
        """The formulas as nodes, their inputs being given by name; the names of their tensors."""
        names = dict[int, str]()
        for value in in_order(results):
            of = [names[id(one)] for one in value.of]
            names[id(value)] = self._node(value, of, given)
        return [names[id(value)] for value in results]

    def _node(self, value: Value, of: list[str], given: dict[str, str]) -> str:
        match value.operation:
            case "input":
                return given[value.name]
            case "constant":
                assert value.array is not None
                return self.constant(value.array)
            case "product":  # [members, 1, sources] [members, sources, rows]
                row = self.add("Unsqueeze", of[1], self.axis(1))
                return self.add("Squeeze", self.add("MatMul", row, of[0]), self.axis(1))
            case "to each":
                return self.add("Unsqueeze", of[0], self.axis(2))
            case "total":
                node = self.add("ReduceSum", of[0], self.axis(1))
                self.nodes[-1].attribute.append(helper.make_attribute("keepdims", 0))
                return node
            case operation:
                return self.add(FUNCTIONS[operation], *of)
