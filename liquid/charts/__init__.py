"""Plotly figures, one function a picture, from results only."""
