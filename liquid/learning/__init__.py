"""Models by name, training as a stream of events, forecasts beside baselines."""
