"""Every line of every presenter is exactly as wide as asked, whatever the names."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.breaker import BreakerState, BreakerView, Hold
from conductor_tui.domain.client import Traffic
from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.domain.text import visible
from conductor_tui.tui.present import events, header, resources
from conductor_tui.tui.present.board import Painter
from conductor_tui.tui.present.card import card
from conductor_tui.tui.present.clients import Reach, Reaches, note
from conductor_tui.tui.present.clients_page import clients_table, traffic_line
from conductor_tui.tui.present.heading import heading, unknown
from conductor_tui.tui.present.layout import plan
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import Look
from conductor_tui.tui.present.order import worst_first
from conductor_tui.tui.present.platform import happened, measured, rules
from conductor_tui.tui.present.row import list_row, row
from conductor_tui.tui.present.spans import cells
from tests.build import client, holding
from tests.tui import worlds

LENS = Lens(worlds.NOW, UTC)
PIDS = st.integers(1, 4_000_000)
WIDTHS = st.integers(min_value=1, max_value=250)
TEXTS = st.text(min_size=1, max_size=40).map(visible)
WORLDS = {
    "normal": worlds.normal(),
    "worst": worlds.worst(),
    "empty": worlds.empty(),
    "starting": worlds.starting(),
    "calm clients": worlds.calm_clients(),
    "busy clients": worlds.busy_clients(),
}
BUSY = WORLDS["worst"].platforms[PlatformName("discord")]


@st.composite
def views(draw: st.DrawFn) -> PlatformView:
    state = draw(st.sampled_from(BreakerState))
    until = draw(st.sampled_from([None, worlds.NOW + timedelta(days=3), worlds.NOW]))
    hold = Hold(by=draw(TEXTS), why=draw(TEXTS), at=worlds.NOW, until=until)
    return replace(
        BUSY,
        spec=replace(
            BUSY.spec,
            platform=PlatformName(draw(TEXTS)),
            probe=draw(TEXTS),
            target=draw(TEXTS),
            group=draw(TEXTS),
            origin=draw(TEXTS),
        ),
        run=HealthRun(draw(st.sampled_from(Health)), 1),
        breaker=BreakerView(
            state=state,
            failures=draw(st.integers(0, 10_000)),
            retry_at=until,
            hold=draw(st.sampled_from([None, hold])),
            why=draw(TEXTS),
        ),
        last=draw(st.sampled_from([None, BUSY.last])),
    )


@st.composite
def reaches(draw: st.DrawFn) -> Reach:
    """Up to 50 clients, with names and errors from outside."""
    rates = st.floats(0, 2e7)
    states = st.sampled_from(BreakerState)
    held = [
        holding(
            epoch=draw(st.sampled_from([None, 0, 1])),
            state=draw(states),
            streak=draw(st.integers(0, 9)),
            error=draw(TEXTS),
            traffic=Traffic(calls_hz=draw(rates), failed_hz=draw(rates)),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    some = [(client(draw(TEXTS), draw(st.none() | PIDS), one), one) for one in held]
    return Reach(tuple(some * draw(st.sampled_from([1, 17]))))


@settings(max_examples=60, deadline=None)
@given(views(), WIDTHS, st.integers(0, 80), st.booleans(), reaches())
def test_a_platform_fits_any_width(
    view: PlatformView, width: int, longest: int, selected: bool, reach: Reach
) -> None:
    noted = note(reach, view.breaker, LENS)
    look = Look(selected, clients=noted, has_calls=True)
    lines = [
        row(view, LENS, width, longest, look),
        list_row(view, LENS, width, longest, look),
        *card(view, LENS, width, look),
        *heading(view, LENS, width, applied=noted),
        *measured(view, width),
        traffic_line(reach, view.breaker, width),
        *rules(view, width),
        *clients_table(reach, view.breaker, LENS, width),
        *happened(view, LENS, width),
        *unknown(view.name, width),
    ]
    assert {cells(line) for line in lines} == {width}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
@settings(max_examples=30, deadline=None)
@given(width=WIDTHS, height=st.integers(min_value=1, max_value=70))
def test_a_whole_screen_fits_any_size(world: Snapshot, width: int, height: int) -> None:
    arranged = plan(width, height, len(world.platforms))
    names = worst_first(world.platforms, worlds.NOW)
    picture = Painter().paint(
        names, world.platforms, LENS, arranged, None, reaches=Reaches().of(world)
    )
    lines = [
        header.header(world, LENS, width),
        header.summary(world, LENS, width),
        resources.resources(world.resources, width),
        *events.events(world.events, LENS, width, height),
        *events.rail(world.events, LENS, width, height),
    ]
    assert {cells(line) for line in lines} == {width}
    assert {cells(line) for line in picture.lines} == {arranged.width}
