"""What a run is made of: written to files, a zip or the store, and read back from anybody."""
