"""A time series, from file or generator to windows."""
