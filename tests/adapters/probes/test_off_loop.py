"""Blocking readings, taken off the loop and shared."""

import asyncio
import threading

import pytest

from conductor_tui.adapters.probes.off_loop import OffLoop
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops


class Slow:
    """A reading that takes until it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        assert self.go_on.wait(timeout=10)
        return self.calls


@on_both_loops
async def test_those_who_ask_meanwhile_share_one_reading() -> None:
    slow = Slow()
    shared = OffLoop(slow)
    tasks = [asyncio.create_task(shared.get()) for _ in range(10)]
    await settle()
    slow.go_on.set()
    assert await asyncio.gather(*tasks) == [1] * 10
    assert await shared.get() == 2


@on_both_loops
async def test_a_cancelled_reader_leaves_the_reading_to_the_others() -> None:
    slow = Slow()
    shared = OffLoop(slow)
    gone, stays = (asyncio.create_task(shared.get()) for _ in range(2))
    await settle()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    slow.go_on.set()
    assert await stays == 1


@on_both_loops
async def test_a_hung_reading_costs_one_thread_however_often_it_is_asked() -> None:
    slow = Slow()
    shared = OffLoop(slow)
    for _ in range(20):
        task = asyncio.create_task(shared.get())
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert slow.calls == 1
    slow.go_on.set()


@on_both_loops
async def test_an_error_is_raised_for_everybody_and_not_kept() -> None:
    errors = [OSError("dead mount")]

    def read() -> str:
        if errors:
            raise errors.pop()
        return "fine"

    shared = OffLoop(read, fresh_s=100)
    with pytest.raises(OSError, match="dead mount"):
        await shared.get()
    assert await shared.get() == "fine"


def test_a_loop_that_closed_meanwhile_disturbs_nobody() -> None:
    slow = Slow()
    shared = OffLoop(slow)

    async def leave() -> None:
        task = asyncio.create_task(shared.get())
        await settle()
        task.cancel()

    asyncio.run(leave())
    slow.go_on.set()
    assert asyncio.run(shared.get()) in (1, 2)


async def test_without_a_thread_to_be_had_the_next_call_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    reading = OffLoop(lambda: 7)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            await reading.get()
    assert await reading.get() == 7
