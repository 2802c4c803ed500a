"""A dashboard elsewhere sees what the engine's own screen would, and says when not."""

import asyncio
import http.client
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from conductor_tui.adapters.api import remote_session, stream
from conductor_tui.adapters.api.client import Client
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.remote_archive import RemoteArchive
from conductor_tui.adapters.api.remote_session import RemoteClock, RemoteSession
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.cli.attaching import daemon_here
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import CheckNow, TripBreaker
from conductor_tui.domain.errors import JournalFailed, NobodyListens, SessionLost
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.engine.local_session import LocalSession
from tests.engine.stage import Stage, stage

API = PlatformName("api")
WITHIN_S = 20.0


@dataclass
class Far:
    """An engine behind a unix socket, and what opens and closes its listener."""

    on: Stage
    path: Path
    open: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]

    async def told(self, session: RemoteSession) -> Snapshot:
        """Return what the session knows once it has all that has happened."""
        return await until(session, lambda seen: seen.seq >= self.on.hub.snapshot.seq)


@asynccontextmanager
async def far(tmp_path: Path) -> AsyncIterator[Far]:
    path = tmp_path / "c.sock"
    async with stage() as on:
        session, loop = LocalSession(on.hub), asyncio.get_running_loop()
        session.attach(loop, on.conductor.control.handle)
        ways: list[HttpWay] = []

        async def begin() -> None:
            inside = Inside(session=session, lobby=on.conductor.lobby, is_daemon=True)
            ways.append(HttpWay(path, inside=inside))
            await ways[-1].open(on.conductor.heart)

        async def end() -> None:
            for way in ways:
                await way.close()
            ways.clear()

        await begin()
        try:
            yield Far(on, path, begin, end)
        finally:
            await end()


@contextmanager
def looking(path: Path, by: str = "ann") -> Iterator[RemoteSession]:
    client = Client(f"unix:{path}")
    session = RemoteSession(
        client, SystemClock(), lambda failures: 0.05, by=by, origin="a test"
    )
    thread = threading.Thread(target=session.run)
    thread.start()
    try:
        yield session
    finally:
        session.stop()
        thread.join(WITHIN_S)
        assert not thread.is_alive()


async def until(session: RemoteSession, holds: Callable[[Snapshot], bool]) -> Snapshot:
    """Follow the session until it holds."""
    async with asyncio.timeout(WITHIN_S):
        while not holds(seen := session.latest()):  # noqa: ASYNC110 - by a thread
            await asyncio.sleep(0.01)
    return seen


def trip(epoch: int = 0, why: str = "swap") -> TripBreaker:
    return TripBreaker(
        id=CommandId(uuid4().hex),
        by="ann",
        origin="pts/3",
        platform=API,
        epoch=Epoch(epoch),
        why=why,
    )


def is_held(seen: Snapshot) -> bool:
    return seen.platforms[API].breaker.state is BreakerState.HELD


def answer_to(command: CommandId) -> Callable[[Snapshot], bool]:
    def has_it(seen: Snapshot) -> bool:
        events = [one.event for one in seen.answers]
        ours = (one for one in events if isinstance(one, CommandAnswered))
        return any(one.command == command for one in ours)

    return has_it


async def test_it_sees_what_the_engine_knows_and_what_happens(tmp_path: Path) -> None:
    async with far(tmp_path) as there:
        with looking(there.path) as session:
            seen = await there.told(session)
            assert list(seen.platforms) == [API]
            assert seen.mode is Mode.LIVE
            await there.on.trip("the disk")
            seen = await until(session, is_held)
            far_view, view = seen.platforms[API], there.on.view()
            assert far_view.breaker == view.breaker
            assert far_view.timeline == view.timeline
            assert far_view.results() == view.results()


async def test_a_command_is_carried_out_and_answered_by_its_id(tmp_path: Path) -> None:
    async with far(tmp_path) as there:
        with looking(there.path) as session:
            await there.told(session)
            command = trip()
            session.send(command)
            seen = await until(session, answer_to(command.id))
            assert seen.platforms[API].breaker.state is BreakerState.HELD
            hold = there.on.view().breaker.hold
            assert hold is not None
            assert hold.by.startswith("ann")
            assert hold.origin.startswith("pts/3, unix socket")
            late = trip(epoch=0)
            session.send(late)
            seen = await until(session, answer_to(late.id))
            last = seen.answers[-1].event
            assert isinstance(last, CommandAnswered)
            assert (last.granted, "too late" in last.words) == (False, True)


async def test_a_command_is_on_its_way_before_any_other_thread_gets_a_turn(
    tmp_path: Path,
) -> None:
    """The screen is drawn anew behind a key press, and holds up all our threads."""
    async with far(tmp_path) as there:
        session = RemoteSession(
            Client(f"unix:{there.path}"),
            SystemClock(),
            lambda failures: 0.05,
            by="ann",
            origin="a test",
        )
        first, second = trip(), trip(why="another")
        session.send(first)  # `run` has no thread here
        session.send(second)  # behind an answer that has not come: it waits
        async with asyncio.timeout(WITHIN_S):
            while not there.on.answers:  # noqa: ASYNC110 - by the server
                await asyncio.sleep(0.01)
        [answer] = there.on.answers
        assert (answer.command, answer.granted) == (first.id, True)
        thread = threading.Thread(target=session.run)
        thread.start()
        try:
            await until(session, answer_to(second.id))
        finally:
            session.stop()
            thread.join(WITHIN_S)


async def test_a_command_that_is_never_heard_is_answered_here(tmp_path: Path) -> None:
    async with far(tmp_path) as there:
        with looking(there.path) as session:
            await there.told(session)
            unknown = replace(trip(), platform=PlatformName("nobody"))
            session.send(unknown)
            seen = await until(session, answer_to(unknown.id))
            last = seen.answers[-1].event
            assert isinstance(last, CommandAnswered)
            assert last.words == "no platform is called 'nobody'"
            assert seen.mode is Mode.LIVE


async def test_when_it_is_not_heard_all_stands_still_until_it_is(
    tmp_path: Path,
) -> None:
    async with far(tmp_path) as there:
        with looking(there.path) as session:
            clock = RemoteClock(session, SystemClock())
            before = await there.told(session)
            await there.close()
            seen = await until(session, lambda one: one.mode is Mode.STALE)
            assert seen.lost is not None
            assert seen.lost.why
            assert seen.platforms == before.platforms
            assert clock.now() == clock.now() == seen.lost.at
            with pytest.raises(SessionLost, match="not heard"):
                session.send(trip())
            await there.open()
            seen = await until(session, lambda one: one.mode is Mode.LIVE)
            assert seen.lost is None
            assert clock.now() > SystemClock().now() - timedelta(days=3650)


async def test_who_looks_is_seen_while_they_do(tmp_path: Path) -> None:
    async with far(tmp_path) as there:
        with looking(there.path) as session, looking(there.path, by="bob") as other:
            await until(session, lambda one: len(one.viewers) == 2)
            await until(other, lambda one: len(one.viewers) == 2)
            names = {one.by.split()[0] for one in session.latest().viewers}
            assert names == {"ann", "bob"}
            assert session.known_as.startswith("ann")
        async with asyncio.timeout(WITHIN_S):
            while there.on.hub.snapshot.viewers:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)
        assert set(there.on.hub.snapshot.visits) >= {session.known_as}


async def test_a_conductor_of_another_protocol_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PROTOCOL", 2)
    async with far(tmp_path) as there:
        with looking(there.path) as session:
            seen = await until(session, lambda one: one.lost is not None)
            assert seen.lost is not None
            assert "speaks protocol 2" in seen.lost.why
            assert "use the same version" in seen.lost.why


async def test_follow_gives_a_snapshot_and_then_what_happens(tmp_path: Path) -> None:
    async with far(tmp_path) as there:
        with looking(there.path) as session:
            await there.told(session)
            frames = session.follow()
            assert isinstance(await anext(frames), Snapshot)
            await there.on.ask(CheckNow(id=there.on.new_id(), by="ann", platform=API))
            async with asyncio.timeout(WITHIN_S):
                frame = await anext(frames)
            assert not isinstance(frame, Snapshot)
            await frames.aclose()  # type: ignore[attr-defined]


async def test_without_a_journal_there_far_away_there_is_no_past(
    tmp_path: Path,
) -> None:
    async with far(tmp_path) as there:
        archive = RemoteArchive(Client(f"unix:{there.path}"))
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as beside:
            asked = loop.run_in_executor(beside, archive.past, there.on.clock.now())
            with pytest.raises(JournalFailed, match="keeps no journal"):
                await asked


async def test_a_daemon_of_another_protocol_is_no_reason_to_run_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PROTOCOL", 2)
    async with far(tmp_path) as there:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as beside:
            asked = loop.run_in_executor(beside, daemon_here, None, there.path)
            with pytest.raises(NobodyListens, match="speaks protocol 2"):
                await asked


def test_what_ended_a_stream_is_said_in_words() -> None:
    words = remote_session._words
    assert words(http.client.IncompleteRead(b"")) == remote_session.CLOSED
    assert words(TimeoutError()) == "nothing was heard for 10 s"
    assert words(ConnectionRefusedError(111, "Connection refused")) == (
        "connection refused"
    )
