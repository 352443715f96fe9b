"""Where the figures in the documents come from, and experiments that were made once."""

from pathlib import Path

RESULTS = Path(__file__).parent / "results"  # what no page shows; what one does is in data/results
