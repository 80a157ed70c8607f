"""Small data sets on disk, and what every damage must lead to."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.data import catalogue
from methods.errors import UserError


@pytest.fixture
def assert_refused(cache):
    """assert_refused(name, root, *parts): packing ends in one line that holds all parts, and leaves nothing."""

    def check(name, root, *parts):
        with pytest.raises(UserError) as raised:
            catalogue.locate(name, root).bank()
        message = str(raised.value)
        assert "\n" not in message
        for part in parts:
            assert str(part) in message
        banks = cache / "banks"
        assert not banks.exists() or list(banks.iterdir()) == []

    return check


@pytest.fixture
def lead_out():
    """lead_out(path): moves a file or folder to beside its data set, and leaves a link in its place."""

    def move(path: Path, home: Path) -> None:
        elsewhere = home.with_name("elsewhere")
        path.rename(elsewhere)
        path.symlink_to(elsewhere)

    return move


@pytest.fixture
def picture():
    """picture(path, colour, size): writes an image file of one colour, in the format of its name."""

    def write(path: Path, colour=(0, 0, 0), size=(84, 84), mode="RGB") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        options = {"quality": 100} if path.suffix.lower() in (".jpg", ".jpeg") else {}
        Image.new("RGB", size, colour).convert(mode).save(path, **options)
        return path

    return write


@pytest.fixture
def noisy(picture):
    """noisy(path): an image file that has something to damage."""

    def write(path: Path, size=(84, 84)) -> Path:
        picture(path)
        pixels = np.random.default_rng(0).integers(256, size=(*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return write


@dataclass
class Served:
    """A server on 127.0.0.1: what it has, what it was asked for, and which files it breaks off in the middle of."""

    url: str
    content: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    knows_ranges: bool = True


@pytest.fixture
def serve(monkeypatch):
    """serve({name: content}) -> Served, for as long as the test lasts."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    servers = []

    def start(content: dict[str, bytes]) -> Served:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                answer(self, served)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        served = Served(f"http://127.0.0.1:{server.server_port}", content)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return served

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def answer(request: BaseHTTPRequestHandler, served: Served) -> None:
    """One file, from where the request says."""
    name = request.path.rsplit("/", 1)[1]
    served.asked.append(name)
    wanted = request.headers["Range"]
    served.ranges.append(wanted)
    if name not in served.content:
        request.send_error(404)
        return
    content = served.content[name]
    start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and served.knows_ranges else 0
    if start and start >= len(content):
        request.send_error(416)
        return
    request.send_response(206 if start else 200)
    request.send_header("Content-Length", str(len(content) - start))
    request.end_headers()
    request.wfile.write(
        content[start : start + (len(content) - start) // 2] if name in served.broken else content[start:]
    )
