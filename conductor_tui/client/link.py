"""The connection to the conductor: two threads, and nothing that a call waits for.

One reads the stream and gives each breaker its newest word; when the stream ends it is
opened again, after a random wait, for as long as the program lives. The other posts
what the breakers did, about once a second, and at once when a word is in force or a
trial is wanted. Whoever forks gets neither thread: the child begins anew at its next
call, with the words that were known.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from conductor_tui.client.breaker import Breaker
from conductor_tui.client.dialing import (
    Place,
    RefusedError,
    lines,
    open_stream,
    words_of,
)
from conductor_tui.client.logs import warn
from conductor_tui.client.reporting import Reporter
from conductor_tui.client.words import Words
from conductor_tui.domain.errors import NobodyListens

SILENT_S = 10.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 2.0
REPORT_S, SPEAK_WITHIN_S, GOODBYE_S = 1.0, 0.03, 0.5
NOT_LET_IN_S = 30.0  # each time stands in the audit there


class ConductorLink:
    """Satisfies breaker.Link. Everything but `first_word` returns at once."""

    def __init__(
        self, to: Place, name: str, on_lost: str, first_word_s: float, *, report: bool
    ) -> None:
        self.to, self.name, self.on_lost = to, name, on_lost
        self._first_word_s, self._report = first_word_s, report
        self.words = Words(self.wake)
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._told, self._connected = threading.Event(), threading.Event()
        self._closing = threading.Event()
        self._news: SimpleQueue[None] = SimpleQueue()  # a finalizer may wake us too
        self._is_begun, self._is_new = False, True  # new: no conductor knows of us yet
        self._sock: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._id, self._report_s = "", REPORT_S
        self._reporter = Reporter(self.to, self.words.breakers, report=self._report)
        self._trouble = ""
        self.is_told = self.is_connected = False

    # For breakers

    @property
    def lends(self) -> bool:
        return self.is_connected and self._reporter.is_heard

    def breaker(self, name: str, make: Callable[[], Breaker]) -> Breaker:
        """Return the breaker of that name, made if it is new."""
        breaker = self.words.breaker(name, make)
        if self.is_connected:
            self.words.warn_of_unknown()
        return breaker

    def first_word(self) -> None:
        self.begin()
        self._told.wait(self._first_word_s)
        self._be_told()

    async def first_word_async(self) -> None:
        import asyncio

        self.begin()
        if not self._told.is_set():
            await asyncio.to_thread(self._told.wait, self._first_word_s)
        self._be_told()

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is connected; False: it is not."""
        self.begin()
        return self._connected.wait(timeout_s)

    def wake(self) -> None:
        if self._news.empty():
            self._news.put(None)

    @property
    def _is_closed(self) -> bool:
        return self._closing.is_set()

    # From birth to death

    def begin(self) -> None:
        """Start the threads, once."""
        if self._is_begun:
            return
        with self._lock:
            if self._is_begun or self._is_closed:
                return
            works = {"reader": self._read_for_ever, "reporter": self._report_for_ever}
            self._is_begun = True
            try:
                for what, work in works.items():
                    self._start(f"conductor-tui {what}", work)
            except RuntimeError:  # no more threads: the interpreter is at its end
                self._told.set()

    def _start(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """Say what is left to say, within GOODBYE_S, and end. Calls are let through or
        not as the last word and their own failures say.
        """
        with self._lock:
            if self._is_closed:
                return
            self._closing.set()
            self._told.set()
        self.wake()
        until = monotonic() + GOODBYE_S
        current = threading.current_thread()
        others = [one for one in reversed(self._threads) if one is not current]
        for thread in others[:1]:  # the reporter: it says goodbye
            thread.join(max(0.0, until - monotonic()))
        self._hang_up()
        for thread in others[1:]:
            thread.join(max(0.0, until - monotonic()))

    def after_fork(self) -> None:
        """In the child. The parent's sockets are closed without a farewell in its name;
        its locks may be held by threads that are not here.
        """
        sock, is_closed = self._sock, self._is_closed
        if sock is not None:
            with suppress(OSError):
                os.close(sock.detach())
        stands = self.is_told and self._stands_alone
        self._begin()
        if is_closed:
            self._closing.set()
            self._told.set()
        self.words.begin_anew()
        if stands:
            self._told.set()  # the words that were known: nobody waits for others

    @property
    def _stands_alone(self) -> bool:
        """True when what is known decides the same whether anybody is heard or not."""
        every = self.words.mirror.verdicts.values()
        return bool(every) and self.on_lost == "keep" and all(o.stands for o in every)

    # The stream

    def _read_for_ever(self) -> None:
        import random

        failures = 0
        while not self._is_closed:
            began = monotonic()
            may_come = self._read_once()
            failures = 0 if monotonic() - began > LONGEST_WAIT_S else failures + 1
            longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures, 10))
            wait_s = random.uniform(0.0, longest) if may_come else NOT_LET_IN_S
            self._closing.wait(wait_s)

    def _read_once(self) -> bool:
        """Follow the stream until it ends, whyever; False: we are not let in."""
        why, may_come = "the conductor has ended the stream", True
        try:
            with open_stream(self.to, self._path(), SILENT_S) as sock:
                self._sock = sock
                for line in lines(sock):
                    self._take(line)
                    if self._is_closed:
                        break
        except RefusedError as error:
            why, may_come = str(error), error.status not in (401, 403)
        except (OSError, NobodyListens) as error:
            why = words_of(error)
        except Exception as error:  # whatever it says: who reads must not die of it
            why = f"a line that cannot be read: {type(error).__name__} {error}"
        finally:
            self._sock = None
            self._lost(why)
        return may_come

    def _path(self) -> str:
        from urllib.parse import urlencode

        said = {"name": self.name, "pid": os.getpid(), "host": socket.gethostname()}
        if self._is_new:
            said["new"] = 1
        return f"/v1/clients/stream?{urlencode(said)}"

    def _take(self, line: dict[str, Any]) -> None:
        if "hello" in line:
            self._id = _identifier(str(line["hello"]["client"]))
            self._report_s = min(60.0, max(0.1, float(line["hello"]["report_s"])))
            return
        if "breakers" in line:
            self._be_connected()
        self.words.take(line)
        if not line.keys().isdisjoint(("breakers", "is_whole")):
            self._be_told()
            self.words.warn_of_unknown()
            self.wake()

    def _be_connected(self) -> None:
        self._reporter.begin()
        if self.is_connected:
            return
        self.is_connected, self._is_new = True, False
        self._connected.set()
        if self._trouble:
            warn("%s: connected again", self.to.words)
            self._trouble = ""
        self.words.hear_connection()

    def _be_told(self) -> None:
        self._told.set()
        if not self.is_told:
            self.is_told = True

    def _lost(self, why: str) -> None:
        was_connected, self.is_connected, self._id = self.is_connected, False, ""
        self._connected.clear()
        if not self._trouble and not self._is_closed:  # once, until it is heard again
            self._trouble = why
            kept = "their last word is kept" if self.on_lost == "keep" else self.on_lost
            warn("%s: %s; breakers: %s", self.to.words, why, kept)
        if was_connected:
            self.words.hear_connection()
        self._be_told()

    def _hang_up(self) -> None:
        sock = self._sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # its reader wakes

    # Reports

    def _report_for_ever(self) -> None:
        import random

        while not self._is_closed:
            with suppress(Empty):
                self._news.get(timeout=self._report_s)
            # all who heard the same word would speak at once, and to hear comes first
            self._closing.wait(random.uniform(0.0, SPEAK_WITHIN_S))
            self._post()
        self._post()

    def _post(self) -> None:
        client = self._id
        if client and self.is_connected:
            self._reporter.post(client)


def _identifier(said: str) -> str:
    """Return it. Raises ValueError for what could be no part of an address."""
    if not said.isalnum():
        raise ValueError(f"no id of a client: {said[:40]!r}")
    return said
