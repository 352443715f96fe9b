"""Dockerfile, compose file and nginx recipe: they hold what they promise, and agree with each other and the app."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import runpy
import shlex
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import streamlit
import yaml
from checkout import checkout_files

from benchmarks import RESULTS, largest, memory
from benchmarks.docs_tables import between
from liquid.studies import stored

ROOT = Path(__file__).resolve().parents[2]
NGINX = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as pairs of instruction and arguments."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


IMAGE = instructions()


def arguments(name: str) -> list[str]:
    return [rest for instruction, rest in IMAGE if instruction == name]


# The image


def test_the_image_is_slim_and_holds_torch_for_processors_alone() -> None:
    assert arguments("FROM") == ["python:3.11-slim"]
    install = next(rest for rest in arguments("RUN") if "pip install" in rest)
    first, second = install.split("&&")
    assert "--index-url https://download.pytorch.org/whl/cpu" in first
    assert "torch==" in first
    assert shlex.split(second) == ["pip", "install", "-r", "requirements.txt"]


def test_the_image_runs_as_nobody_who_could_change_it() -> None:
    names = [instruction for instruction, _ in IMAGE]
    (user,) = arguments("USER")
    assert user not in ("root", "0")
    assert any(f"useradd --create-home --uid 1000 {user}" in rest for rest in arguments("RUN"))
    assert names.index("COPY") < names.index("USER") < names.index("CMD")
    assert not any("--chown" in rest for rest in arguments("COPY"))


def test_the_image_says_whether_it_is_well_on_the_port_that_it_opens() -> None:
    (port,), (health,), (command,) = arguments("EXPOSE"), arguments("HEALTHCHECK"), arguments("CMD")
    assert f"http://127.0.0.1:{port}/_stcore/health" in health
    assert f"--server.port={port}" in command
    assert "--server.address=0.0.0.0" in command  # or Streamlit asks a stranger for this machine's address


def context() -> list[str]:
    """What .dockerignore lets into the image, of what git would."""
    kept = []
    for file in checkout_files():
        parents = [str(parent) for parent in Path(file).parents] + [file]
        inside = False
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
            rule = line.removeprefix("!").removeprefix("**/")
            if line and not line.startswith("#") and any(fnmatch(part, rule) for part in parents):
                inside = line.startswith("!")
        if inside and (ROOT / file).is_file():
            kept.append(file)
    return kept


def test_what_goes_in_is_the_app_and_no_more() -> None:
    kept = context()
    assert {file.split("/")[0] for file in kept} == {
        ".streamlit",
        "app.py",
        "data",
        "liquid",
        "pages",
        "requirements.txt",
    }
    assert ".streamlit/config.toml" in kept
    assert not any("secret" in file or file.endswith((".pyc", ".db", ".sqlite3", ".env")) for file in kept)


# The compose file


def test_only_nginx_can_be_reached_and_only_nginx_reaches_out() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["app"]["networks"] == SERVICES["db"]["networks"] == ["inside"]
    assert set(SERVICES["nginx"]["networks"]) == {"inside", "outside"}


def test_every_service_is_kept_small_and_without_new_rights() -> None:
    for service in SERVICES.values():
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert not service.get("privileged")
    for name in ("app", "nginx"):
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "unprivileged" in SERVICES["nginx"]["image"]


def test_services_wait_for_those_that_they_need() -> None:
    assert SERVICES["app"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    # An app that is made anew has another address, which nginx asks for only when it starts.
    assert SERVICES["nginx"]["depends_on"] == {"app": {"condition": "service_healthy", "restart": True}}
    assert SERVICES["db"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]


def test_the_password_is_in_no_address_and_in_no_file() -> None:
    settings = SERVICES["app"]["environment"]
    assert settings["LIQUID_DATABASE_URL"] == "postgresql+psycopg://liquid@db:5432/liquid"
    given = {settings["PGPASSWORD"], SERVICES["db"]["environment"]["POSTGRES_PASSWORD"]}
    assert len(given) == 1
    assert given.pop().startswith("${POSTGRES_PASSWORD:?")
    assert settings["LIQUID_DATABASE_URL"].split("@")[1].split("/")[1] == SERVICES["db"]["environment"]["POSTGRES_DB"]


def test_what_is_mounted_is_here_or_named() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            origin = mount.split(":")[0]
            own = origin.startswith("./")
            assert (ROOT / origin).exists() or origin == "./deploy/tls" if own else origin in COMPOSE["volumes"]
            assert mount.endswith(":ro") is own


# The nginx recipe


def test_nginx_stands_where_compose_looks_for_it() -> None:
    (port,) = arguments("EXPOSE")
    assert f"server app:{port};" in NGINX
    inner = {mapping.split(":")[1] for mapping in SERVICES["nginx"]["ports"]}
    assert {f"listen {port}" in NGINX for port in inner} == {True}
    assert all(f"/etc/nginx/tls/{name}" in NGINX for name in ("fullchain.pem", "privkey.pem"))
    assert "./deploy/nginx.conf:/etc/nginx/nginx.conf:ro" in SERVICES["nginx"]["volumes"]


def test_nginx_refuses_what_the_app_refuses() -> None:
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    assert megabytes == SERVICES["app"]["environment"]["STREAMLIT_SERVER_MAX_UPLOAD_SIZE"]


def test_the_policy_names_no_stranger_and_allows_no_inline_script() -> None:
    (policy,) = re.findall(r'Content-Security-Policy "([^"]+)" always;', NGINX)
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"]
    assert {source for sources in rules.values() for source in sources if "." in source or "*" in source} == set()
    assert not {"'unsafe-inline'", "'unsafe-eval'", "data:", "https:"} & set(rules["script-src"])
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL), re.DOTALL)
    sums = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in inline]
    assert [source for source in rules["script-src"] if source.startswith("'sha256")] == sums


def test_the_log_holds_no_link() -> None:
    (form,) = re.findall(r"log_format plain '([^']+)'", NGINX)
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer|http_cookie)\b", form)
    assert re.findall(r"access_log (.+);", NGINX) == ["/dev/stdout plain"]
    # What is refused or fails is an "error", which nginx writes with the whole address.
    assert re.findall(r"error_log (.+);", NGINX) == ["/dev/stderr crit"]


HEADERS = {"Host $http_host", "Upgrade $http_upgrade", "Connection $connection_upgrade", "X-Forwarded-Proto $scheme"}


def test_the_websocket_gets_through_under_the_name_that_the_browser_asked_for() -> None:
    locations = re.findall(r"location [^{]+\{([^}]*)\}", NGINX)
    server = NGINX.rsplit("server {", 1)[1]
    for location in locations:
        server = server.replace(location, "")
    shared = set(re.findall(r"proxy_set_header (.+);", server))
    assert shared >= HEADERS
    for location in locations:
        # One with a line of its own inherits none of the server's.
        own = set(re.findall(r"proxy_set_header (.+);", location))
        assert not own or own >= shared


def test_a_class_behind_one_address_is_served() -> None:
    # 40 browsers of 6 connections and a websocket each; at most 8 of what a first visit asks for is not static.
    (key,) = re.findall(r"limit_req_zone (\$\w+) ", NGINX)
    keys = re.findall(rf'map \$uri \{key} \{{\s*"~\^/static/" "";\s*default\s+(.+);', NGINX)
    assert keys == ["$binary_remote_addr"]
    (connections,), (burst,) = re.findall(r"limit_conn open (\d+);", NGINX), re.findall(r"burst=(\d+)", NGINX)
    assert int(connections) >= 40 * 7
    assert int(burst) >= 40 * 8
    (each,) = re.findall(r"worker_connections (\d+);", NGINX)
    assert int(each) > 4 * int(connections)  # a visitor's and the app's; one address leaves room for others


def test_nginx_can_read_its_key() -> None:
    recipes = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    assert "chown -R 101 deploy/tls" in recipes  # the user of the unprivileged image; openssl writes keys as 0600


# The audit of dependencies


def test_all_that_an_install_brings_is_audited_at_its_public_version() -> None:
    audit = runpy.run_path(str(ROOT / ".ci" / "audit"))
    brought = [
        {"metadata": {"name": name, "version": version}} for name, version in (("torch", "2.13.0+cpu"), ("a", "1"))
    ]
    assert audit["pins"]({"install": brought}) == ["a==1", "torch==2.13.0"]
    assert {str(path.name) for path in ROOT.glob("requirements*.txt")} == {*audit["REQUIREMENTS"], audit["ALONE"]}


# What the image would do, done here: only what goes in, started by its own command, and every call out written down

WATCH = """
import os, sys

def note(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        with open(os.environ["CALLS"], "a") as calls:
            calls.write(f"{event} {args[1:] if event == 'socket.connect' else args}\\n")

sys.addaudithook(note)
"""
TWO_PAGES = """
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("app.py", default_timeout=300).run()
for page in ("pages/train/page.py", "pages/runs/page.py"):
    app.switch_page(page).run()
    assert not app.exception, (page, app.exception)
    assert len(app.title) == 1, page
"""


@dataclass(frozen=True)
class Root:
    """A folder with what the image would hold, and an environment that writes down every call out."""

    app: Path
    calls: Path
    env: dict[str, str]

    def strangers(self) -> list[str]:
        lines = self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []
        return [line for line in lines if not re.search(r"127\.0\.0\.1|localhost|'0\.0\.0\.0'|None", line)]


@pytest.fixture
def root(tmp_path: Path) -> Root:
    for file in context():
        (tmp_path / "app" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / "app" / file)
    for name in ("home", "watch"):
        (tmp_path / name).mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    others = {"HOME": tmp_path / "home", "PYTHONPATH": tmp_path / "watch", "CALLS": tmp_path / "calls"}
    # Compiled loops are no part of what is asked here: those of this machine will do.
    kept = {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(Path.home() / ".cache"))}
    env = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", **kept, **{k: str(v) for k, v in others.items()}}
    return Root(tmp_path / "app", tmp_path / "calls", env)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_what_goes_in_starts_by_its_command_is_well_and_calls_nobody(root: Root) -> None:
    port, (exposed,) = str(free_port()), arguments("EXPOSE")
    command, health = (
        json.loads(re.sub(r"^.*?CMD ", "", rest).replace(exposed, port).replace("0.0.0.0", "127.0.0.1"))
        for rest in (arguments("CMD")[0], arguments("HEALTHCHECK")[0])
    )
    server = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=root.app, env=root.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert server.stdout is not None
    assert b"URL" in next(line for line in server.stdout if line.strip() and b"URL" in line)
    asked = subprocess.run([sys.executable, *health[1:]], env=root.env, capture_output=True, check=False)
    server.terminate()
    rest = server.communicate()[0].decode()
    assert (asked.returncode, asked.stderr) == (0, b"")
    assert "Traceback" not in rest
    assert root.calls.exists()  # at least the health check was seen
    assert root.strangers() == []


def test_pages_run_from_what_goes_in_and_call_nobody(root: Root) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TWO_PAGES], cwd=root.app, env=root.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert root.strangers() == []


def test_the_memory_that_a_host_needs_is_the_memory_that_was_measured() -> None:
    measured = stored.load("memory", RESULTS)
    assert between(memory.RECIPES, "memory") == memory.table(measured).rstrip("\n")


def test_what_the_largest_costs_is_what_was_measured_and_within_what_is_promised() -> None:
    measured = stored.load("largest", RESULTS)
    assert between(largest.RECIPES, "largest") == largest.table(measured).rstrip("\n")
    assert measured["tracebacks"] == 0
    for one in measured["attacks"].values():
        assert one["busy_s"] < 5
        assert one["click_p95_s"] < 1
