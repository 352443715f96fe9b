"""`python -m liquid COMMAND`: the same work without a browser."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, NoReturn

from liquid.errors import LiquidError

INTERRUPTED = 130  # what a shell expects after Ctrl-C
BAD_INPUT = 2


class Command(NamedTuple):
    """A command: what it does, and where its options and its work are found once it is called for."""

    help: str
    module: str
    arguments: str
    work: str


COMMANDS = {
    "train": Command("train a model on a series, save it and its forecast", "liquid.cli.train", "arguments", "command"),
    "forecast": Command("forecast new data with a saved run", "liquid.cli.forecast", "arguments", "command"),
    "runs": Command("list, open, save, export, import, delete saved runs", "liquid.cli.runs", "arguments", "command"),
    "series": Command("list the built-in series", "liquid.cli.series", "arguments", "command"),
    "convergence": Command(
        "how far is a solver from the layer's own ODE?",
        "liquid.studies.convergence.report",
        "add_convergence_arguments",
        "convergence_command",
    ),
    "effect": Command("does a better solver make a better forecast?", "liquid.cli.effect", "arguments", "command"),
    "benchmark": Command("who makes the most of its parameters?", "liquid.cli.benchmark", "arguments", "command"),
    "tau": Command("how does tau_sys answer noise?", "liquid.studies.noise.report", "add_tau_arguments", "tau_command"),
    "claims": Command("the article claim by claim, measured again", "liquid.cli.claims", "arguments", "command"),
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def main(argv: Sequence[str]) -> int:
    """Run one command; its exit status. A mistake of the user becomes one sentence on stderr and status 2."""
    parser = Parser(prog="python -m liquid", description="Understand and use liquid neural networks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {name: commands.add_parser(name, help=command.help) for name, command in COMMANDS.items()}
    try:
        chosen = COMMANDS.get(argv[0]) if argv else None
        if chosen is None:  # help or a mistake: nothing to import
            parser.parse_args(argv)
            return 0
        module = import_module(chosen.module)  # torch takes over a second: only for who needs it
        getattr(module, chosen.arguments)(parsers[argv[0]])
        status: int = getattr(module, chosen.work)(parser.parse_args(argv))
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (LiquidError, OSError) as error:
        print(f"python -m liquid: {sentence(error)}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Interrupted; nothing was saved.", file=sys.stderr)
        return INTERRUPTED


def sentence(error: LiquidError | OSError) -> str:
    """One line, also where a name in it holds line breaks."""
    text = str(error)
    if isinstance(error, OSError):
        text = f"{error.filename or 'A file'} cannot be used ({error.strerror or error}): choose another path."
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in " ".join(text.split()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
