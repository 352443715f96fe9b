"""What is evicted first: expired runs, those of an owner over quota, the oldest; never a pinned one."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, select

from liquid.errors import LiquidError
from liquid.runs.store.tables import FILES, RUNS

DAY = 86_400.0


@dataclass(frozen=True)
class Limits:
    """Bytes of one run, runs and bytes in all, days until a run that is not pinned expires.

    Pinned runs take at most half of the space. An owner may exceed their quota, a `share` of the space, while space is
    free; then their own oldest runs are evicted first, and they can pin nothing more.
    """

    run_bytes: int = 32_000_000
    runs: int = 2_000
    bytes: int = 2_000_000_000
    days: float = 180.0
    share: float = 0.1

    def fit(self, part: float, used: tuple[int, int], size: int) -> bool:
        """Whether a run of `size` bytes, and the runs and bytes `used`, are within a part of the space."""
        count, total = used
        return count + 1 <= part * self.runs and total + size <= part * self.bytes


def expired(limits: Limits) -> ColumnElement[bool]:
    """Runs past their days: found by nobody, and deleted at the next save or start."""
    return ~RUNS.c.pinned & (RUNS.c.created < time.time() - limits.days * DAY)


def remove_expired(connection: Connection, limits: Limits) -> None:
    remove(connection, list(connection.scalars(select(RUNS.c.id).where(expired(limits)))))


def evict(connection: Connection, limits: Limits, owner: str, size: int) -> None:
    """Delete expired runs, then the oldest, until one more run of `size` bytes fits; never a pinned one.

    If the `owner` (its hash) would exceed their quota, their own runs go first. LiquidError if pinned runs leave no
    space.
    """
    remove_expired(connection, limits)
    own = RUNS.c.owner == owner
    over_quota = not limits.fit(limits.share, usage(connection, own), size)
    order = (~own, RUNS.c.created) if over_quota else (RUNS.c.created,)
    unpinned = connection.execute(select(RUNS.c.id, RUNS.c.bytes).where(~RUNS.c.pinned).order_by(*order)).all()
    count, total = usage(connection)
    evicted: list[str] = []
    for identity, freed in unpinned:
        if limits.fit(1, (count, total), size):
            break
        evicted.append(identity)
        count, total = count - 1, total - freed
    if not limits.fit(1, (count, total), size):
        raise LiquidError(
            f"The store is full: {count:,} pinned runs with {megabytes(total)} leave no space for one of "
            f"{megabytes(size)}. Export the run instead, or delete pinned ones."
        )
    remove(connection, evicted)


def check_pin(connection: Connection, limits: Limits, run: str, owner: str, size: int) -> None:
    """LiquidError if pinned runs with this one exceed half of the space, or those of its owner their quota."""
    others = (RUNS.c.pinned, RUNS.c.id != run)
    if not limits.fit(0.5, usage(connection, *others), size):
        raise LiquidError("Pinned runs already take half of the space: unpin another run, or export this one.")
    if not limits.fit(limits.share, usage(connection, *others, RUNS.c.owner == owner), size):
        raise LiquidError(
            f"Your pinned runs would take more than {limits.share:.0%} of the space: unpin another of them, or export "
            "this one."
        )


def usage(connection: Connection, *which: ColumnElement[bool]) -> tuple[int, int]:
    """How many runs there are, and their bytes."""
    query = select(func.count(), func.coalesce(func.sum(RUNS.c.bytes), 0)).select_from(RUNS).where(*which)
    count, total = connection.execute(query).one()
    return int(count), int(total)


def remove(connection: Connection, runs: list[str]) -> None:
    for run in runs:
        connection.execute(delete(FILES).where(FILES.c.run == run))
        connection.execute(delete(RUNS).where(RUNS.c.id == run))


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
