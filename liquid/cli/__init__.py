"""The same work without a browser: one module per command."""
