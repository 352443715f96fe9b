"""What is kept, and what goes to make room: the old, then a greedy owner's own, then the oldest; never a pinned run."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, select

from liquid.errors import LiquidError
from liquid.runs.store.tables import FILES, RUNS

DAY = 86_400.0


@dataclass(frozen=True)
class Limits:
    """What is kept: bytes of one run, runs and bytes in all, days of a run that is not pinned.

    Pinned runs may take half of the room, so that they never shut others out. An owner may have all room that nobody
    else needs; beyond a `share` of it they make room for their own runs alone, and pin nothing more.
    """

    run_bytes: int = 32_000_000
    runs: int = 2_000
    bytes: int = 2_000_000_000
    days: float = 180.0
    share: float = 0.1

    def fit(self, part: float, used: tuple[int, int], size: int) -> bool:
        """Whether a run of `size` bytes, and the runs and bytes `used`, are within a part of the room."""
        count, total = used
        return count + 1 <= part * self.runs and total + size <= part * self.bytes


def old(limits: Limits) -> ColumnElement[bool]:
    """Runs past their days: there for nobody, and deleted at the next save or start."""
    return ~RUNS.c.pinned & (RUNS.c.created < time.time() - limits.days * DAY)


def remove_old(connection: Connection, limits: Limits) -> None:
    remove(connection, list(connection.scalars(select(RUNS.c.id).where(old(limits)))))


def make_room(connection: Connection, limits: Limits, owner: str, size: int) -> None:
    """Delete what is too old, then the oldest, until one more run of `size` bytes fits; never a pinned one.

    An `owner` (its hash) who would have more than a share makes room from their own, as far as that goes. LiquidError
    where pinned runs leave no room.
    """
    remove_old(connection, limits)
    mine = RUNS.c.owner == owner
    greedy = not limits.fit(limits.share, usage(connection, mine), size)
    order = (~mine, RUNS.c.created) if greedy else (RUNS.c.created,)
    loose = connection.execute(select(RUNS.c.id, RUNS.c.bytes).where(~RUNS.c.pinned).order_by(*order)).all()
    count, total = usage(connection)
    gone: list[str] = []
    for identity, held in loose:
        if limits.fit(1, (count, total), size):
            break
        gone.append(identity)
        count, total = count - 1, total - held
    if not limits.fit(1, (count, total), size):
        raise LiquidError(
            f"The store is full: {count:,} pinned runs with {megabytes(total)} leave no room for one of "
            f"{megabytes(size)}. Export the run instead, or delete pinned ones."
        )
    remove(connection, gone)


def check_pin(connection: Connection, limits: Limits, run: str, owner: str, size: int) -> None:
    """LiquidError where all pinned runs with this one are over half of the room, or those of its owner over a share."""
    others = (RUNS.c.pinned, RUNS.c.id != run)
    if not limits.fit(0.5, usage(connection, *others), size):
        raise LiquidError("Pinned runs already take half of the room: unpin another run, or export this one.")
    if not limits.fit(limits.share, usage(connection, *others, RUNS.c.owner == owner), size):
        raise LiquidError(
            f"Your pinned runs would take more than {limits.share:.0%} of the room: unpin another of them, or export "
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
