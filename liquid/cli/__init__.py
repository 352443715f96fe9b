"""The same work without a browser: one module a command."""
