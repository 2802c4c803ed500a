"""The first line, at any width, and the strip below it."""

from dataclasses import replace
from datetime import UTC

import pytest

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.tui.present.header import header, summary
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.resources import resources
from conductor_tui.tui.present.spans import text_of
from tests.tui import worlds

LENS = Lens(worlds.NOW, UTC)
WORST = worlds.worst()


@pytest.mark.parametrize(
    ("width", "line"),
    [
        pytest.param(
            100,
            " web-7  LIVE 14:02:31                  platforms  "
            "2 failed  1 held  1 critical  1 degraded  1 stale  6 healthy ",
            id="wide: words",
        ),
        pytest.param(50, " web-7  LIVE 14:02:31     ✖2 ■1 ◆1 ▲1 ~1 ●6 ", id="narrow"),
    ],
)
def test_header(width: int, line: str) -> None:
    assert text_of(header(WORST, LENS, width)).split() == line.split()


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (replace(WORST, mode=Mode.STARTING), "STARTING 14:02:31"),
        (replace(WORST, mode=Mode.STOPPED, at=worlds.ago(11)), "STOPPED 14:02:20"),
        (replace(WORST, read_only=True), "LIVE 14:02:31  READ-ONLY"),
        (worlds.empty(), "no platforms"),
    ],
    ids=["starting", "stopped: as of when", "read-only", "empty"],
)
def test_header_says_how_live_it_is(snapshot: Snapshot, words: str) -> None:
    assert words in text_of(header(snapshot, LENS, 120))


def test_the_summary_names_who_needs_a_person_most() -> None:
    line = text_of(summary(WORST, LENS, 60)).rstrip()

    assert line == "✖2 ■1 ◆1 ▲1 ~1 ●6  discord OPEN 12 s"


def test_the_summary_names_nobody_when_all_is_well() -> None:
    assert text_of(summary(worlds.normal(), LENS, 60)).rstrip() == "●12"


def test_the_summary_counts_a_breaker_that_hides_nothing() -> None:
    only = worlds.normal(1)
    name = PlatformName("discord")
    sick = WORST.platforms[name]
    late = replace(sick, breaker=replace(sick.breaker, retry_at=worlds.ago(1)))
    snapshot = replace(only, platforms=only.platforms.put(name, late))

    assert text_of(summary(snapshot, LENS, 40)).rstrip() == "✖1  discord OPEN due"


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (200, ["CPU", "RAM", "DISK", "LOAD", "SWAP", "NET"]),
        (100, ["CPU", "RAM", "DISK", "LOAD"]),
        (80, ["CPU", "RAM", "DISK", "EMERGENCY"]),
    ],
)
def test_the_strip_leaves_out_what_tells_least(width: int, shown: list[str]) -> None:
    line = text_of(resources(WORST.resources, width))

    assert [word for word in line.split() if word.isupper()][: len(shown)] == shown
    assert "EMERGENCY  cpu ram" in line


def test_the_strip_has_no_swap_where_none_is_used() -> None:
    assert "SWAP" not in text_of(resources(worlds.normal().resources, 200))


def test_figures_that_are_not_true_any_more_are_not_shown() -> None:
    blind = replace(WORST.resources, trouble="too many open files")

    line = text_of(resources(blind, 80)).rstrip()

    assert line == " this host cannot be measured: too many open files"
