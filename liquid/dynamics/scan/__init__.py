"""The compiled loops behind `LiquidRNN`: a whole sequence as one step of autograd. README.md has the picture."""

from liquid.dynamics.scan.operator import DTYPES, SOLVERS, obstacle, ready, scan

__all__ = ["DTYPES", "SOLVERS", "obstacle", "ready", "scan"]
