"""What a run is made of: written to files, a zip or the store, and read back from anybody."""

FORMAT = 1  # version of a run's files, in a zip and in the store
