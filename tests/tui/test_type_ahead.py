"""Several keys in one packet, as over a slow line: each waits for the one before."""

import pytest
from textual import events
from textual.widgets import Input

from conductor_tui.domain.commands import TripBreaker
from conductor_tui.tui import type_ahead
from conductor_tui.tui.screens.events import EventsScreen
from conductor_tui.tui.screens.overview import OverviewScreen
from conductor_tui.tui.screens.platform import PlatformScreen
from conductor_tui.tui.screens.trip import TripScreen
from tests.build import added, passed
from tests.tui.shell import Shell


async def burst(shell: Shell, *keys: str) -> None:
    """Give the app all keys before it handles the first."""
    names = {"/": "slash", " ": "space", "!": "exclamation_mark", ":": "colon"}
    for key in keys:
        char = key if len(key) == 1 else None
        shell.app.post_message(events.Key(names.get(key, key), char))
    for _ in range(3):
        await shell.look()


async def test_a_filter_that_comes_at_once_is_typed_and_acts_on_nothing() -> None:
    async with Shell(added("api"), passed("api")).running() as shell:
        await burst(shell, *"/redis:tcR")
        assert shell.sent == []
        assert shell.app.screen.query_one("#filter", Input).value == "redis:tcR"


async def test_a_trip_that_comes_at_once_has_its_whole_reason() -> None:
    async with Shell(added("api"), passed("api")).running() as shell:
        await burst(shell, "t", *"rc pU", "enter")
        (command,) = shell.sent
        assert isinstance(command, TripBreaker)
        assert command.why == "rc pU"


async def test_keys_for_a_screen_wait_until_it_is_there() -> None:
    async with Shell(added("api"), passed("api")).running() as shell:
        await burst(shell, "2", "/", *"rt", "enter")
        assert isinstance(shell.app.screen, EventsScreen)
        assert shell.app.screen.query_one("#filter", Input).value == "rt"
        assert shell.sent == []


async def test_a_screen_that_closes_under_a_key_holds_up_no_other() -> None:
    async with Shell(added("api"), passed("api")).running() as shell:
        await burst(shell, "enter", "q", "2", "q", "t", "escape", "enter", "q", "enter")
        assert isinstance(shell.app.screen, PlatformScreen)
        await burst(shell, "q", "t")
        assert isinstance(shell.app.screen, TripScreen)
        await burst(shell, "escape")
        assert isinstance(shell.app.screen, OverviewScreen)


async def test_of_too_many_keys_the_last_are_lost_and_not_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its slash, a filter would be commands."""
    monkeypatch.setattr(type_ahead, "LIMIT", 4)
    async with Shell(added("api"), passed("api")).running() as shell:
        await burst(shell, *"/redisrrr")
        assert shell.sent == []
        assert shell.app.screen.query_one("#filter", Input).value == "redi"
