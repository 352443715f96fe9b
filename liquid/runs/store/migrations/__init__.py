"""Migrations of the store. A change of tables.py is a new file in versions/; a database is brought up when opened."""
