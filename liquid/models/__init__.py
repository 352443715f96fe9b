"""Every model there is: one file each, and one entry in `registry`."""
