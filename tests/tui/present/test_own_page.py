"""Conductor about itself: the words for what is in its way, and the page."""

from dataclasses import replace

import pytest

from conductor_tui.domain.own import OwnView, Stall
from conductor_tui.domain.snapshot import Mode, SettingsView, Snapshot
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.figures import ScreenFigures
from conductor_tui.tui.present.own_page import own_page
from conductor_tui.tui.present.spans import cells, text_of
from conductor_tui.tui.present.trouble import trouble
from tests.tui import long_days, worlds
from tests.tui.present.views import LENS

STALL = Stall(at=EPOCH, lasted_s=1.4, task="check discord", where="my.py:12")


def stalled(stall: Stall) -> Snapshot:
    return Snapshot(own=OwnView(stall=stall))


def broken(*problems: str) -> Snapshot:
    return Snapshot(settings=SettingsView(source="conductor.toml", problems=problems))


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (stalled(STALL), "engine blocked by check discord for 1.4 s: my.py:12"),
        (
            stalled(Stall(at=EPOCH, lasted_s=30.0, why="the process was stopped")),
            "engine blocked for 30.0 s: the process was stopped",
        ),
        (stalled(Stall(at=EPOCH, lasted_s=0.6)), "engine blocked for 0.6 s"),
        (
            broken("line 3: no", "line 4: no"),
            "conductor.toml cannot be used (2 problems), still running on the one "
            "before: line 3: no",
        ),
        (
            broken("line 3: no"),
            "conductor.toml cannot be used, still running on the one before: "
            "line 3: no",
        ),
        (Snapshot(), ""),
        (Snapshot(own=OwnView(last_stall=STALL, stalls=1)), ""),
    ],
)
def test_what_is_in_our_way_is_one_line(snapshot: Snapshot, words: str) -> None:
    assert trouble(snapshot, LENS) == words


def test_a_stall_comes_before_broken_settings() -> None:
    both = replace(broken("line 3: no"), own=OwnView(stall=STALL))
    assert "blocked" in trouble(both, LENS)


def test_the_page_names_every_problem_in_full() -> None:
    lines = own_page(long_days.worst(), ScreenFigures(), LENS, 60)
    text = " ".join(" ".join(text_of(line).split()) for line in lines)
    assert all(problem in text for problem in long_days.REFUSED.problems)


def test_the_page_counts_the_programs_that_ask_breakers() -> None:
    own = long_days.worst().own
    busy = replace(worlds.busy_clients(), own=own)

    def clients(snapshot: Snapshot) -> list[str]:
        page = own_page(snapshot, ScreenFigures(), LENS, 60)
        found = (" ".join(text_of(line).split()) for line in page)
        return [line for line in found if line.startswith("clients ")]

    assert clients(busy) == ["clients 22 ask our breakers, 213/s"]
    assert clients(Snapshot(own=own)) == ["clients 0 ask our breakers"]
    assert clients(replace(busy, mode=Mode.PAST)) == []


@pytest.mark.parametrize("width", [1, 20, 39, 109, 110, 199])
def test_every_line_is_as_wide_as_the_page(width: int) -> None:
    figures = ScreenFigures(traffic=(1.0, 2.0), colors=1 << 24)
    for snapshot in (long_days.worst(), long_days.stalling(), Snapshot()):
        lines = own_page(snapshot, figures, LENS, width)
        assert {cells(line) for line in lines} == {width}
