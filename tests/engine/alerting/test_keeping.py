"""What must survive a crash, on its way into the journal."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from conductor_tui.domain.alert import DeliveryState
from conductor_tui.domain.alert_events import JournalChanged
from conductor_tui.engine.alerting import keeping as keeping_module
from conductor_tui.engine.alerting.keeping import Keeping
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Kept
from conductor_tui.testing import FakeClock, settle
from tests import build
from tests.adapters.journal.records import alert, delivery, silence
from tests.engine.alerting.outboxes import MemoryJournal


class Desk:
    def __init__(self, found: Kept = Kept()) -> None:  # noqa: B008 - it is frozen
        self.clock = FakeClock()
        self.hub = Hub(build.NODE, self.clock)
        self.journal = MemoryJournal(found)
        self.keeping = Keeping(self.journal, self.hub, self.clock)
        self.told: list[str] = []
        self.hub.listen(lambda envelope: self._hear(envelope.event))

    def _hear(self, event: object) -> None:
        if isinstance(event, JournalChanged):
            self.told.append(event.trouble)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    await desk.keeping.open()
    task = asyncio.ensure_future(desk.keeping.run())
    await settle()
    yield desk
    task.cancel()
    await asyncio.wait([task])


async def test_what_is_kept_is_in_the_journal_when_it_returns(desk: Desk) -> None:
    await desk.keeping.keep([alert(), delivery()], ended=[silence()])

    assert desk.journal.kept == [alert(), delivery()]
    assert desk.journal.ended == [silence()]
    assert (desk.keeping.trouble, desk.told) == ("", [])


async def test_without_a_journal_nothing_is_kept_and_it_says_so() -> None:
    clock = FakeClock()
    keeping = Keeping(None, Hub(build.NODE, clock), clock)

    assert await keeping.open() == Kept()
    await keeping.keep([alert()])
    await keeping.close()
    assert keeping.trouble == "there is no journal: nothing survives a restart"


async def test_a_journal_that_cannot_be_opened_is_told_and_stops_nobody() -> None:
    desk = Desk()
    desk.journal.failure = "another conductor-tui keeps it"

    assert await desk.keeping.open() == Kept()
    task = asyncio.ensure_future(desk.keeping.run())
    await settle()
    desk.journal.failure = ""
    await desk.keeping.keep([alert()])
    task.cancel()
    await asyncio.wait([task])

    words = "another conductor-tui keeps it; it is tried again every few seconds"
    assert (desk.keeping.trouble, desk.told) == (words, [words])
    assert desk.journal.kept == []


async def test_how_the_journal_was_found_is_told_for_a_while() -> None:
    desk = Desk(Kept(words="it was damaged"))
    await desk.keeping.open()
    task = asyncio.ensure_future(desk.keeping.run())
    await settle()
    assert desk.told == ["it was damaged"]

    await desk.clock.advance(601)
    task.cancel()
    await asyncio.wait([task])
    assert desk.told == ["it was damaged", ""]


async def test_what_could_not_be_kept_is_told_once_and_kept_later(desk: Desk) -> None:
    desk.journal.failure = "the disk is full"
    await desk.keeping.keep([alert()])
    await desk.keeping.keep([delivery()])
    await desk.clock.advance(20)
    assert desk.told == ["the disk is full"]

    desk.journal.failure = ""
    await desk.clock.advance(5)
    assert desk.journal.kept == [alert(), delivery()]
    assert (desk.told, desk.keeping.trouble) == (["the disk is full", ""], "")


async def test_the_next_keep_tries_again_what_could_not_be_kept(desk: Desk) -> None:
    desk.journal.failure = "the disk is full"
    await desk.keeping.keep([alert()])
    desk.journal.failure = ""
    await desk.keeping.keep([delivery()])

    assert desk.journal.kept == [alert(), delivery()]
    assert desk.told == ["the disk is full", ""]


async def test_of_the_same_record_only_the_newest_is_kept_later(desk: Desk) -> None:
    desk.journal.failure = "the disk is full"
    await desk.keeping.keep([delivery(), silence()])
    await desk.keeping.keep([delivery(state=DeliveryState.SENT)], ended=[silence()])
    desk.journal.failure = ""
    await desk.clock.advance(5)

    assert desk.journal.kept == [delivery(state=DeliveryState.SENT)]
    assert desk.journal.ended == [silence()]


async def test_what_comes_during_a_write_goes_into_the_next_one(desk: Desk) -> None:
    desk.journal.hold = asyncio.Event()
    records = [delivery(number) for number in range(1, 11)]
    keeps = [asyncio.ensure_future(desk.keeping.keep([one])) for one in records]
    await settle()
    desk.journal.hold.set()
    await asyncio.wait(keeps)

    assert desk.journal.kept == records
    assert desk.journal.writes == 2


async def test_a_change_during_its_write_is_written_as_well(desk: Desk) -> None:
    desk.journal.hold = asyncio.Event()
    first = asyncio.ensure_future(desk.keeping.keep([delivery()]))
    await settle()
    sent = delivery(state=DeliveryState.SENT)
    second = asyncio.ensure_future(desk.keeping.keep([sent]))
    await settle()
    desk.journal.hold.set()
    await asyncio.wait([first, second])

    assert desk.journal.kept == [delivery(), sent]


async def test_what_waits_for_a_failing_journal_is_bounded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_module, "MOST_UNKEPT", 3)
    desk.journal.failure = "the disk is full"
    await desk.keeping.keep([delivery(number) for number in range(1, 6)])
    assert desk.told == ["the disk is full; 2 of the oldest records are lost"]

    desk.journal.failure = ""
    await desk.clock.advance(5)
    assert [*desk.journal.deliveries()] == [3, 4, 5]


async def test_its_end_tries_once_more(desk: Desk) -> None:
    desk.journal.failure = "the disk is full"
    await desk.keeping.keep([alert()])
    desk.journal.failure = ""
    await desk.keeping.close()

    assert desk.journal.kept == [alert()]
    assert desk.journal.is_closed
