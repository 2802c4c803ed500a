"""Who else is here, and what they do."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from conductor_tui.domain.breaker import BreakerState, BreakerView, Hold
from conductor_tui.domain.events import (
    BreakerChanged,
    ConductorStarted,
    Event,
    PlatformPaused,
    PlatformResumed,
    ViewersChanged,
)
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.viewer import Viewer
from conductor_tui.testing import EPOCH
from conductor_tui.tui.neighbours import Neighbours
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import text_of
from conductor_tui.tui.present.viewers import attached, deed_of, in_short
from tests.build import added, moved
from tests.tui import worlds
from tests.tui.shell import OPERATOR, Shell

ANN = Viewer(by="ann", origin="ssh from 10.0.0.9", at=worlds.ago(600))
ROOT = Viewer(by="root", origin="/dev/pts/3", at=worlds.ago(12))
LENS = Lens(worlds.NOW, UTC)
DAEMON = ConductorStarted(by_daemon=True)


def tripped(
    name: str = "api",
    *,
    by: str = "ann",
    why: str = "maintenance",
    command: str | None = "c1",
    epoch: int = 1,
) -> BreakerChanged:
    hold = Hold(by=by, why=why, at=EPOCH, origin="elsewhere")
    return BreakerChanged(
        platform=PlatformName(name),
        was=BreakerState.CLOSED,
        breaker=BreakerView(
            state=BreakerState.HELD, epoch=Epoch(epoch), hold=hold, by=by, since=EPOCH
        ),
        command=CommandId(command) if command else None,
    )


HELD = tripped().breaker
PAUSED = PlatformPaused(
    platform=PlatformName("api"),
    pause=Pause(kind=PauseKind.PAUSED, by="ann", why="backup", at=EPOCH),
    command=CommandId("c2"),
)
CLOSED = replace(moved("api", BreakerState.CLOSED), command=CommandId("c3"))


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        pytest.param(tripped(), "ann tripped api: maintenance", id="a trip"),
        pytest.param(tripped(why=""), "ann tripped api", id="without a why"),
        pytest.param(
            replace(tripped(), breaker=BreakerView(state=BreakerState.OPEN, by="ann")),
            "ann released api",
            id="a release",
        ),
        pytest.param(CLOSED, "checks closed api", id="a close"),
        pytest.param(
            replace(tripped(), breaker=replace(HELD, why="confirmed by bob")),
            "bob confirmed api: maintenance",
            id="a confirmation",
        ),
        pytest.param(
            BreakerChanged(
                platform=PlatformName("api"),
                was=BreakerState.HELD,
                breaker=BreakerView(by="conductor", why="not confirmed: undone"),
            ),
            "conductor closed api: not confirmed: undone",
            id="a trip that was not confirmed",
        ),
        pytest.param(
            BreakerChanged(
                platform=PlatformName("api"),
                was=BreakerState.HELD,
                breaker=BreakerView(state=BreakerState.HALF_OPEN, by="checks"),
            ),
            None,
            id="a hold that ended by itself",
        ),
        pytest.param(PAUSED, "ann paused api: backup", id="a pause"),
        pytest.param(
            PlatformResumed(
                platform=PlatformName("api"), by="ann", why="", command=CommandId("c")
            ),
            "ann resumed api",
            id="a resume",
        ),
        pytest.param(moved("api", BreakerState.OPEN), None, id="by the checks: nobody"),
        pytest.param(replace(PAUSED, command=None), None, id="by its window: nobody"),
        pytest.param(added("api"), None, id="anything else"),
    ],
)
def test_who_did_what(event: Event, sentence: str | None) -> None:
    deed = deed_of(event)
    assert (deed.sentence if deed else None) == sentence


def test_one_alone_is_not_told_that_somebody_is_attached() -> None:
    assert in_short([ROOT]) == ""
    assert in_short([ROOT, ANN]) == "2 attached"


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_header_says_how_many_are_attached(width: int) -> None:
    snapshot = replace(worlds.worst(), viewers=(ROOT, ANN))
    assert "LIVE 14:02:31  2 attached" in text_of(header(snapshot, LENS, width))


def test_a_narrow_header_keeps_its_room_for_the_tally() -> None:
    snapshot = replace(worlds.worst(), viewers=(ROOT, ANN))
    assert "attached" not in text_of(header(snapshot, LENS, 50))


def test_the_list_says_who_from_where_and_since_when() -> None:
    lines = [
        text_of(line).split()
        for line in attached(replace(worlds.empty(), viewers=(ANN, ROOT)), LENS)
    ]
    assert lines == [
        ["Attached"],
        ["ann", "ssh", "from", "10.0.0.9", "13:52:31,", "10", "m"],
        ["root", "/dev/pts/3", "14:02:19,", "12", "s"],
    ]


async def test_what_another_did_is_said_at_once() -> None:
    async with Shell(DAEMON, added("api")).running() as shell:
        await shell.look()
        await shell.tell(tripped())
        assert shell.said == "ann tripped api: maintenance"


async def test_of_several_the_newest_is_said_and_the_others_are_counted() -> None:
    async with Shell(DAEMON, added("api"), added("db")).running() as shell:
        await shell.look()
        await shell.tell(tripped(), tripped("db", command="c2"))
        assert shell.said == "ann tripped db: maintenance (and 1 more)"


async def test_what_was_done_before_we_came_is_not_said_as_if_it_were_now() -> None:
    async with Shell(DAEMON, added("api"), tripped()).running() as shell:
        await shell.look()
        assert shell.said == ""


async def test_without_a_daemon_there_are_no_others() -> None:
    async with Shell(added("api")).running() as shell:
        await shell.look()
        await shell.tell(tripped())
        assert shell.said == ""


async def test_of_our_own_command_only_the_answer_is_said() -> None:
    async with Shell(DAEMON, added("api")).running() as shell:
        await shell.look()
        await shell.press("t", *"why", "enter")
        ours = tripped(by=OPERATOR.by, command=shell.sent[-1].id)
        await shell.answer("HELD until somebody resets it", ours)
        assert shell.said.startswith("tripped api: HELD until somebody resets it")
        await shell.wait(12)
        assert shell.said == ""


async def test_our_answer_is_not_talked_over_but_the_other_is_said_after_it() -> None:
    async with Shell(DAEMON, added("api"), added("db")).running() as shell:
        await shell.look()
        await shell.press("c")
        await shell.answer("check started")
        await shell.tell(tripped("db"))
        assert "check started" in shell.said
        await shell.wait(9)
        assert shell.said == "ann tripped db: maintenance"


def test_what_came_late_after_a_reconnect_is_no_news() -> None:
    neighbours = Neighbours(lambda command: False)
    world = worlds.World()
    world.tell(worlds.ago(100), DAEMON, added("api"))
    neighbours.hear(world.snapshot())
    world.tell(worlds.ago(90), tripped())
    world.tell(worlds.ago(1), added("db"))
    neighbours.hear(world.snapshot())
    assert neighbours.take() == ""


def test_another_history_is_read_from_where_it_stands() -> None:
    neighbours = Neighbours(lambda command: False)
    world, young = worlds.World(), worlds.World()
    world.tell(worlds.ago(100), DAEMON, added("api"), added("db"), added("web"))
    young.tell(worlds.ago(2), DAEMON, added("api"), tripped())
    neighbours.hear(world.snapshot())
    neighbours.hear(young.snapshot())
    assert neighbours.take() == ""
    young.tell(worlds.ago(1), tripped(command="c2", why="again"))
    neighbours.hear(young.snapshot())
    assert neighbours.take() == "ann tripped api: again"


async def test_the_palette_lists_who_is_attached() -> None:
    viewer = replace(ANN, at=EPOCH - timedelta(minutes=5))
    come = ViewersChanged(viewers=(viewer, replace(viewer, by="bob")))
    async with Shell(DAEMON, added("api"), come).running() as shell:
        await shell.app.run_action("app.attached")
        await shell.look()
        assert "ann            ssh from 10.0.0.9        11:55:00, 5 m" in shell.text
        await shell.press("escape")
        assert "ssh from" not in shell.text


async def test_the_page_of_self_lists_them_too() -> None:
    come = ViewersChanged(viewers=(replace(ANN, at=EPOCH),))
    async with Shell(DAEMON, added("api"), come).running(size=(120, 40)) as shell:
        await shell.press("4")
        assert "Attached" in shell.text
        assert "ssh from 10.0.0.9" in shell.text
