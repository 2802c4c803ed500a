import asyncio
from functools import partial

from conductor_tui.domain.events import Envelope
from conductor_tui.domain.ids import NodeName, PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.hub import READER_QUEUE, TOLD_AT_MOST, TOLD_WITHIN_S, Hub
from conductor_tui.ports import Frame
from conductor_tui.testing import FakeClock, settle
from tests.build import added, passed


async def follow(hub: Hub, frames: list[Frame]) -> None:
    async for frame in hub.follow():
        frames.append(frame)  # noqa: PERF401 - an extend would keep all to the end


async def test_a_reader_gets_a_snapshot_and_then_every_envelope_without_holes() -> None:
    hub, frames = Hub(NodeName("web-7"), FakeClock()), list[Frame]()
    hub.publish(added("api"))
    task = asyncio.create_task(follow(hub, frames))
    await settle()
    for _ in range(3):
        hub.publish(passed("api"))
        await settle()
    task.cancel()
    first, *rest = frames
    assert isinstance(first, Snapshot)
    assert first.seq == 1
    assert [e.seq for e in rest if isinstance(e, Envelope)] == [2, 3, 4]


async def test_a_reader_that_fell_behind_starts_again_from_a_snapshot() -> None:
    hub, frames = Hub(NodeName("web-7"), FakeClock()), list[Frame]()
    task = asyncio.create_task(follow(hub, frames))
    await settle()
    hub.publish(added("api"))
    for _ in range(READER_QUEUE + 5):
        hub.publish(passed("api"))
    await settle()
    hub.publish(passed("api"))
    await settle()
    task.cancel()
    _, again, last = frames
    assert isinstance(again, Snapshot)
    assert isinstance(last, Envelope)
    assert last.seq == again.seq + 1


async def test_a_reader_that_left_is_forgotten() -> None:
    hub = Hub(NodeName("web-7"), FakeClock())
    task = asyncio.create_task(follow(hub, []))
    await settle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not hub._readers


async def test_what_is_no_news_waits_for_the_next_event_and_goes_before_it() -> None:
    clock = FakeClock()
    hub = Hub(NodeName("web-7"), clock)
    hub.publish(added("api"))
    hub.tell_soon(lambda: passed("api"))
    assert hub.snapshot.seq == 1
    hub.publish(added("db"))
    assert hub.snapshot.platforms[PlatformName("api")].last is not None
    assert [e.seq for e in hub.snapshot.events] == [1, 3]


async def test_what_is_no_news_is_told_in_a_moment_all_the_same() -> None:
    clock = FakeClock()
    hub = Hub(NodeName("web-7"), clock)
    hub.tell_soon(lambda: passed("api"))
    await clock.advance(TOLD_WITHIN_S)
    assert hub.snapshot.seq == 1


async def test_the_end_leaves_nothing_untold() -> None:
    hub = Hub(NodeName("web-7"), FakeClock())
    hub.tell_soon(lambda: passed("api"))
    hub.close()
    assert hub.snapshot.seq == 1


async def test_results_told_together_leave_what_one_after_the_other_would() -> None:
    hubs = [Hub(NodeName("web-7"), FakeClock()) for _ in range(2)]
    frames: list[Frame] = []
    task = asyncio.create_task(follow(hubs[0], frames))
    await settle()
    for hub in hubs:
        hub.publish(added("api"))
        hub.publish(added("db"))
    for name in ("api", "db", "api", "gone"):
        hubs[0].tell_soon(partial(passed, name))
        hubs[1].publish(passed(name))
    hubs[0].close()
    hubs[1].close()
    await settle()
    task.cancel()
    assert hubs[0].snapshot.seq == hubs[1].snapshot.seq == 6
    for name in (PlatformName("api"), PlatformName("db")):
        together, alone = (hub.snapshot.platforms[name] for hub in hubs)
        assert together.results() == alone.results()
        assert together.run == alone.run
    assert [e.seq for e in frames if isinstance(e, Envelope)] == [1, 2, 3, 4, 5, 6]


async def test_what_is_no_news_is_told_at_once_when_there_is_much_of_it() -> None:
    hub = Hub(NodeName("web-7"), FakeClock())
    for _ in range(TOLD_AT_MOST):
        hub.tell_soon(lambda: passed("api"))
    assert hub.snapshot.seq == TOLD_AT_MOST
