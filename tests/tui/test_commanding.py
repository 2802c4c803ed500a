"""Commands as they are built, and every sentence that may answer one."""

from dataclasses import replace

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import CheckNow, Command, TripBreaker, platform_of
from conductor_tui.domain.events import CommandAnswered, Event
from conductor_tui.domain.fold import KEPT_EVENTS, replay
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui import commanding
from conductor_tui.tui.commanding import Operator
from conductor_tui.tui.ledger import Ledger, Tone
from tests.build import added, history, hold, moved

ME = Operator(by="root", origin="ssh from 10.0.0.2")
API = PlatformName("api")


def state(*events: Event) -> Snapshot:
    return replay(Snapshot(), history(added("api"), *events))


def asked(id: str = "a" * 32) -> CheckNow:
    return CheckNow(id=CommandId(id), platform=API, by="root")


def tripped(id: str = "a" * 32) -> TripBreaker:
    return TripBreaker(
        id=CommandId(id), platform=API, by="root", epoch=Epoch(0), why="x"
    )


def answer(
    to: Command, verb: str = "check", words: str = "check started", granted: bool = True
) -> CommandAnswered:
    return CommandAnswered(
        command=to.id,
        verb=verb,
        platform=platform_of(to),
        granted=granted,
        words=words,
        by="root",
    )


def held(by: Command, epoch: int = 1) -> Event:
    change = moved("api", BreakerState.HELD, epoch=epoch, held=hold())
    return replace(change, command=by.id)


def test_an_aim_does_not_move() -> None:
    aim = commanding.take_aim(state(), API)
    assert aim is not None
    assert (aim.platform, aim.epoch, aim.state) == (API, 0, BreakerState.CLOSED)
    after = state(moved("api", BreakerState.OPEN, epoch=3))
    assert commanding.moved_on(aim, after) == "moved on: CLOSED -> OPEN"
    assert commanding.moved_on(aim, state()) == ""


def test_a_breaker_that_left_a_state_and_came_back_is_told_as_such() -> None:
    aim = commanding.take_aim(state(moved("api", BreakerState.OPEN, epoch=1)), API)
    assert aim is not None
    after = state(moved("api", BreakerState.OPEN, epoch=3))
    told = commanding.moved_on(aim, after)
    assert told == "moved on: it left OPEN, and is OPEN again"


@pytest.mark.parametrize("name", [None, PlatformName("db")])
def test_there_is_no_aim_without_a_platform(name: PlatformName | None) -> None:
    assert commanding.take_aim(state(), name) is None


def test_an_aim_at_what_is_gone_says_so() -> None:
    aim = commanding.take_aim(state(), API)
    assert aim is not None
    assert commanding.moved_on(aim, Snapshot()) == "api is no longer watched"


def test_a_command_names_its_author_and_has_a_uuid() -> None:
    aim = commanding.take_aim(state(), API)
    assert aim is not None
    command = commanding.release(aim, ME)
    assert (command.by, command.origin) == (ME.by, ME.origin)
    assert len(command.id) == 32
    assert int(command.id, 16)


def test_only_our_own_commands_are_answered_here() -> None:
    ledger = Ledger()
    ledger.sent(asked(), now=0.0)
    assert ledger.hear(state(answer(asked("b" * 32))), 0.1) is None


def test_an_answer_is_said_once() -> None:
    ledger = Ledger()
    ledger.sent(asked(), now=0.0)
    snapshot = state(answer(asked()))
    said = ledger.hear(snapshot, 0.1)
    assert said is not None
    assert (said.text, said.tone) == ("api: check started", Tone.DONE)
    assert ledger.hear(snapshot, 0.2) is None


def test_a_refusal_has_its_own_tone() -> None:
    ledger = Ledger()
    ledger.sent(asked(), now=0.0)
    said = ledger.hear(state(answer(asked(), words="read-only", granted=False)), 0.1)
    assert said is not None
    assert (said.text, said.tone) == ("check api refused: read-only", Tone.REFUSED)


def test_an_answer_is_awaited_for_3_seconds() -> None:
    ledger = Ledger()
    ledger.sent(asked(), now=10.0)
    assert ledger.hear(state(), 12.9) is None
    said = ledger.hear(state(), 13.0)
    assert said is not None
    assert said.text.startswith("no answer to check api within 3 s")
    assert ledger.hear(state(), 14.0) is None


def test_an_answer_that_comes_after_all_is_still_said() -> None:
    ledger = Ledger()
    ledger.sent(tripped(), now=0.0)
    ledger.hear(state(), 3.0)
    said = ledger.hear(state(held(tripped()), answer(tripped(), "trip", "HELD")), 9.0)
    assert said is not None
    assert said.text == "tripped api: HELD · U undoes"


def test_undo_aims_at_the_epoch_that_the_command_left_behind() -> None:
    ledger = Ledger()
    ledger.sent(tripped(), now=0.0)
    ledger.hear(state(held(tripped(), 5), answer(tripped(), "trip", "HELD")), 1.0)
    (undo,) = ledger.undo(ME, 11.0)
    assert (undo.platform, undo.epoch, undo.by) == (API, 5, "root")
    assert ledger.undo(ME, 11.0) == ()  # once


def test_undo_ends_after_10_seconds() -> None:
    ledger = Ledger()
    ledger.sent(tripped(), now=0.0)
    ledger.hear(state(held(tripped()), answer(tripped(), "trip", "HELD")), 1.0)
    assert ledger.can_undo(11.0)
    assert not ledger.can_undo(11.1)
    assert ledger.undo(ME, 11.1) == ()


def test_undo_ends_when_something_else_moves_the_breaker() -> None:
    ledger = Ledger()
    ledger.sent(tripped(), now=0.0)
    before = [held(tripped()), answer(tripped(), "trip", "HELD")]
    ledger.hear(state(*before), 1.0)
    assert ledger.can_undo(2.0)
    ledger.hear(state(*before, moved("api", BreakerState.HALF_OPEN, epoch=2)), 2.0)
    assert not ledger.can_undo(2.0)


def test_a_long_name_does_not_push_out_what_came_of_the_command() -> None:
    ledger, command = Ledger(), replace(asked(), platform=PlatformName("n" * 64))
    ledger.sent(command, now=0.0)
    said = ledger.hear(state(answer(command)), 0.1)
    assert said is not None
    assert said.text == "n" * 31 + "…: check started"


def test_a_check_in_between_leaves_the_undo_as_it_is() -> None:
    ledger = Ledger()
    trip, check = tripped(), asked("c" * 32)
    ledger.sent(trip, now=0.0)
    ledger.sent(check, now=0.0)
    ledger.hear(state(held(trip), answer(trip, "trip", "HELD"), answer(check)), 1.0)
    assert ledger.can_undo(2.0)


def test_an_undo_cannot_be_undone() -> None:
    ledger = Ledger()
    trip = tripped()
    ledger.sent(trip, now=0.0)
    ledger.hear(state(held(trip), answer(trip, "trip", "HELD")), 1.0)
    (undo,) = ledger.undo(ME, 2.0)
    ledger.sent(undo, now=2.0)
    ledger.hear(
        state(
            held(trip),
            answer(trip, "trip", "HELD"),
            held(undo, 2),
            answer(undo, "undo", "undone: CLOSED again"),
        ),
        3.0,
    )
    assert not ledger.can_undo(3.0)


def test_a_session_that_starts_again_is_read_from_its_beginning() -> None:
    ledger = Ledger()
    ledger.hear(state(*[added(str(n)) for n in range(9)]), 0.0)
    ledger.sent(asked(), now=1.0)
    assert ledger.hear(state(answer(asked())), 1.1) is not None


def test_more_answers_at_once_than_the_log_keeps_are_all_heard_and_undone() -> None:
    names = [f"p{n}" for n in range(KEPT_EVENTS)]
    watched = [added(name) for name in names]
    trips = [
        replace(tripped(f"{n:032}"), platform=PlatformName(name))
        for n, name in enumerate(names)
    ]
    came = [
        event
        for trip, name in zip(trips, names, strict=True)
        for event in (
            replace(moved(name, BreakerState.HELD, held=hold()), command=trip.id),
            answer(trip, "trip", "HELD until somebody resets it"),
        )
    ]
    ledger = Ledger()
    ledger.hear(replay(Snapshot(), history(*watched)), 0.0)
    ledger.sent(*trips, now=0.0)
    said = ledger.hear(replay(Snapshot(), history(*watched, *came)), 1.0)
    assert said is not None
    assert said.text.startswith(f"{len(names)} tripped: HELD until")
    assert ledger.hear(replay(Snapshot(), history(*watched, *came)), 9.0) is None
    assert len(ledger.undo(ME, 9.0)) == len(names)
