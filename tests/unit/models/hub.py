"""A stand-in for the Hugging Face hub on loopback, with the faults that networks have."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c0ffee00" * 5


@dataclass
class Hub:
    """What is served, and how it goes wrong.

    Attributes:
        files: "owner/name/path" -> bytes.
        faults: "owner/name/path" -> names of faults for its next answers, used up one by one:
            "500", "404", "401", "gone" (no answer at all), "cut" (the body ends half-way),
            "chunked cut" (half the body, without a length), "wrong" (other bytes, same length),
            "no range" (the whole file although a range was asked for), "416".
        asked: Every request: method, path and Range header.
        hold: Set while answers may be sent; cleared it stops bodies half-way.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def gets(self, path: str = "") -> list[str]:
        """The ranges that were asked for of files whose path ends so."""
        return [r for method, name, r in self.asked if method == "GET" and name.endswith(path)]


@contextmanager
def serving() -> Iterator[Hub]:
    hub = Hub()
    hub.hold.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            return

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path)
            name = f"{found[1]}/{found[3]}" if found else self.path
            hub.asked.append((self.command, name, self.headers.get("Range", "")))
            queue = hub.faults.get(name, []) if body else hub.faults.get(f"HEAD {name}", [])
            fault = queue.pop(0) if queue else ""
            if fault == "gone":
                self.close_connection = True
                return
            if fault.isdigit() and fault != "416":
                self._short(int(fault))
                return
            data = hub.files.get(name)
            if data is None:
                self._short(404, {"X-Error-Code": "EntryNotFound"})
                return
            self._send(data, fault, body=body)

        def _short(self, code: int, headers: dict[str, str] | None = None) -> None:
            self.send_response(code)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _send(self, data: bytes, fault: str, *, body: bool) -> None:
            start = 0
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if asked and fault != "no range":
                start = int(asked[1])
            if fault == "416" or start > len(data):
                self._short(416)
                return
            self.send_response(206 if start else 200)
            large = len(data) > 2000
            digest = hashlib.sha256(data).hexdigest()
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{digest if large else blob}"')
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            if fault == "wrong":
                data = bytes(255 - byte for byte in data)
            rest = data[start:]
            if fault == "chunked cut":
                self.close_connection = True
            else:
                self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            if not body:
                return
            if "cut" in fault:
                self.wfile.write(rest[: len(rest) // 2])
                self.close_connection = True
                return
            half = len(rest) // 2
            for piece in (rest[:half], rest[half:]):
                # The other side may have cancelled.
                with suppress(ConnectionError):
                    self.wfile.write(piece)
                    self.wfile.flush()
                hub.hold.wait(20)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
