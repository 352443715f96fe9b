"""The compiled loops behind `LiquidRNN`: a whole sequence as one step of autograd. README.md has the picture."""

from liquid.dynamics.scan.operator import DTYPES, SOLVERS, obstacle, ready, scan
from liquid.dynamics.scan.stepper import Stepper
from liquid.dynamics.scan.torch_internals import is_observed

__all__ = ["DTYPES", "SOLVERS", "Stepper", "is_observed", "obstacle", "ready", "scan"]
