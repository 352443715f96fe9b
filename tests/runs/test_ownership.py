"""Any order of requests by several browsers, and by some that forge: the store does what each may do, and no more."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from liquid.errors import LiquidError
from liquid.runs.store import Store

OWNERS = tuple(sign * 43 for sign in "abc")
FORGED = (
    "", "%", "' OR 1=1 --", "\ud800", OWNERS[0][:-1], OWNERS[0] + " ", OWNERS[0].upper(), OWNERS[0] * 1000,
    hashlib.sha256(OWNERS[0].encode()).hexdigest(),  # as a stolen database has it
)  # fmt: skip
anybody = st.sampled_from((*OWNERS, *FORGED))
titles = st.text("abc ", min_size=1).filter(str.strip)
contents = st.binary(max_size=8)


@dataclass
class Known:
    """What a run should be."""

    owner: str
    title: str
    content: bytes
    pinned: bool = False


class Browsers(RuleBasedStateMachine):
    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(f"sqlite:///{self.folder.name}/store.db")
        self.known: dict[str, Known] = {}

    def teardown(self) -> None:
        self.store.close()
        written = b"".join(path.read_bytes() for path in Path(self.folder.name).iterdir())
        self.folder.cleanup()
        assert [owner for owner in OWNERS if owner.encode() in written] == []

    def may(self, run: str, who: str) -> bool:
        return run in self.known and self.known[run].owner == who

    @rule(target=runs, owner=st.sampled_from(OWNERS), title=titles, content=contents)
    def save(self, owner: str, title: str, content: bytes) -> str:
        run = self.store.save({"config.json": content}, title, owner)
        assert run not in self.known
        self.known[run] = Known(owner, " ".join(title.split())[:120], content)
        return run

    @rule(run=runs, who=anybody, title=titles, content=contents)
    def save_again(self, run: str, who: str, title: str, content: bytes) -> None:
        if not self.may(run, who):
            with pytest.raises(LiquidError):
                self.store.save({"config.json": content}, title, who, run=run)
            return
        assert self.store.save({"config.json": content}, title, who, run=run) == run
        self.known[run] = Known(who, " ".join(title.split())[:120], content, self.known[run].pinned)

    @rule(run=runs, who=anybody, title=titles)
    def rename(self, run: str, who: str, title: str) -> None:
        if not self.may(run, who):
            with pytest.raises(LiquidError):
                self.store.rename(run, who, title)
            return
        self.store.rename(run, who, title)
        self.known[run].title = " ".join(title.split())[:120]

    @rule(run=runs, who=anybody, pinned=st.booleans())
    def pin(self, run: str, who: str, pinned: bool) -> None:
        if not self.may(run, who):
            with pytest.raises(LiquidError):
                self.store.pin(run, who, pinned)
            return
        self.store.pin(run, who, pinned)
        self.known[run].pinned = pinned

    @rule(run=runs, who=anybody)
    def delete(self, run: str, who: str) -> None:
        if not self.may(run, who):
            with pytest.raises(LiquidError):
                self.store.delete(run, who)
            return
        self.store.delete(run, who)
        del self.known[run]

    @rule(run=runs, who=anybody)
    def read(self, run: str, who: str) -> None:
        """The link is the key: it opens a run for everybody, and makes nobody its owner."""
        if run not in self.known:
            for question in (self.store.files, self.store.find, lambda gone: self.store.is_owner(gone, who)):
                with pytest.raises(LiquidError, match="no run under this link"):
                    question(run)
            return
        assert self.store.files(run) == {"config.json": self.known[run].content}
        assert self.store.is_owner(run, who) == self.may(run, who)

    @invariant()
    def everything_is_as_its_owner_left_it(self) -> None:
        stored = {run.id: (run.title, run.pinned) for run in self.store.everything()}
        assert stored == {run: (known.title, known.pinned) for run, known in self.known.items()}

    @rule(who=anybody)
    def list_own(self, who: str) -> None:
        """Without a link a browser finds its own runs, and no others."""
        assert {run.id for run in self.store.runs(who)} == {run for run in self.known if self.may(run, who)}


Browsers.TestCase.settings = settings(max_examples=10, stateful_step_count=30)
TestBrowsers = Browsers.TestCase
