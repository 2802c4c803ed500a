"""Every line of every presenter is exactly as wide as asked, whatever the names."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.breaker import BreakerState, BreakerView, Hold
from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.domain.text import visible
from conductor_tui.tui.present import events, header, resources
from conductor_tui.tui.present.board import Painter
from conductor_tui.tui.present.card import card
from conductor_tui.tui.present.heading import heading, unknown
from conductor_tui.tui.present.layout import plan
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import Look
from conductor_tui.tui.present.order import worst_first
from conductor_tui.tui.present.platform import details
from conductor_tui.tui.present.row import list_row, row
from conductor_tui.tui.present.spans import cells
from tests.tui import worlds

LENS = Lens(worlds.NOW, UTC)
WIDTHS = st.integers(min_value=1, max_value=250)
TEXTS = st.text(min_size=1, max_size=40).map(visible)
WORLDS = {
    "normal": worlds.normal(),
    "worst": worlds.worst(),
    "empty": worlds.empty(),
    "starting": worlds.starting(),
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


@settings(max_examples=60, deadline=None)
@given(views(), WIDTHS, st.integers(0, 80), st.booleans())
def test_a_platform_fits_any_width(
    view: PlatformView, width: int, longest: int, selected: bool
) -> None:
    lines = [
        row(view, LENS, width, longest, Look(selected)),
        list_row(view, LENS, width, longest, Look(selected)),
        *card(view, LENS, width, Look(selected)),
        *heading(view, LENS, width),
        *details(view, LENS, width),
        *unknown(view.name, width),
    ]
    assert {cells(line) for line in lines} == {width}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
@settings(max_examples=30, deadline=None)
@given(width=WIDTHS, height=st.integers(min_value=1, max_value=70))
def test_a_whole_screen_fits_any_size(world: Snapshot, width: int, height: int) -> None:
    arranged = plan(width, height, len(world.platforms))
    names = worst_first(world.platforms, worlds.NOW)
    picture = Painter().paint(names, world.platforms, LENS, arranged, None)
    lines = [
        header.header(world, LENS, width),
        header.summary(world, LENS, width),
        resources.resources(world.resources, width),
        *events.events(world.events, LENS, width, height),
        *events.rail(world.events, LENS, width, height),
    ]
    assert {cells(line) for line in lines} == {width}
    assert {cells(line) for line in picture.lines} == {arranged.width}
