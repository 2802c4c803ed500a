"""The agents as pictures, and the keys of their screen."""

from collections.abc import Callable
from datetime import UTC
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.commands import BeatAgent, Command, ForgetAgent, agent_of
from conductor_tui.domain.events import (
    AgentHealthChanged,
    AgentRemoved,
    CommandAnswered,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present import agent_row, agents_board
from conductor_tui.tui.present.spans import Line
from conductor_tui.tui.screens.agent import AgentScreen
from conductor_tui.tui.screens.agents import AgentsScreen
from conductor_tui.tui.screens.forget import ForgetScreen
from tests.tui import agent_days, worlds
from tests.tui.host import Host
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]

SIZES = [(200, 60), (120, 40), (80, 24), (40, 10)]
IDS = ["wide", "usual", "small", "tiny"]


def host(snapshot: Snapshot, *, ascii: bool = False, theme: str = "") -> Host:
    screen = AgentsScreen(ascii=ascii, zone=UTC)
    return Host(screen, snapshot, **({"theme": theme} if theme else {}))


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_day_of_agents(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(agent_days.day()), terminal_size=size)


@pytest.mark.parametrize("size", SIZES[1:], ids=IDS[1:])
def test_nobody_beats_yet(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(agent_days.nobody()), terminal_size=size)


def test_a_day_in_ascii_and_monochrome(snap_compare: SnapCompare) -> None:
    app = host(agent_days.day(), ascii=True, theme="conductor-monochrome")
    assert snap_compare(app, terminal_size=(120, 40))


def test_a_day_in_a_light_theme(snap_compare: SnapCompare) -> None:
    app = host(agent_days.day(), theme="conductor-light")
    assert snap_compare(app, terminal_size=(100, 30))


def shell(*, read_only: bool = False) -> Shell:
    """The app over the day of agents; `5` leads to their screen."""
    shell = Shell(read_only=read_only)
    shell.session.frames.append(agent_days.day())
    shell.clock.step_wall((worlds.NOW - EPOCH).total_seconds())
    return shell


async def test_the_worst_comes_first_and_enter_opens_its_page() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5")
        assert picked(app) == "backup"
        await app.press("j", "enter")
        assert isinstance(app.app.screen, AgentScreen)
        assert app.app.screen.picked_agent == "indexer"
        await app.press("escape")
        assert isinstance(app.app.screen, AgentsScreen)


async def test_b_beats_for_the_agent_under_the_cursor_and_the_answer_is_said() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "j", "b")
        [command] = app.sent
        assert isinstance(command, BeatAgent)
        assert (command.agent, command.by) == ("indexer", "root")
        assert app.said.startswith("beat indexer: asked")
        await app.answer("beaten by hand")
        assert app.said == "indexer: beaten by hand"


async def test_b_beats_for_all_that_are_marked_and_l_lists_their_answers() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "space", "space", "b")
        assert [agent_of(command) for command in app.sent] == ["backup", "indexer"]
        assert app.said == "beat 2 agents: asked …"
        for command, granted in zip(app.sent, (True, False), strict=True):
            await app.tell(reply(command, granted=granted))
        assert app.said == "1 done, 1 refused: indexer: no"
        await app.press("L")
        assert "backup" in app.text
        assert "refused" in app.text


async def test_one_without_an_answer_is_asked_and_not_refused() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "space", "space", "b")
        await app.tell(reply(app.sent[1], granted=True))
        await app.press("L")
        assert "asked     no answer yet" in app.text


async def test_x_asks_before_it_forgets_and_only_what_came_by_itself() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "x")
        assert app.said == "forget: backup came by no beat, but from conductor.toml"
        await app.press("slash", *"laptop", "enter", "x")
        assert isinstance(app.app.screen, ForgetScreen)
        await app.press("enter")
        assert app.sent == []
        await app.press("x", "x")
        [command] = app.sent
        assert isinstance(command, ForgetAgent)
        assert command.agent == "laptop"


async def test_one_that_vanishes_takes_no_key_from_the_next_under_the_cursor() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5")
        gone = AgentId(picked(app) or "")
        app.add(AgentRemoved(agent=gone, why="by hand"))
        app.app.feed.show()  # seen, and not drawn yet: the key line may look now
        assert app.app.check_action("beat", ())


async def test_of_marked_agents_those_in_the_settings_stay() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "space", "slash", *"laptop", "enter", "space", "x")
        assert "1 more stand in the settings, and stay." in app.text
        await app.press("x")
        assert [agent_of(one) for one in app.sent] == ["laptop"]


async def test_read_only_refuses_to_beat_in_words() -> None:
    async with shell(read_only=True).running(size=(120, 40)) as app:
        await app.press("5", "b")
        assert app.said == "read-only: beat by hand is off here"
        assert app.sent == []


async def test_read_only_greys_no_key_that_means_nothing_here() -> None:
    async with shell(read_only=True).running(size=(80, 24)) as app:
        await app.press("5")
        assert not {"trip", "trial", "force_close", "check_now"} & set(app.hints)
        assert not app.hints["beat"].enabled
        assert "/ filter" in app.text


async def test_no_key_for_platforms_works_on_an_agent() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "t", "c", "R")
        assert app.sent == []
        assert isinstance(app.app.screen, AgentsScreen)
        assert "trip" not in app.hints
        assert {"beat", "forget", "mark", "filter", "jump"} <= set(app.hints)


async def test_no_key_for_agents_works_on_a_platform() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("b", "x")
        assert app.sent == []
        assert app.said == "forget: not on this screen"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("state:failed", ["backup", "indexer"]),
        ("state:unwell !group:workers", ["backup", "scanner"]),
        ("tag:eu via:udp", ["indexer", "worker-1", "mailer"]),
        ("state:stopped", ["laptop"]),
        ("state:running", ["nightly"]),
        ("queue empty", ["mailer"]),
        ("name:worker", ["worker-1", "worker-2"]),
    ],
)
async def test_the_filter_narrows_the_board(words: str, names: list[str]) -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "slash", *["space" if c == " " else c for c in words])
        await app.press("enter")
        assert shown(app) == names
        await app.press("escape")
        assert len(shown(app)) == 12


async def test_a_filter_that_nothing_passes_shows_the_way_out() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "slash", *"state:gone", "enter")
        assert "No agent passes the filter. Esc shows all again." in app.text


async def test_a_state_that_is_none_is_said_while_it_is_typed() -> None:
    async with shell().running(size=(160, 40)) as app:
        await app.press("5", "slash", *"state:gone")
        assert "0 of 12  no state 'gone': failed," in app.text


async def test_the_order_can_be_changed_and_turned_round() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "greater_than_sign")
        assert shown(app)[:2] == ["backup", "crawler"]
        assert "by name" in app.text
        await app.press("I")
        assert shown(app)[0] == "worker-2"
        await app.press("less_than_sign", "I")
        assert shown(app)[0] == "backup"


async def test_by_group_each_group_has_a_heading_and_the_cursor_goes_past_it() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "greater_than_sign", "greater_than_sign")
        lines = app.text.split("\n")
        at = next(n for n, line in enumerate(lines) if line.strip() == "web  2")
        assert "scanner" in lines[at + 1]
        assert "without a group  6" in app.text
        await app.press("G", "g", "j")
        assert picked(app) == "mailer"


async def test_the_rows_stand_still_under_a_hand_and_sort_anew_after() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "G", "g")
        failed = AgentHealthChanged(
            agent=AgentId("worker-2"), was=Health.HEALTHY, now=Health.FAILED
        )
        before = shown(app)
        await app.tell(failed)
        assert shown(app) == before
        await app.wait(6)
        assert shown(app)[:3] == ["backup", "worker-2", "indexer"]
        assert picked(app) == before[0]


async def test_a_frozen_picture_stands_still_and_says_so() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "f")
        assert "FROZEN since" in app.text
        await app.tell(AgentRemoved(agent=AgentId("indexer"), why="forgotten"))
        assert "indexer" in shown(app)
        await app.press("escape")
        assert "indexer" not in shown(app)


async def test_one_agent_or_all_that_are_shown_can_be_copied() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("5", "j", "y")
        assert "copied indexer as Markdown" in app.said
        await app.press("Y")
        assert "copied 12 agents" in app.said


async def test_from_a_line_of_the_log_to_its_agent_and_back() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("2", "slash", *"crawler", "enter", "enter")
        assert isinstance(app.app.screen, AgentScreen)
        assert app.app.screen.picked_agent == "crawler"


async def test_the_overview_counts_the_agents_and_those_unwell() -> None:
    async with shell().running(size=(120, 40)) as app:
        assert "agents 12 ✖2 ▲2" in app.text


async def test_five_thousand_agents_draw_only_what_is_in_sight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[str] = []

    def counted(view: AgentView, *rest: object) -> Line:
        drawn.append(view.agent)
        return agent_row.agent_row(view, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(agents_board, "agent_row", counted)
    async with host(agent_days.many()).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert 20 < len(drawn) < 200
        await pilot.press("G")
        await pilot.pause()
        assert len(drawn) < 400


async def test_every_size_is_drawn_without_complaint() -> None:
    async with shell().running(size=(80, 24)) as app:
        for key in ("5", "enter"):
            await app.press(key)
            for size in ((1, 1), (250, 70), (39, 9), (20, 3), (100, 30), (76, 12)):
                assert app._pilot is not None
                await app._pilot.resize_terminal(*size)
                await app.look()
            assert "web-7" in app.text


def picked(app: Shell) -> str | None:
    screen = app.app.screen
    assert isinstance(screen, AgentsScreen)
    return screen.picked_agent


def shown(app: Shell) -> list[str]:
    screen = app.app.screen
    assert isinstance(screen, AgentsScreen)
    return list(screen._order.names)


def reply(command: Command, *, granted: bool) -> CommandAnswered:
    return CommandAnswered(
        command=command.id,
        verb="beat",
        platform=None,
        agent=agent_of(command),
        granted=granted,
        words="beaten by hand" if granted else "no",
        by="root",
    )


@pytest.mark.parametrize("size", [(80, 24), (40, 10)], ids=["small", "tiny"])
def test_the_question_before_an_agent_is_forgotten(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    async def asked(pilot: Pilot[None]) -> None:
        await pilot.press("5", "slash", *"laptop", "enter", "x")

    assert snap_compare(shell().app, terminal_size=size, run_before=asked)


@pytest.mark.parametrize("size", [(120, 40), (40, 10)], ids=["usual", "tiny"])
def test_a_filter_with_marks_and_another_order(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    async def typed(pilot: Pilot[None]) -> None:
        await pilot.press("5", "space", "j", "space", "greater_than_sign", "slash")
        await pilot.press(*"state:x")

    assert snap_compare(shell().app, terminal_size=size, run_before=typed)


def test_five_thousand(snap_compare: SnapCompare) -> None:
    assert snap_compare(host(agent_days.many()), terminal_size=(120, 40))
