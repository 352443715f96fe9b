"""A series from a stranger's file: read right, or asked about."""

from liquid.series.reading.options import Guess, ReadOptions
from liquid.series.reading.read import Reading, read, read_text, understand

__all__ = ["Guess", "ReadOptions", "Reading", "read", "read_text", "understand"]
