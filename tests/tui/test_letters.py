"""The dead letters as pictures, and the keys of their screen."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from conductor_tui.adapters.wire.commands import command_body
from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.commands import DiscardLetters, RedriveLetters
from conductor_tui.domain.dead_letter import DeadLetter, LetterState
from conductor_tui.domain.dispatch import DispatchFigures, DispatchOutcome
from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.ids import LetterId, PlatformName
from conductor_tui.domain.letter_events import LettersTold
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.letter_words import letters_in_short
from conductor_tui.tui.present.letters_filter import parse
from conductor_tui.tui.present.letters_page import letter_lines, next_words
from conductor_tui.tui.present.requests_note import requests_note
from conductor_tui.tui.present.spans import cells, text_of
from conductor_tui.tui.screens.letters import LettersScreen
from conductor_tui.tui.screens.redrive import RedriveScreen
from conductor_tui.tui.screens.silence import WhyScreen
from conductor_tui.tui.widgets.page import Page
from tests.tui import letter_days, worlds
from tests.tui.host import Host
from tests.tui.host import platform as host_of_platform
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]
SIZES = [(200, 60), (120, 40), (80, 24), (40, 12)]
IDS = ["wide", "usual", "small", "tiny"]
LENS = Lens(worlds.NOW, UTC)


def host(snapshot: Snapshot, *, ascii: bool = False, theme: str = "") -> Host:
    box = letter_days.Box(letter_days.letters())
    screen = LettersScreen(box, ascii=ascii, zone=UTC)
    return Host(screen, snapshot, **({"theme": theme} if theme else {}))


def fetched(*keys: str) -> Callable[[Pilot[None]], object]:
    """Press the keys, and wait until what they show is there."""

    async def run(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    return run


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_day_of_letters(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    app = host(letter_days.day())
    assert snap_compare(app, terminal_size=size, run_before=fetched())


@pytest.mark.parametrize("size", SIZES[1:], ids=IDS[1:])
def test_there_is_none(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    app = host(letter_days.snapshot_of(()))
    assert snap_compare(app, terminal_size=size)


def test_marked_and_another_under_the_cursor(snap_compare: SnapCompare) -> None:
    keys = fetched("down", "down", "space", "space", "v")
    app = host(letter_days.day())
    assert snap_compare(app, terminal_size=(120, 40), run_before=keys)


def test_letters_in_ascii_and_monochrome(snap_compare: SnapCompare) -> None:
    app = host(letter_days.day(), ascii=True, theme="conductor-monochrome")
    assert snap_compare(app, terminal_size=(100, 30), run_before=fetched())


def test_the_past_has_no_letters(snap_compare: SnapCompare) -> None:
    day = letter_days.snapshot_of(())
    app = host(replace(day, mode=Mode.PAST, read_only=True))
    assert snap_compare(app, terminal_size=(80, 24))


def shell(*, read_only: bool = False) -> Shell:
    """The app over the day of letters; `8` leads to their screen."""
    shell = Shell(read_only=read_only)
    shell.app.letters = letter_days.Box(letter_days.letters())
    shell.session.frames.append(letter_days.day())
    shell.clock.step_wall((worlds.NOW - EPOCH).total_seconds())
    return shell


async def settled(shell: Shell) -> None:
    """Wait for what was fetched or written."""
    await shell.app.workers.wait_for_complete()
    await shell.press()


def page_text(shell: Shell) -> str:
    """All that is known of the one under the cursor, what scrolls too."""
    page = shell.app.screen.query_one("#letter", Page)
    return "\n".join(text_of(line) for line in page._lines)


def picked(shell: Shell) -> tuple[LetterId, ...]:
    screen = shell.app.screen
    assert isinstance(screen, LettersScreen)
    return screen.picked_letters


async def test_d_redrives_the_one_under_the_cursor_or_the_marked() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("8", "d", "space", "down", "space", "d")
        one, two = app.session.sent
        assert isinstance(one, RedriveLetters)
        assert one.letters == (7,)
        assert isinstance(two, RedriveLetters)
        assert two.letters == (7, 3)


async def test_all_are_redriven_after_a_question() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("8", "D")
        assert isinstance(app.app.screen, RedriveScreen)
        facts = str(app.app.screen.query_one("#facts").render())
        assert "chat 4, discord 3, android 1, nobody 1" in facts
        assert "2 of them were given up" in facts
        await app.press("enter")
        assert app.session.sent == []
        await app.press("D", "x")
        [command] = app.session.sent
        assert isinstance(command, RedriveLetters)
        assert command.letters == ()  # those that come meanwhile too


async def test_under_a_filter_all_are_those_that_pass() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("8", "slash", *"to:chat", "enter", "D", "x")
        [command] = app.session.sent
        assert isinstance(command, RedriveLetters)
        assert command.letters == (11, 12, 13, 14)


async def test_marks_stay_while_a_filter_hides_them() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("8", "space", "slash", *"to:chat", "enter", "space")
        assert "2 marked (1 hidden)" in app.text
        await app.press("d")
        [command] = app.session.sent
        assert isinstance(command, RedriveLetters)
        assert set(command.letters) == {14, 7}
        await app.tell(LettersTold(gone=(LetterId(7),)))
        await app.wait(1)
        assert "1 marked  filter" in app.text


async def test_no_command_is_larger_than_a_conductor_takes() -> None:
    app = Shell()
    many = [letter_days.letter(n, "chat") for n in range(1, 5001)]
    app.session.frames.append(letter_days.snapshot_of(many))
    app.clock.step_wall((worlds.NOW - EPOCH).total_seconds())
    async with app.running(size=(120, 40)):
        await app.press("8", "slash", *"chat", "enter", "D", "x")
        await app.press("space", "end", "v", "d")
        some, others = app.session.sent
        for command in (some, others):
            assert isinstance(command, RedriveLetters)
            assert command.letters == tuple(range(1, 2001))
            assert len(json.dumps(command_body(command))) < 64 * 1024


async def test_discarding_asks_for_the_reason() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("8", "x")
        assert isinstance(app.app.screen, WhyScreen)
        await app.press("enter")
        assert app.session.sent == []
        await app.press(*"old", "enter")
        [command] = app.session.sent
        assert isinstance(command, DiscardLetters)
        assert (command.letters, command.why) == ((7,), "old")


async def test_the_answer_is_said_with_what_it_is_about() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("8", "d")
        assert app.said == "redrive dead letter 7: asked …"
        [command] = app.session.sent
        told = CommandAnswered(
            command=command.id,
            verb="redrive letters",
            platform=None,
            granted=True,
            words="redriven from now on",
            by="ann",
            about="dead letter 7",
        )
        await app.tell(told)
        assert app.said == "dead letter 7: redriven from now on"


async def test_the_payload_and_all_errors_of_the_one_under_the_cursor() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("8")
        await settled(app)
        assert "row 79" in page_text(app)
        await app.press("down", "down")
        await settled(app)
        assert "answered 503: upstream" in page_text(app)
        assert "header   trace: 4f1c03" in page_text(app)


async def test_what_was_delivered_goes_and_the_next_one_is_shown() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("8", "down", "down")
        await settled(app)
        await app.tell(LettersTold(gone=(LetterId(3),)))
        await app.wait(1)
        await settled(app)
        assert picked(app) == (11,)
        assert "disk of db11" in page_text(app)


async def test_why_there_is_no_payload_is_said() -> None:
    class Silent(letter_days.Box):
        def letter(self, letter: LetterId) -> DeadLetter | None:
            raise NobodyListens("nobody listens at /run/x.sock")

    app = shell()
    app.app.letters = Silent()
    async with app.running(size=(120, 40)):
        await app.press("8")
        await settled(app)
        assert "nobody listens at /run/x.sock" in page_text(app)


async def test_export_writes_the_marked_ones_or_all_and_says_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    async with shell().running(size=(120, 40)) as app:
        box = app.app.letters
        assert isinstance(box, letter_days.Box)
        await app.press("8", "e")
        await settled(app)
        [(every, file)] = box.exported
        assert len(every) == 9
        assert file.parent == tmp_path
        assert app.said == f"9 dead letters written to {file}"
        await app.press("space", "e")
        await settled(app)
        assert box.exported[1][0] == (7,)


async def test_where_nothing_may_be_done_it_is_said() -> None:
    async with shell(read_only=True).running(size=(120, 40)) as app:
        await app.press("8", "d", "D", "x")
        assert app.session.sent == []
        assert "read-only" in app.said
    async with Shell().running(size=(120, 40)) as app:
        await app.press("8", "d")
        assert app.said == "redrive: there is no dead letter here"
        await app.press("1", "D")
        assert "not on this screen" in app.said


async def test_its_cursor_begins_at_the_platform_one_came_from() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("end")
        assert app.picked == "discord"
        await app.press("8")
        assert picked(app) == (7,)  # from the overview: at what needs a person most
        await app.press("1", "enter", "8")
        assert picked(app) == (3,)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", {3, 7, 11, 12, 13, 14, 15, 16, 21}),
        ("state:given", {7, 21}),
        ("to:discord", {3, 15, 16}),
        ("!to:chat,discord", {7, 21}),
        ("503", {3}),
        ("from:backup type:alert req-0016", {16}),
    ],
)
def test_the_filter(text: str, numbers: set[int]) -> None:
    sieve = parse(text)
    passing = {one.id for one in letter_days.letters() if sieve.accepts(one.view)}
    assert passing == numbers
    assert sieve.trouble == ""


def test_an_unknown_state_is_said() -> None:
    assert "no state 'lost': waiting, given up" in parse("state:lost").trouble


@pytest.mark.parametrize("width", [20, 40, 80, 120, 200])
def test_every_line_fits(width: int) -> None:
    for one in letter_days.letters():
        lines = letter_lines(one.view, one, LENS, width)
        assert {cells(line) for line in lines} == {width}
        assert "\x1b" not in "".join(text_of(line) for line in lines)


def test_what_a_letter_for_several_waits_for() -> None:
    def waits(to: str, *shut: str) -> str:
        day = letter_days.day()
        for name in shut:
            view = day.platforms[PlatformName(name)]
            view = replace(view, breaker=BreakerView(state=BreakerState.OPEN))
            day = replace(day, platforms=day.platforms.updated({view.name: view}))
        return next_words(letter_days.letter(1, to).view, day, LENS)

    assert waits("chat") == "breaker HELD"
    assert waits("chat, discord") == "its turn"
    assert waits("chat, discord", "discord") == "2 breakers"
    assert waits("bots", "android", "discord") == "its turn"  # chat is in no group
    assert waits("somebody") == "its turn"


def test_the_header_says_how_many_are_for_you() -> None:
    views = [one.view for one in letter_days.letters()]
    long, short = letters_in_short(views)
    assert text_of(long) == "9 dead letters, 2 for you"
    assert text_of(short) == "9 letters"
    waiting = [one for one in views if one.state is LetterState.WAITING]
    assert text_of(letters_in_short(waiting[:1])[0]) == "1 dead letter"
    assert letters_in_short(()) == ()
    assert letters_in_short(Roster().in_order()) == ()


def busy() -> Snapshot:
    """`discord` had requests of every ending."""
    day = letter_days.day()
    figures = DispatchFigures(
        under_way=8,
        waiting=3,
        ended={
            DispatchOutcome.DELIVERED: 48_211,
            DispatchOutcome.REJECTED: 12,
            DispatchOutcome.TURNED_AWAY: 7,
            DispatchOutcome.FAILED: 3,
            DispatchOutcome.TIMED_OUT: 2,
        },
        p50_s=0.012,
        p99_s=1.4,
    )
    name = PlatformName("discord")
    view = replace(day.platforms[name], requests=figures)
    return replace(day, platforms=day.platforms.updated({name: view}))


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_platforms_page_tells_of_its_requests(width: int) -> None:
    lines = requests_note(busy().platforms[PlatformName("discord")], busy(), width)
    assert {cells(line) for line in lines} == {width}
    words = " ".join(" ".join(text_of(line) for line in lines).split())
    assert words == (
        "requests 48,235 under way 8 waiting 3 p50 12 ms p99 1.4 s rejected 12 "
        "turned away 7 failed 3 timed out 2 letters 3 waiting 8 shows them"
    )


def test_a_platform_that_nobody_asked_has_no_such_line() -> None:
    view = letter_days.day().platforms[PlatformName("android")]
    assert requests_note(view, letter_days.snapshot_of(()), 80) == ()


@pytest.mark.parametrize("size", SIZES[:3], ids=IDS[:3])
def test_the_page_of_a_busy_platform(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    assert snap_compare(host_of_platform(busy(), "discord"), terminal_size=size)
