"""What happens, from the conductor's stream, for as long as somebody wants to know."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from conductor_tui.client.dialing import (
    Place,
    RefusedError,
    exchange,
    lines,
    open_stream,
)
from conductor_tui.domain.errors import AskRefused, NobodyListens

SILENT_S, LONGEST_WAIT_S = 10.0, 5.0
_GONE = (404, 503)  # it is about to stop, or has only just begun


class Watch:
    """Iterate it once. `close`, from any thread, ends that."""

    def __init__(self, to: Place, since: str | None) -> None:
        self._to, self._since = to, since
        self._sock: socket.socket | None = None
        self._closing = threading.Event()
        self._last = -1
        self._host: tuple[object, object] | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self._since is not None:
            yield from self._past(self._since)
        failures = 0
        while not self._closing.is_set():
            try:
                for event in self._live():
                    failures = 0
                    yield event
            except (OSError, NobodyListens):
                pass
            except RefusedError as error:
                if error.status not in _GONE:
                    raise AskRefused(str(error), error.status) from error
            failures += 1
            longest = min(LONGEST_WAIT_S, 0.1 * 2 ** min(failures, 10))
            self._closing.wait(random.uniform(0.05, longest))

    def close(self) -> None:
        self._closing.set()
        sock = self._sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _past(self, since: str) -> Iterator[dict[str, Any]]:
        path = f"/v1/events?since={quote(since)}&limit=10000"
        answer = exchange(self._to, "GET", path, within_s=SILENT_S)
        if answer.status != 200:
            raise AskRefused(answer.words, answer.status)
        for event in answer.document.get("events", []):
            self._last = max(self._last, int(event["seq"]))
            yield event

    def _live(self) -> Iterator[dict[str, Any]]:
        with open_stream(self._to, "/v1/stream", SILENT_S) as sock:
            self._sock = sock
            if self._closing.is_set():  # while it dialled: there was no socket to shut
                return
            for line in lines(sock):
                if "hello" in line:
                    self._meet(line["hello"])
                elif "complete" in line:  # what came before is the past
                    self._last = max(self._last, int(line["complete"]))
                for event in line.get("events", []):
                    if int(event["seq"]) > self._last:
                        self._last = int(event["seq"])
                        yield _shown(event)

    def _meet(self, hello: dict[str, Any]) -> None:
        """Another conductor, or one without a journal, may count from 0 again."""
        host = (hello.get("host"), hello.get("pid"))
        if self._host is not None and self._host != host:
            self._last = -1
        self._host = host


def _shown(envelope: dict[str, Any]) -> dict[str, Any]:
    event = {key: one for key, one in envelope["event"].items() if key != "kind"}
    kind = envelope["event"]["kind"]
    return {"seq": envelope["seq"], "at": envelope["at"], "kind": kind, "event": event}
