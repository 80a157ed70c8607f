"""The page on this machine alone."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from methods.errors import UserError

HOST = "127.0.0.1"


def make_server(page: Callable[[], bytes], port: int) -> ThreadingHTTPServer:
    """A server that makes the page anew for every visit, so that a run can be watched; port 0 takes a free one.

    UserError where the port is taken. It refuses visitors that were sent here under another name (DNS rebinding).
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            own_port = server.server_port
            if self.headers.get("Host") not in (f"{HOST}:{own_port}", f"localhost:{own_port}"):
                self.send_error(403)
            elif self.path != "/":
                self.send_error(404)
            else:
                self._send_page()

        def _send_page(self) -> None:
            try:
                content = page()
            except UserError as error:
                self.send_error(500, explain=str(error))
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Nothing: the terminal shows where the page is."""

    try:
        server = ThreadingHTTPServer((HOST, port), Handler)
    except OSError as error:
        raise UserError(f"Port {port} of {HOST} cannot be used ({error.strerror}); choose another --port.") from error
    return server
