"""Dead letters: kept before they are accepted, redriven in order and paced, given up,
discarded; what a crash leaves, and what there is no room for.
"""

from dataclasses import replace
from itertools import pairwise

import pytest

from conductor_tui.domain.dead_letter import KEPT_ERRORS, LetterState
from conductor_tui.domain.dispatch import (
    DispatchOutcome,
    DispatchSettings,
    DispatchSpec,
    LetterLimits,
)
from conductor_tui.domain.ids import LetterId
from conductor_tui.domain.letter_events import (
    LetterGivenUp,
    LettersDelivered,
    LettersUnread,
    LettersWait,
)
from conductor_tui.domain.plugin_calls import PluginError, RequestRefused
from conductor_tui.testing import settle
from tests.engine.dispatch.fakes import FakeLetterJournal, sender

D = DispatchOutcome
ONCE = DispatchSpec(retry=replace(DispatchSpec().retry, attempts=1))


async def test_what_cannot_be_delivered_is_kept_before_it_is_said_so() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("gone")]
        done = await here.send({"n": 1}, metadata={"from": "ann"}, by="ann")
        assert (done.outcome, done.letter, done.words) == (D.KEPT, 1, "gone")
        assert here.journal.hard == [1]
        letter = here.requests.letter(LetterId(1))
        assert letter is not None
        assert letter.request.payload == {"n": 1}
        [error] = letter.errors
        assert (error.platform, error.words, error.attempts) == ("echo", "gone", 1)
        await here.clock.advance(0.5)
        [view] = here.told
        assert (view.to, view.by, view.error) == ("echo", "ann", "gone")


@pytest.mark.parametrize(
    ("error", "more", "outcome"),
    [
        (RequestRefused("no such room"), {}, D.REFUSED),
        (PluginError("gone"), {"keep": False}, D.FAILED),
    ],
)
async def test_what_is_not_to_be_kept_is_not(
    error: PluginError, more: dict[str, object], outcome: DispatchOutcome
) -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [error]
        assert (await here.send(**more)).outcome is outcome
        assert not here.letters


async def test_it_is_redriven_after_1_2_4_and_more_seconds_and_then_given_up() -> None:
    spec = replace(ONCE, redrives=6, redrive_rate=1000.0)
    async with sender(spec_=spec) as here:
        here.worker().replies = [PluginError(f"gone {n}") for n in range(7)]
        await here.send()
        asked = []
        for _ in range(800):
            await here.clock.advance(0.1)
            asked.append(len(here.asked()))
        at = [0.0, *(asked.index(n) / 10 for n in range(2, 8))]
        waits = [later - sooner for sooner, later in pairwise(at)]
        assert waits == pytest.approx([1, 2, 4, 8, 16, 30], abs=0.2)
        [view] = here.letters
        assert (view.state, view.redrives, view.attempts) == (
            LetterState.GIVEN_UP,
            6,
            7,
        )
        [told] = here.staged.told(LetterGivenUp)
        assert isinstance(told, LetterGivenUp)
        assert told.why == "after 6 redrives: gone 6"
        assert here.journal.letters[LetterId(1)].view.state is LetterState.GIVEN_UP


async def test_while_it_is_held_100_wait_and_then_arrive_in_order_and_paced() -> None:
    async with sender() as here:
        await here.trip()
        for n in range(100):
            done = await here.send(n)
            assert done.outcome is D.KEPT
        assert not here.asked()
        assert len(here.letters) == 100
        await here.clock.advance(120)
        assert not here.asked()
        await here.reset()
        counts = []
        for _ in range(12):
            await here.clock.advance(1)
            counts.append(len(here.asked()))
        assert here.asked() == list(range(100))
        steps = [b - a for a, b in pairwise(counts)]
        assert max(steps) <= 11
        assert not here.letters
        assert not here.journal.letters
        waited = here.staged.told(LettersWait)
        assert [one.why for one in waited if isinstance(one, LettersWait)] == [
            "breaker HELD"
        ]
        [through] = here.staged.told(LettersDelivered)
        assert through == LettersDelivered(to="echo", count=100)


async def test_that_some_cannot_be_read_is_told() -> None:
    journal = FakeLetterJournal()
    journal.words = "3 dead letters in the journal cannot be read"
    async with sender(journal=journal) as here:
        [told] = here.staged.told(LettersUnread)
        assert told == LettersUnread(why=journal.words)


async def test_a_redrive_that_its_breaker_refuses_does_not_count() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("gone")]
        await here.send()
        await here.trip()
        await here.clock.advance(60)
        [view] = here.letters
        assert (view.redrives, view.state) == (0, LetterState.WAITING)
        await here.reset()
        await here.clock.advance(2)
        assert not here.letters


async def test_one_that_fails_lets_the_others_by() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("poison") for _ in range(3)]
        await here.send("bad")
        await here.clock.advance(1.5)
        await here.trip()
        for n in range(3):
            await here.send(n)
        await here.reset()
        await here.clock.advance(1.2)
        assert here.asked()[-3:] == [0, 1, 2]
        assert [one.id for one in here.letters] == [1]


async def test_one_that_is_refused_waits_for_a_person() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("gone"), RequestRefused("no such room")]
        await here.send()
        await here.clock.advance(3)
        [view] = here.letters
        assert (view.state, view.error) == (LetterState.GIVEN_UP, "no such room")
        await here.clock.advance(120)
        assert len(here.asked()) == 2
        answer = await here.redrive(1)
        assert (answer.granted, answer.verb) == (True, "redrive letters")
        assert answer.words == "1 is redriven now, in the order they came"
        await here.clock.advance(2)
        assert not here.letters
        assert len(here.asked()) == 3


async def test_a_person_discards_with_a_reason_what_is_named() -> None:
    async with sender() as here:
        await here.trip()
        for n in range(4):
            await here.send(n)
        refused = await here.discard(2, why=" ")
        assert (refused.granted, refused.words) == (
            False,
            "a dead letter is discarded with a reason only",
        )
        done = await here.discard(2, 3)
        assert (done.granted, done.words, done.why) == (
            True,
            "2 discarded",
            "sent by hand",
        )
        assert [one.id for one in here.letters] == [1, 4]
        assert list(here.journal.letters) == [1, 4]
        again = await here.discard(2)
        assert again.words == "no dead letter 2: delivered, or discarded"
        nobody = await here.redrive(to="matrix")
        assert nobody.words == "there are no dead letters for matrix"
        later = await here.redrive()
        assert later.words == "2 are redriven later: its breaker is HELD"
        await here.reset()
        await here.clock.advance(2)
        assert here.asked() == [0, 3]


async def test_one_that_is_discarded_on_its_way_does_not_come_back() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("gone"), PluginError("gone again")]
        await here.send()
        journal = here.journal
        await here.discard(1)
        await here.clock.advance(10)
        assert not here.letters
        assert not journal.letters


async def test_without_waiting_it_is_kept_first_and_delivered_behind() -> None:
    async with sender() as here:
        sent = [here.begin(n, wait=False) for n in range(50)]
        await settle(5)
        done = [await one for one in sent]
        assert [one.outcome for one in done] == [D.KEPT] * 50
        assert here.journal.hard == list(range(1, 51))
        await here.clock.advance(0.5)
        assert sorted(map(str, here.asked())) == sorted(map(str, range(50)))
        assert not here.letters
        assert not here.staged.told(LettersWait)


async def test_those_that_come_while_others_wait_stand_behind_them() -> None:
    async with sender() as here:
        await here.trip()
        for n in range(3):
            await here.send(n)
        await here.send(3, wait=False)
        await here.reset()
        await here.send(4, wait=False)
        await here.clock.advance(2)
        assert here.asked() == [0, 1, 2, 3, 4]


async def test_after_a_crash_what_was_kept_goes_on_under_its_number() -> None:
    journal = FakeLetterJournal()
    async with sender(journal=journal) as here:
        await here.trip()
        for n in range(3):
            await here.send(n)
        await here.discard(3)
        left = dict(journal.letters)
    journal.letters = left
    async with sender(journal=journal) as here:
        await here.clock.advance(2)
        assert here.asked() == [0, 1]
        assert not here.letters
        await here.trip()
        assert (await here.send()).letter == 4


async def test_what_the_journal_does_not_take_is_not_accepted() -> None:
    async with sender(spec_=ONCE) as here:
        here.journal.trouble = "the disk is full"
        here.worker().replies = [PluginError("gone")]
        done = await here.send()
        assert (done.outcome, done.letter) == (D.NOT_KEPT, None)
        assert done.words.startswith("gone; what is accepted cannot be kept now: ")
        later = await here.send(wait=False)
        assert (later.outcome, later.letter) == (D.NOT_KEPT, None)
        assert not here.letters
        here.journal.trouble = ""
        assert (await here.send(wait=False)).letter == 3


async def test_until_the_journal_is_ours_nothing_that_could_be_lost_is_taken() -> None:
    journal = FakeLetterJournal()
    journal.trouble = "another conductor keeps it"
    async with sender(journal=journal) as here:
        done = await here.send(wait=False)
        assert done.outcome is D.NOT_KEPT
        assert "another conductor keeps it" in done.words
        assert (await here.send()).outcome is D.DELIVERED
        journal.trouble = ""
        await here.clock.advance(6)
        assert (await here.send(wait=False)).outcome is D.KEPT


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (LetterLimits(count=2), "2 dead letters are kept already"),
        (LetterLimits(size_bytes=10), "the dead letters have 0.0 MB already"),
    ],
)
async def test_where_there_is_no_room_none_is_accepted_and_none_dropped(
    limits: LetterLimits, words: str
) -> None:
    async with sender(requests=DispatchSettings(letters=limits)) as here:
        await here.trip()
        done = [await here.send("1234") for _ in range(3)]
        kept = [one.letter for one in done if one.outcome is D.KEPT]
        assert done[2].outcome is D.NOT_KEPT
        assert words in done[2].words
        assert [one.id for one in here.letters] == kept
        await here.discard(1)
        assert (await here.send("123")).outcome is D.KEPT


async def test_of_what_went_wrong_the_first_and_the_newest_are_kept() -> None:
    spec = replace(ONCE, redrives=30, redrive_rate=1000.0)
    async with sender(spec_=spec) as here:
        here.worker().replies = [PluginError(f"gone {n}") for n in range(20)]
        await here.send()
        while len(here.asked()) < 20:
            await here.clock.advance(1)
        letter = here.requests.letter(LetterId(1))
        assert letter is not None
        words = [one.words for one in letter.errors]
        assert words == ["gone 0", *(f"gone {n}" for n in range(11, 20))]
        assert len(words) == KEPT_ERRORS
        assert letter.view.attempts == 20


async def test_a_platform_that_is_paused_is_not_redriven() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("gone")]
        await here.send()
        await here.staged.pause("moving", name="echo")
        await here.clock.advance(30)
        assert len(here.asked()) == 1
        await here.staged.resume("echo")
        await here.clock.advance(2)
        assert len(here.asked()) == 2
