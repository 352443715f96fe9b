"""Accuracy against parameters: many models through one loop, and what can be said of the differences."""
