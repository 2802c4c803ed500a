"""The overview as pictures: filtered, sorted, marked, frozen, paused, behind others."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.tui.screens.overview import OverviewScreen
from tests.build import added, passed
from tests.tui import host, worlds
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]
SIZES = [(200, 60), (120, 40), (80, 24), (60, 20)]
IDS = ["wide", "usual", "small", "list"]
FILTER = [*"group:bots,models", "space", "exclamation_mark", *"state:held"]


def filtering(*last: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert isinstance(pilot.app.screen, OverviewScreen)
        pilot.app.screen.filter()
        await pilot.press(*FILTER, *last)
        await pilot.pause()

    return act


def changed(snapshot: Snapshot, view: PlatformView) -> Snapshot:
    return replace(snapshot, platforms=snapshot.platforms.put(view.name, view))


def resting(snapshot: Snapshot) -> Snapshot:
    """One is paused by a person, one in maintenance."""
    for name, kind, by, why, minutes in (
        ("mailer", PauseKind.PAUSED, "root", "new certificate", None),
        ("backup", PauseKind.MAINTENANCE, "nightly", "maintenance", 40),
    ):
        until = worlds.NOW + timedelta(minutes=minutes) if minutes else None
        pause = Pause(kind=kind, by=by, why=why, at=worlds.ago(300), until=until)
        view = snapshot.platforms[PlatformName(name)]
        snapshot = changed(snapshot, replace(view, pause=pause, next_at=None))
    return snapshot


def dependent(snapshot: Snapshot) -> Snapshot:
    """postgres failed, and api and queue with it; nginx needs it and is well."""
    for name in ("api", "queue", "nginx"):
        view = snapshot.platforms[PlatformName(name)]
        needs = replace(view.spec, depends_on=(PlatformName("postgres"),), tags=("db",))
        snapshot = changed(snapshot, replace(view, spec=needs))
    for name in ("postgres", "api", "queue"):
        view = snapshot.platforms[PlatformName(name)]
        word = replace(view.word, detail="connection refused") if view.word else None
        sick = replace(view, run=HealthRun(Health.FAILED, 3), word=word)
        snapshot = changed(snapshot, sick)
    return snapshot


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_filter_that_is_typed(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    app = host.overview(worlds.worst())
    assert snap_compare(app, terminal_size=size, run_before=filtering())


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_filter_that_is_kept(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    app = host.overview(worlds.worst())
    assert snap_compare(app, terminal_size=size, run_before=filtering("enter"))


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_paused_and_in_maintenance(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    app = host.overview(resting(worlds.incident()))
    assert snap_compare(app, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_behind_another(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    app = host.overview(dependent(worlds.incident()))
    assert snap_compare(app, terminal_size=size)


def on_the_overview(
    *acts: Callable[[OverviewScreen], None],
) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.pause()
        for one in acts:
            assert isinstance(pilot.app.screen, OverviewScreen)
            one(pilot.app.screen)
        await pilot.pause()

    return act


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (39, 40), (200, 8)])
def test_frozen_with_marks(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    app = host.overview(worlds.worst())
    acts = (OverviewScreen.mark, OverviewScreen.mark, OverviewScreen.freeze)
    assert snap_compare(app, terminal_size=size, run_before=on_the_overview(*acts))


def test_sorted_by_group(snap_compare: SnapCompare) -> None:
    app = host.overview(worlds.worst())
    twice = on_the_overview(lambda one: one.sort(1), lambda one: one.sort(1))
    assert snap_compare(app, terminal_size=(80, 24), run_before=twice)


def test_the_page_of_one_that_is_behind_another(snap_compare: SnapCompare) -> None:
    app = host.platform(dependent(worlds.incident()), "api")
    assert snap_compare(app, terminal_size=(120, 40))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_the_dialog_over_several(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    names = ("api", "db", "queue", "web")
    shell = Shell(*map(added, names), *map(passed, names))

    async def asked(pilot: Pilot[None]) -> None:
        await pilot.press("space", "space", "space", "t", *"rate limited")

    assert snap_compare(shell.app, terminal_size=size, run_before=asked)
