"""Ground floor: the layer, its solvers, its reference, its theory."""
