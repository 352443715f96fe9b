"""The tables of the store, as every database of ours has them after the newest migration."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()

RUNS = Table(
    "runs",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),  # SHA-256 of the owner's token, never the token
    Column("title", Text, nullable=False),
    Column("created", Float, nullable=False),  # seconds since 1970, UTC
    Column("pinned", Boolean, nullable=False),
    Column("bytes", BigInteger, nullable=False),  # of all its files
    Column("format", BigInteger, nullable=False),  # version of the files' layout
    Index("runs_owner", "owner"),
    Index("runs_created", "created"),
)

FILES = Table(
    "run_files",
    METADATA,
    Column("run", String(64), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

CELLS = Table(
    "cells",
    METADATA,
    Column("study", String(200), primary_key=True),
    Column("key", String(1000), primary_key=True),
    Column("result", Text, nullable=False),  # JSON
    Column("created", Float, nullable=False),
)
