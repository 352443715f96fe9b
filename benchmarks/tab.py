"""A browser tab without the browser: speaks to the real server over Streamlit's websocket, as its front end does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileUploaderState, FileURLsRequest, UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

LARGEST = 200_000_000  # bytes of one message
KEY = re.compile(r"^\$\$ID-[0-9a-f]+-(.+)$")
ENDS = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
)


@dataclass
class Widget:
    """A control on the page: its element as Streamlit sent it, and the fragment that it stands in."""

    element: Any
    fragment: str


@dataclass
class Tab:
    """One visitor. `errors` collects what a visitor should never see, `received` every byte that came."""

    url: str  # ws://host:port
    query: str = ""
    session: str = ""
    page: str = ""  # hash of the page script
    path: str = ""  # the page's name in the address, which is all that a browser knows on its first request
    pages: dict[str, str] = field(default_factory=dict)  # url path -> hash
    widgets: dict[str, Widget] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    watching: dict[str, float] = field(default_factory=dict)  # fragment -> seconds between its runs
    texts: list[str] = field(default_factory=list)  # of the newest run
    errors: list[str] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    fragment: str = ""  # that was asked for and has not begun
    running: bool = False
    socket: ClientConnection | None = None

    async def connect(self) -> None:
        names = ["streamlit", "PLACEHOLDER_AUTH_TOKEN", *([self.session] if self.session else [])]
        protocols = [Subprotocol(name) for name in names]
        # websockets wants to see its own choice confirmed: the first is what the server picks.
        self.socket = await connect(
            f"{self.url}/_stcore/stream", subprotocols=protocols, max_size=LARGEST, ping_interval=None, open_timeout=60
        )

    async def drop(self) -> None:
        """The connection is lost: no goodbye."""
        if self.socket is not None:
            self.socket.transport.abort()
            await self.socket.wait_closed()

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()

    async def run(self, fragment: str = "", pressed: str = "") -> None:
        """Run the page, or one fragment of it, and read all that comes until the run is over."""
        await self.ask(fragment, pressed)
        await self.listen()

    async def ask(self, fragment: str = "", pressed: str = "") -> None:
        states = list(self.states.values())
        if pressed:
            states.append(WidgetState(id=self.widgets[pressed].element.id, trigger_value=True))
        name = "" if self.page else self.path
        state = ClientState(query_string=self.query, page_script_hash=self.page, page_name=name, fragment_id=fragment)
        state.widget_states.CopyFrom(WidgetStates(widgets=states))
        self.fragment = fragment
        assert self.socket is not None
        await self.socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def listen(self) -> None:
        """Read until a run that began since has ended."""
        self.running = False
        while True:
            message = await self._next()
            if message.WhichOneof("type") == "new_session":
                self.running = True
            elif self.running and message.WhichOneof("type") == "script_finished" and message.script_finished in ENDS:
                return

    async def settle(self, quiet: float = 0.3) -> None:
        """Read until nothing has come for `quiet` seconds: after a lost connection, the old run's rest comes too."""
        while True:
            try:
                async with asyncio.timeout(quiet):
                    await self._next()
            except TimeoutError:
                return

    async def _next(self) -> ForwardMsg:
        assert self.socket is not None
        data = await self.socket.recv(decode=False)
        self.received.append(data)
        message: ForwardMsg = ForwardMsg.FromString(data)
        self._take(message.WhichOneof("type") or "", message)
        return message

    def _take(self, kind: str, message: ForwardMsg) -> None:
        if kind == "new_session":
            new = message.new_session
            self.session = new.initialize.session_id
            self.texts.clear()
            self.page = new.page_script_hash
            if not self.fragment:
                self.widgets.clear()
                self.watching.clear()
            self.fragment = ""  # a second session message in one answer is a fragment that ran the whole page again
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self.page = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self.watching[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.errors.append("a page script does not compile")
        elif kind == "page_not_found":
            self.errors.append("page not found")
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._element(message.delta)

    def _element(self, delta: Any) -> None:
        kind = delta.new_element.WhichOneof("type")
        element = getattr(delta.new_element, kind)
        if kind == "exception":
            self.errors.append(f"{element.type}: {element.message}")
        if kind in ("alert", "markdown", "heading", "progress"):
            self.texts.append(element.text if kind == "progress" else element.body)
        named = KEY.match(getattr(element, "id", ""))
        if named:
            self.widgets[named[1]] = Widget(element, delta.fragment_id)

    async def upload(self, key: str, name: str, content: bytes) -> None:
        """Send a file as the browser does, and set its control. The server must not ask for a token against forgery."""
        assert self.socket is not None
        request = FileURLsRequest(request_id="upload", file_names=[name], session_id=self.session)
        await self.socket.send(BackMsg(file_urls_request=request).SerializeToString())
        while (message := await self._next()).WhichOneof("type") != "file_urls_response":
            pass
        (place,) = message.file_urls_response.file_urls
        address = self.url.replace("ws://", "http://", 1) + place.upload_url
        await asyncio.to_thread(urlopen, _form(address, name, content))
        info = UploadedFileInfo(file_id=place.file_id, name=name, size=len(content), file_urls=place)
        self.put(key, file_uploader_state_value=FileUploaderState(uploaded_file_info=[info]))

    def put(self, key: str, **value: Any) -> str:
        """Set a control, as a visitor would; returns the fragment that is to run for it."""
        widget = self.widgets[key]
        self.states[widget.element.id] = WidgetState(id=widget.element.id, **value)
        return widget.fragment


def _form(address: str, name: str, content: bytes) -> Request:
    """The file as a form of one part."""
    mark = "----form----"
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"".join((head.encode(), content, f"\r\n--{mark}--\r\n".encode()))
    return Request(address, body, {"Content-Type": f"multipart/form-data; boundary={mark}"}, method="PUT")


@asynccontextmanager
async def visitor(url: str, path: str = "", query: str = "") -> AsyncIterator[Tab]:
    """A tab that has opened the page at `path` with `query`."""
    tab = Tab(url, query)
    await tab.connect()
    try:
        await tab.run()
        if path:
            tab.page = tab.pages[path]
            await tab.run()
        yield tab
    finally:
        await tab.close()
