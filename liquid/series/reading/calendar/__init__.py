"""The time of a table: which columns hold it, and what their cells mean."""

from liquid.series.reading.calendar.find import Time, find_time, is_time

__all__ = ["Time", "find_time", "is_time"]
