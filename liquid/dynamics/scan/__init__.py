"""The compiled loops behind `LiquidRNN`: a whole sequence as one step of autograd. README.md has the picture."""

from liquid.dynamics.scan.calls import DTYPES, ready
from liquid.dynamics.scan.operator import SOLVERS, available, obstacle, scan
from liquid.dynamics.scan.stepper import Stepper

__all__ = ["DTYPES", "SOLVERS", "Stepper", "available", "obstacle", "ready", "scan"]
