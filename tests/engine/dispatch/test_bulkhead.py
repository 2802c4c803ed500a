"""So many at once, so many wait, and no more; nobody is lost on the way."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.engine.dispatch.bulkhead import Bulkhead, Full
from conductor_tui.testing import settle


async def hold(
    bulkhead: Bulkhead, until: asyncio.Event, diary: list[str], name: str, priority: int
) -> None:
    async with bulkhead.place(priority):
        diary.append(name)
        await until.wait()


async def test_so_many_run_so_many_wait_and_the_next_is_turned_away() -> None:
    bulkhead, until, diary = Bulkhead(2, 1), asyncio.Event(), list[str]()
    tasks = [
        asyncio.create_task(hold(bulkhead, until, diary, name, 0)) for name in "abc"
    ]
    await settle()
    assert (bulkhead.under_way, bulkhead.waiting, diary) == (2, 1, ["a", "b"])
    with pytest.raises(Full, match="2 are under way and 1 wait already"):
        async with bulkhead.place():
            pass
    until.set()
    await asyncio.gather(*tasks)
    assert diary == ["a", "b", "c"]
    assert (bulkhead.under_way, bulkhead.waiting) == (0, 0)


async def test_the_higher_priority_goes_first_then_who_came_first() -> None:
    bulkhead, diary = Bulkhead(1, 9), list[str]()
    until = asyncio.Event()
    order = [("first", 0), ("low", -1), ("a", 0), ("high", 5), ("b", 0)]
    tasks = []
    for name, priority in order:
        tasks.append(asyncio.create_task(hold(bulkhead, until, diary, name, priority)))
        await settle()
    until.set()
    await asyncio.gather(*tasks)
    assert diary == ["first", "high", "a", "b", "low"]


async def test_one_that_is_called_off_while_it_waits_leaves_no_hole() -> None:
    bulkhead, until, diary = Bulkhead(1, 9), asyncio.Event(), list[str]()
    tasks = [
        asyncio.create_task(hold(bulkhead, until, diary, name, 0)) for name in "abc"
    ]
    await settle()
    tasks[1].cancel()
    await settle()
    assert bulkhead.waiting == 1
    until.set()
    await asyncio.gather(tasks[0], tasks[2])
    assert diary == ["a", "c"]
    assert bulkhead.under_way == 0


async def test_one_that_is_called_off_as_it_is_let_in_gives_its_place_on() -> None:
    bulkhead, diary = Bulkhead(1, 9), list[str]()
    first, later = asyncio.Event(), asyncio.Event()
    a = asyncio.create_task(hold(bulkhead, first, diary, "a", 0))
    await settle()
    b = asyncio.create_task(hold(bulkhead, later, diary, "b", 0))
    c = asyncio.create_task(hold(bulkhead, later, diary, "c", 0))
    await settle()
    first.set()
    a.add_done_callback(lambda _: b.cancel())  # in the same turn as b is let in
    await settle()
    later.set()
    await asyncio.gather(a, c)
    await settle()
    assert diary[-1] == "c"
    assert (bulkhead.under_way, bulkhead.waiting) == (0, 0)


async def test_more_room_lets_those_in_that_wait() -> None:
    bulkhead, until, diary = Bulkhead(1, 9), asyncio.Event(), list[str]()
    tasks = [
        asyncio.create_task(hold(bulkhead, until, diary, name, 0)) for name in "abc"
    ]
    await settle()
    bulkhead.resize(3, 9)
    await settle()
    assert bulkhead.under_way == 3
    until.set()
    await asyncio.gather(*tasks)


@given(
    at_once=st.integers(1, 4),
    waiting=st.integers(0, 4),
    steps=st.lists(st.sampled_from("+-x"), max_size=40),
)
async def test_whatever_happens_the_limits_hold_and_everybody_is_served(
    at_once: int, waiting: int, steps: Sequence[str]
) -> None:
    bulkhead, diary = Bulkhead(at_once, waiting), list[str]()
    running: list[tuple[asyncio.Task[None], asyncio.Event]] = []
    for number, step in enumerate(steps):
        if step == "+":
            until = asyncio.Event()
            work = hold(bulkhead, until, diary, str(number), number % 3)
            running.append((asyncio.create_task(work), until))
        elif running:
            task, until = running.pop(0 if step == "-" else -1)
            until.set() if step == "-" else task.cancel()
        await settle()
        assert bulkhead.under_way <= at_once
        assert bulkhead.waiting <= waiting
        if bulkhead.waiting:
            assert bulkhead.under_way == at_once
    for _, until in running:
        until.set()
    await asyncio.gather(*(task for task, _ in running), return_exceptions=True)
    await settle()
    assert (bulkhead.under_way, bulkhead.waiting) == (0, 0)
