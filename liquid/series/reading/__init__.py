"""A series from a stranger's file: read right, or asked about."""

from liquid.series.reading.options import Guess, ReadOptions
from liquid.series.reading.read import Reading, chosen_part, part_in, read, read_text, understand

__all__ = ["Guess", "ReadOptions", "Reading", "chosen_part", "part_in", "read", "read_text", "understand"]
