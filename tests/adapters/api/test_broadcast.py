"""One stream for all: encoded once, and nobody who is slow holds up another."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from conductor_tui.adapters.api import broadcast
from conductor_tui.adapters.api.broadcast import Broadcast
from conductor_tui.adapters.wire.frames import Parts, parts_of, read_envelopes
from conductor_tui.domain.events import RamJumped
from conductor_tui.domain.fold import replay
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.local_session import LocalSession
from conductor_tui.testing import settle
from tests.engine.stage import Stage, stage

Objects = AsyncGenerator[bytes, None]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "FLUSH_S", 0.0)


@asynccontextmanager
async def broadcasting() -> AsyncIterator[tuple[Stage, Broadcast]]:
    async with stage() as on:
        yield on, Broadcast(LocalSession(on.hub))


async def object_of(objects: Objects) -> dict[str, Any]:
    async with asyncio.timeout(10):
        found: dict[str, Any] = json.loads(await anext(objects))
    return found


async def state_of(objects: Objects) -> Snapshot:
    """Read until a snapshot is complete."""
    parts = Parts()
    while (whole := parts.take(await object_of(objects))) is None:
        pass
    return whole


def happen(on: Stage, count: int) -> None:
    for _ in range(count):
        jumped = RamJumped(
            platform=PlatformName("api"), before_percent=1.0, after_percent=50.0
        )
        on.hub.publish(jumped)


async def caught_up(seen: Snapshot, objects: Objects, on: Stage) -> Snapshot:
    """Read on until all that has happened is known."""
    while seen.seq < on.hub.snapshot.seq:
        envelopes = read_envelopes((await object_of(objects)).get("events", []))
        seen = replay(seen, [one for one in envelopes if one.seq > seen.seq])
    return seen


async def test_a_snapshot_and_what_follows_are_the_state_itself() -> None:
    async with broadcasting() as (on, all_of), aclosing(all_of.read()) as objects:
        seen = await state_of(objects)
        await on.trip("swap")
        happen(on, 3)
        seen = await caught_up(seen, objects, on)
        view = seen.platforms[PlatformName("api")]
        assert (view.breaker, view.timeline) == (on.view().breaker, on.view().timeline)
        assert view.results() == on.view().results()
        assert seen.log == on.hub.snapshot.log


async def test_who_comes_later_misses_nothing() -> None:
    async with broadcasting() as (on, all_of), aclosing(all_of.read()) as first:
        await state_of(first)
        happen(on, 5)
        async with aclosing(all_of.read()) as second:
            seen = await state_of(second)
            happen(on, 5)
            seen = await caught_up(seen, second, on)
        assert seen.log == on.hub.snapshot.log


async def test_a_slow_reader_gets_the_state_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broadcast, "MOST_WAITING", 5_000)
    monkeypatch.setattr(broadcast, "FRESH_S", -1.0)
    async with (
        broadcasting() as (on, all_of),
        aclosing(all_of.read()) as slow,
        aclosing(all_of.read()) as quick,
    ):
        await state_of(slow)
        seen = await state_of(quick)
        for _ in range(10):
            happen(on, 20)
            seen = await caught_up(seen, quick, on)
        again = await state_of(slow)
        assert again.seq == seen.seq
        assert again.log == seen.log


async def test_many_who_come_at_once_share_one_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    def counted(snapshot: Snapshot) -> Any:
        made.append(snapshot.seq)
        return parts_of(snapshot)

    monkeypatch.setattr(broadcast, "parts_of", counted)
    async with broadcasting() as (_, all_of):
        readers = [all_of.read() for _ in range(10)]
        states = await asyncio.gather(*(state_of(one) for one in readers))
        assert len({one.seq for one in states}) == 1
        assert len(made) == 1
        for one in readers:
            await one.aclose()


async def test_while_nobody_reads_nothing_is_done() -> None:
    async with broadcasting() as (on, all_of):
        async with aclosing(all_of.read()) as objects:
            await state_of(objects)
            assert all_of.readers == 1
            assert "stream" in {task.get_name() for task in asyncio.all_tasks()}
        happen(on, 3)
        await settle()
        assert all_of.readers == 0
        assert "stream" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_state_begun_anew_is_told_to_all() -> None:
    async with broadcasting() as (on, all_of), aclosing(all_of.read()) as objects:
        await state_of(objects)
        happen(on, 3000)  # more than the hub holds for one reader
        seen = await state_of(objects)
        assert seen.seq >= on.hub.snapshot.seq - 3000
        assert (await caught_up(seen, objects, on)).log == on.hub.snapshot.log
