"""A conductor that says what the test says, on a unix socket: no engine behind it.

It answers the stream with whatever lines it is given, and notes what is posted.
"""

import json
import queue
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

DEADLINE_S = 20.0
END = object()  # the stream ends here


def word(state: str = "CLOSED", epoch: int = 0, name: str = "redis") -> dict[str, Any]:
    return {
        "name": name,
        "state": state,
        "epoch": epoch,
        "by": "ann",
        "why": "swap",
        "retry_in_s": None,
        "trial": "check",
        "failures": 3,
        "reset_after_s": 30.0,
        "hosts": ["127.0.0.1:6379"],
    }


def words(*some: dict[str, Any], is_whole: bool = True) -> dict[str, Any]:
    return {"breakers": list(some), "is_whole": is_whole}


class FakeConductor:
    """`streams` counts those that were opened, `posted` has what came by POST."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "c.sock"
        self.url = f"unix:{self.path}"
        self.refuses: tuple[int, str] | None = None  # status and detail of a stream
        self.post_status = 200
        self.first: list[object] = [words(word())]  # what each stream begins with
        self.asked: list[str] = []
        self.posted: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._lines: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._sock: socket.socket | None = None
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "FakeConductor":
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.go()

    def listen(self) -> None:
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sock.bind(str(self.path))
        self._sock.listen()
        self._run(self._accept, self._sock)

    def go(self) -> None:
        """Die: what is connected ends."""
        if self._sock is None:
            return
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._sock = None
        self.path.unlink()
        self._lines.put(END)
        for thread in self._threads:
            thread.join(DEADLINE_S)
        self._lines = queue.SimpleQueue()
        self._threads.clear()

    def say(self, line: object) -> None:
        """Send a line on the stream: an object, bytes as they are, or END."""
        self._lines.put(line)

    def post(self) -> dict[str, Any]:
        """Return what is posted next."""
        return self.posted.get(timeout=DEADLINE_S)

    def post_with(self, key: str) -> dict[str, Any]:
        while key not in (said := self.post()):
            pass
        return said

    def _run(self, work: Any, *about: object) -> None:
        thread = threading.Thread(target=work, args=about, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, sock: socket.socket) -> None:
        while True:
            try:
                one, _ = sock.accept()
            except OSError:
                return
            self._run(self._serve, one)

    def _serve(self, one: socket.socket) -> None:
        with one, suppress(OSError):
            got = b""
            while b"\r\n\r\n" not in got:
                got += one.recv(65_536)
            head, _, body = got.partition(b"\r\n\r\n")
            first = head.split(b"\r\n")[0].decode()
            self.asked.append(first)
            if first.startswith("POST"):
                self._take(one, head, body)
            else:
                self._stream(one)

    def _take(self, one: socket.socket, head: bytes, body: bytes) -> None:
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += one.recv(65_536)
        self.posted.put(json.loads(body))
        one.sendall(f"HTTP/1.0 {self.post_status} X\r\n\r\n{{}}".encode())

    def _stream(self, one: socket.socket) -> None:
        if self.refuses is not None:
            status, detail = self.refuses
            body = json.dumps({"detail": detail})
            one.sendall(f"HTTP/1.0 {status} X\r\n\r\n{body}".encode())
            return
        hello = {"hello": {"client": "c1", "report_s": 0.1}}
        one.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        for line in [hello, *self.first]:
            one.sendall(_bytes(line))
        lines = self._lines
        while (line := lines.get()) is not END:
            one.sendall(_bytes(line))


def _bytes(line: object) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
