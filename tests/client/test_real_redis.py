"""A program's calls to a real Redis, and the conductor between them."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL

import pytest

from conductor_tui.client import Breaker, Client, Rejected
from tests.cli.serving import DEADLINE_S, Serving
from tests.cli.serving import daemon as conductor
from tests.servers.daemon import free_port
from tests.servers.redis import redis_server

pytestmark = pytest.mark.server
SETTINGS = """
[[platform]]
name = "redis"
probe = "redis"
target = "127.0.0.1:{port}"
interval = "{interval}"
breaker = {{ failures = 3, reset_after = "1s" }}
"""
PACE_S = 0.005
pace = threading.Event()  # never set: a wait is a pause between calls


class Caller:
    """Pings through the breaker, on a connection for each call."""

    def __init__(self, client: Client, port: int) -> None:
        self.client, self._port = client, port
        self.breaker: Breaker = client.breaker("redis")

    def ask(self, command: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._port), 5) as sock:
            sock.sendall(command + b"\r\n")
            return sock.recv(65_536)

    def call(self) -> str:
        """Return "passed", how it failed, or why it was rejected."""
        try:
            with self.breaker:
                assert self.ask(b"PING") == b"+PONG\r\n"
        except Rejected as no:
            return no.reason
        except OSError:
            return "failed"
        return "passed"

    @property
    def pings(self) -> int:
        """How many PING the server has counted, without those of the checks: they
        come on a connection of their own, once in ten minutes here.
        """
        found = re.search(rb"cmdstat_ping:calls=(\d+)", self.ask(b"INFO commandstats"))
        return int(found[1]) if found else 0

    def until(self, outcome: str) -> list[str]:
        """Call until it ends so; return how the calls before ended."""
        before: list[str] = []
        for _ in range(int(DEADLINE_S / PACE_S)):
            now = self.call()
            if now == outcome:
                return before
            before.append(now)
            pace.wait(PACE_S)
        raise AssertionError(f"never {outcome}: {before[-1]}")


@contextmanager
def table(folder: Path, port: int, interval: str) -> Iterator[tuple[Serving, Caller]]:
    text = SETTINGS.format(port=port, interval=interval)
    with conductor(text) as serving:
        serving.serve()
        with Client("bot", url=f"unix:{serving.socket}") as client:
            assert client.wait(DEADLINE_S)
            yield serving, Caller(client, port)


def test_while_it_is_held_nothing_reaches_the_server(tmp_path: Path) -> None:
    with (
        redis_server(tmp_path) as port,
        table(tmp_path, port, "10m") as (_, caller),
    ):
        assert caller.call() == "passed"
        caller.client.trip("redis", why="swap")
        caller.until("held")
        before = caller.pings
        assert {caller.call() for _ in range(100)} == {"held"}
        assert caller.pings == before > 0
        caller.client.reset("redis")
        caller.until("passed")
        assert caller.pings > before


def test_a_hold_outlives_a_conductor_that_is_killed(tmp_path: Path) -> None:
    with (
        redis_server(tmp_path) as port,
        table(tmp_path, port, "10m") as (serving, caller),
    ):
        caller.client.trip("redis", why="swap")
        caller.until("held")
        before = caller.pings
        serving.end(SIGKILL)
        while caller.client.is_connected:
            assert caller.call() == "held"
        assert {caller.call() for _ in range(100)} == {"held"}
        serving.serve()
        while not caller.client.is_connected:
            assert caller.call() == "held"
        assert {caller.call() for _ in range(100)} == {"held"}
        assert caller.pings == before
        caller.client.reset("redis")
        assert set(caller.until("passed")) <= {"held"}


def test_a_server_that_dies_is_left_alone_until_it_is_back(tmp_path: Path) -> None:
    port = free_port()
    with table(tmp_path, port, "200ms") as (_, caller):
        with redis_server(tmp_path, port=port):
            caller.until("passed")
        assert set(caller.until("open")) <= {"passed", "failed", "own", "half_open"}
        with redis_server(tmp_path, port=port):
            ended = set(caller.until("passed"))
            assert ended <= {"open", "half_open", "own", "failed"}
            assert caller.client.snapshot()["platforms"][0]["traffic"]["clients"] == 1


def test_without_a_conductor_its_own_failures_open_it(tmp_path: Path) -> None:
    port = free_port()
    with Client("bot", url=f"unix:{tmp_path}/none", first_word_s=0.05) as client:
        client.breaker("redis", reset_after_s=0.1)
        caller = Caller(client, port)
        assert [caller.call() for _ in range(4)] == ["failed"] * 3 + ["own"]
        with redis_server(tmp_path, port=port):
            assert set(caller.until("passed")) <= {"own", "failed"}
            assert [caller.call() for _ in range(4)] == ["passed"] * 4
