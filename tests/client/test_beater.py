"""Heartbeats in the background: what must not end them."""

import json
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from conductor_tui.client import Beater, Client
from conductor_tui.domain.errors import NobodyListens

DEADLINE_S = 20.0
SOON_S = 0.02


class Beats:
    """Takes beats as Client does; `refuse` raises at each."""

    def __init__(self) -> None:
        self.refuse: Exception | None = None
        self.tries = threading.Semaphore(0)
        self.taken = threading.Semaphore(0)
        self.said: list[tuple[str, str, object]] = []

    def beat(
        self, agent: str, metadata: Mapping[str, object] | None = None, kind: str = "b"
    ) -> None:
        self.tries.release()
        if self.refuse is not None:
            raise self.refuse
        self.said.append((agent, kind, json.loads(json.dumps(dict(metadata or {})))))
        self.taken.release()


def wait(one: threading.Semaphore, times: int = 1) -> None:
    for _ in range(times):
        assert one.acquire(timeout=DEADLINE_S)


class Changing(dict[str, object]):
    """Another thread puts something in, at the worst moment, once."""

    is_changed = False

    def keys(self) -> Iterator[str]:  # type: ignore[override]
        if not self.is_changed:
            self.is_changed = True
            raise RuntimeError("dictionary changed size during iteration")
        return iter(list(super().keys()))

    __iter__ = keys


@pytest.mark.parametrize(
    "refusal",
    [NobodyListens("gone"), TypeError("set"), RuntimeError("changed size")],
    ids=["nobody listens", "no JSON", "changes meanwhile"],
)
def test_a_beat_that_is_not_sent_is_not_the_last(refusal: Exception) -> None:
    beats = Beats()
    beats.refuse = refusal
    with Beater(beats, "a", SOON_S):
        wait(beats.tries, 3)
        beats.refuse = None
        wait(beats.taken, 2)


def test_metadata_that_raises_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    beats = Beats()
    with Beater(beats, "a", SOON_S, lambda: {"x": 1 / 0}):
        wait(beats.taken, 3)
    assert beats.said[:2] == [("a", "beat", {})] * 2
    assert sum("ZeroDivisionError" in one for one in caplog.messages) == 1


def test_a_dict_that_a_thread_changes_does_not_end_it() -> None:
    beats = Beats()
    with Beater(beats, "a", SOON_S, Changing(queue=7)):
        wait(beats.taken)
    assert beats.said[0] == ("a", "beat", {"queue": 7})


def test_trouble_is_logged_once_and_so_is_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    beats = Beats()
    beats.refuse = NobodyListens("nobody there")
    with Beater(beats, "a", SOON_S):
        wait(beats.tries, 4)
        beats.refuse = None
        wait(beats.taken, 2)
    assert [one for one in caplog.messages if "agent a" in one] == [
        "agent a: nobody there",
        "agent a: its beats are taken again",
    ]


def test_it_stops_and_says_so_and_begins_again() -> None:
    beats = Beats()
    beater = Beater(beats, "a", 1000.0).start()
    wait(beats.taken)
    beater.stop(say_so=True)
    assert [kind for _, kind, _ in beats.said] == ["beat", "stop"]
    with beater:
        wait(beats.taken, 2)


async def test_async_blocks_beat_too() -> None:
    beats = Beats()
    async with Beater(beats, "a", SOON_S):
        wait(beats.taken, 2)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_neither_beats_nor_says_that_its_parent_stopped() -> None:
    beats = Beats()
    with Beater(beats, "a", 1000.0) as beater:
        wait(beats.taken)
        child = os.fork()
        if child == 0:
            before = len(beats.said)
            with suppress(BaseException):
                beater.stop(say_so=True)
            os._exit(0 if len(beats.said) == before else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def answer_one(listening: socket.socket) -> None:
    one, _ = listening.accept()
    with one:
        got = b""
        while not got.endswith(b"}"):
            got += one.recv(65_536)
        one.sendall(b"HTTP/1.0 200 OK\r\n\r\n{}")


def test_it_is_heard_again_by_a_conductor_that_was_restarted(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    client = Client("t", url=f"unix:{path}")
    with client.beater("a", SOON_S):
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(str(path))
                listening.listen()
                listening.settimeout(DEADLINE_S)
                answer_one(listening)
                answer_one(listening)
            path.unlink()
