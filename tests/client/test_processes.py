"""Forks, pools, cancelled tasks and ends of interpreters, with a real conductor."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from conductor_tui.client import AsyncClient, Client, Rejected
from tests.cli.serving import DEADLINE_S, Serving, daemon

SETTINGS = """
[[platform]]
name = "redis"
probe = "file"
target = "{here}"
interval = "10m"
"""
WAYS = {"return": 0, "exit": 3, "error": 1, "interrupt": -2, "child": 0, "closed": 0}


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    with daemon(SETTINGS) as one:
        one.serve()
        yield one


def url(serving: Serving) -> str:
    return f"unix:{serving.socket}"


@contextmanager
def program(at: str, *argv: str, **environ: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.client.programs", *argv],
        env={**os.environ, **environ, "CONDUCTOR_TUI_URL": at},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: "subprocess.Popen[str]", count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


def test_workers_that_were_forked_from_a_client_obey_as_their_master_does(
    serving: Serving,
) -> None:
    with (
        Client("test", url=url(serving)) as client,
        program(url(serving), "prefork", "3") as process,
    ):
        pids = {line.split()[1] for line in lines(process, 4)}
        client.trip("redis", why="test")
        rejected = lines(process, 4)
        client.reset("redis")
        through = lines(process, 4)
        assert lines(process, 1) == ["ended 0 0 0"]
        assert process.wait(DEADLINE_S) == 0
    assert {line.split()[1] for line in rejected} == pids
    assert {line.split()[2] for line in rejected} == {"rejected"}
    assert {line.split()[1] for line in through} == pids
    assert len(pids) == 4


def test_a_fork_in_the_middle_of_calls_hangs_nobody(serving: Serving) -> None:
    with program(url(serving), "forks", "25") as process:
        out, _ = process.communicate(timeout=2 * DEADLINE_S)
        assert process.returncode == 0
        assert out.split() == ["ended", *["0"] * 25]


@pytest.mark.parametrize("how", WAYS)
def test_an_interpreter_ends_as_its_program_says(serving: Serving, how: str) -> None:
    ends_well(url(serving), how)


@pytest.mark.parametrize("how", WAYS)
def test_an_interpreter_ends_where_nobody_listens(tmp_path: Path, how: str) -> None:
    ends_well(f"unix:{tmp_path}/none", how)


@pytest.mark.parametrize("how", WAYS)
def test_an_interpreter_ends_where_nobody_ever_answers(how: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ends_well(f"http://127.0.0.1:{silent.getsockname()[1]}", how)


def ends_well(at: str, how: str) -> None:
    with program(at, "leave", how) as process:
        out, errors = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == WAYS[how], errors
        assert out.startswith("called")
        assert "Fatal" not in errors
        assert "Exception in thread" not in errors
        expected = {"error": "RuntimeError: as programs do", "interrupt": "Interrupt"}
        assert ("Traceback" in errors) == (how in expected), errors
        assert expected.get(how, "") in errors


def test_calls_of_a_pool_are_all_counted_and_all_stopped(serving: Serving) -> None:
    with Client("pool", url=url(serving)) as client, ThreadPoolExecutor(32) as pool:
        breaker = client.breaker("redis", failures=10_000)  # none of these opens it

        @breaker
        def call(number: int) -> None:
            if number % 10 == 0:
                raise KeyError(number)

        def outcome(number: int) -> str:
            try:
                call(number)
            except KeyError:
                return "failed"
            except Rejected as no:
                return no.reason
            return "passed"

        assert client.wait(DEADLINE_S)
        before = list(pool.map(outcome, range(2000)))
        client.trip("redis", why="test")
        until_state(client, is_admitting=False)
        while_held = list(pool.map(outcome, range(500)))
        client.reset("redis")
        until_state(client, is_admitting=True)
        stats = breaker.stats()
    assert (before.count("failed"), before.count("passed")) == (200, 1800)
    assert set(while_held) == {"held"}
    assert (stats.calls, stats.failed, stats.rejected) == (2000, 200, 500)


def until_state(client: Client, *, is_admitting: bool) -> None:
    """Wait for the conductor's word: it comes behind the answer."""
    breaker = client.breaker("redis")
    for _ in client.events():
        if breaker.is_admitting is is_admitting:
            return


def test_a_trial_whose_task_is_cancelled_is_lent_again(serving: Serving) -> None:
    begun: list[int] = []

    async def scenario() -> None:
        async with AsyncClient("tasks", url=url(serving)) as client:
            breaker = client.breaker("redis", failures=1, reset_after_s=0.01)
            assert await client.wait(DEADLINE_S)
            inside = asyncio.Event()

            async def fails() -> None:
                async with breaker:
                    raise KeyError

            async def tries(number: int) -> None:
                while True:
                    with suppress(Rejected):
                        async with breaker:
                            begun.append(number)
                            inside.set()
                            await asyncio.Event().wait()
                    await asyncio.sleep(0.005)

            with suppress(KeyError):
                await fails()
            for count in (1, 2, 3):
                tasks = [asyncio.create_task(tries(one)) for one in range(20)]
                async with asyncio.timeout(DEADLINE_S):
                    await inside.wait()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                assert len(begun) == count
                inside.clear()
            assert not breaker.is_admitting

    asyncio.run(scenario())
