"""The time of a table: which columns hold it, and what their cells mean."""

from liquid.series.reading.calendar.find import find_time, is_time
from liquid.series.reading.calendar.moments import Time

__all__ = ["Time", "find_time", "is_time"]
