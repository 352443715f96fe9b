"""What do several columns of one series do next? The same training for each."""
