"""`liquid COMMAND`, which is `python -m liquid COMMAND`: the same work without a browser."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from liquid.cli.interrupt import INTERRUPTED
from liquid.errors import LiquidError

BAD_INPUT = 2


COMMANDS = {  # each is a module of liquid.cli with `arguments` and `command`
    "train": "train a model on a series, save it and its forecast",
    "forecast": "forecast new data with a saved run",
    "why": "what moved a saved run's forecast?",
    "runs": "list, open, save, export, import, delete saved runs",
    "export": "take a run along: as code, ONNX, C, a notebook, Parquet",
    "series": "list the built-in series",
    "convergence": "how far is a solver from the layer's own ODE?",
    "compare": "which model forecasts this series best?",
    "backtest": "how good would the forecast have been before?",
    "worth": "what is each column worth that a forecast reads?",
    "effect": "does a better solver make a better forecast?",
    "benchmark": "who makes the most of its parameters?",
    "tau": "how does tau_sys respond to noise?",
    "claims": "the article claim by claim, measured again",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def program() -> str:
    """What the user typed to come here."""
    return "liquid" if Path(sys.argv[0]).stem == "liquid" else "python -m liquid"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. A mistake of the user becomes one sentence on stderr and status 2."""
    argv = sys.argv[1:] if argv is None else argv
    parser = Parser(prog=program(), description="Understand and use liquid neural networks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {name: commands.add_parser(name, help=text) for name, text in COMMANDS.items()}
    try:
        if not argv or argv[0] not in COMMANDS:  # help or a mistake: nothing to import
            parser.parse_args(argv)
            return 0
        module = import_module(f"liquid.cli.{argv[0]}")  # torch takes over a second: only for those who need it
        module.arguments(parsers[argv[0]])
        status: int = module.command(parser.parse_args(argv))
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (LiquidError, OSError) as error:
        print(f"{program()}: {sentence(error)}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Interrupted; nothing was saved.", file=sys.stderr)
        return INTERRUPTED


def sentence(error: LiquidError | OSError) -> str:
    """One line, also if a name in it holds line breaks."""
    text = str(error)
    if isinstance(error, OSError):
        text = f"{error.filename or 'A file'} cannot be used ({error.strerror or error}): choose another path."
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in " ".join(text.split()))


if __name__ == "__main__":
    sys.exit(main())
