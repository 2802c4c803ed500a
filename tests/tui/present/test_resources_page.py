"""The host's page: what it says, at any size."""

from dataclasses import replace
from datetime import UTC

import pytest

from conductor_tui.domain.resources import Load, LoadLimits, LoadState, ResourcesView
from conductor_tui.tui.present.foreseen import about
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plot import expected
from conductor_tui.tui.present.resources import resources
from conductor_tui.tui.present.resources_page import WINDOWS_S, resources_page
from conductor_tui.tui.present.spans import cells, text_of
from tests.tui import long_days, worlds

LENS = Lens(worlds.NOW, UTC)


def page(view: ResourcesView, width: int = 120, height: int = 36) -> str:
    return "\n".join(map(text_of, resources_page(view, width, height, 300.0, LENS)))


def test_the_limits_in_force_are_the_ones_that_are_drawn() -> None:
    view = replace(
        long_days.normal().resources,
        limits=LoadLimits(degraded_at=70.0, recovered_at=50.0, emergency_at=90.0),
    )
    text = page(view)
    assert "DEGRADED at 70 %, well again at 50 %; EMERGENCY at 90 % RAM" in text
    assert all(f"─  {label}" in text for label in ("70", "50", "90"))


def test_what_is_ahead_is_said_and_drawn() -> None:
    text = page(long_days.growing().resources)
    assert "ahead  RAM reaches 80 % in about 7 min" in text
    assert "full in about 11 days" in text
    assert "░" in text
    assert "░" not in page(long_days.normal().resources)
    strip = text_of(resources(long_days.growing().resources, 120))
    assert strip.endswith("RAM reaches 80 % in about 7 min ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (4, "about 10 s"),
        (34, "about 30 s"),
        (100, "about 2 min"),
        (5000, "about 83 min"),
        (40_000, "about 11 h"),
        (11.2 * 86_400, "about 11 days"),
    ],
)
def test_times_that_nobody_knows_to_the_second(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_the_band_is_a_line_between_the_horizons() -> None:
    found = expected([(10.0, 40.0, 60.0), (20.0, 20.0, 80.0)], 50.0, 20.0, 4)
    assert [(one.low, one.high) for one in found] == [
        (47.5, 52.5),
        (42.5, 57.5),
        (35.0, 65.0),
        (25.0, 75.0),
    ]
    assert expected([], 50.0, 20.0, 4) == []


def test_the_load_state_says_why() -> None:
    text = page(long_days.worst().resources)
    assert "EMERGENCY" in text
    assert "ram 96 %" in text


def test_why_there_is_nothing_newer_is_said_above_what_is_there() -> None:
    view = replace(long_days.normal().resources, trouble="too many open files")
    text = page(view)
    assert "not measured any more: too many open files" in text
    assert "RAM" in text


def test_the_limits_of_a_container_are_said() -> None:
    view = long_days.normal().resources
    assert view.sample is not None
    sample = replace(view.sample, limits="2 CPUs, 512 MiB RAM by cgroup")
    assert "2 CPUs, 512 MiB RAM by cgroup" in page(replace(view, sample=sample))


def test_the_load_states_of_late_are_listed_the_newest_first() -> None:
    view = long_days.normal().resources
    hot, full = frozenset({"ram"}), LoadState.DEGRADED
    view = view.with_load(Load(full, hot), worlds.ago(600), "ram 82 %")
    view = view.with_load(Load(full, hot | {"cpu"}), worlds.ago(500), "cpu 91 %")
    view = view.with_load(Load(), worlds.ago(60), "all resources have recovered")
    lines = page(view).splitlines()
    at = next(n for n, line in enumerate(lines) if line.strip() == "Load")
    assert lines[at + 1].split() == [
        *("14:01:31", "NORMAL", "1", "m", "all", "resources", "have", "recovered"),
    ]
    assert lines[at + 2].split() == ["13:52:31", "DEGRADED", "9", "m", "ram", "82", "%"]
    assert len(view.spells) == 2


def test_the_fullest_disk_comes_first() -> None:
    text = page(long_days.worst().resources)
    assert text.index("/var/lib/postgresql") < text.index("/mnt/backup")


def test_every_core_is_there() -> None:
    text = page(long_days.normal(128).resources)
    assert text.count("%") > 128
    assert "127" in text


@pytest.mark.parametrize("span_s", WINDOWS_S)
@pytest.mark.parametrize("width", [1, 20, 39, 75, 76, 149, 150, 199])
def test_every_line_is_as_wide_as_the_page(width: int, span_s: float) -> None:
    for view in (long_days.worst(3).resources, ResourcesView()):
        lines = resources_page(view, width, 20, span_s, LENS)
        assert {cells(line) for line in lines} == {width}


def test_with_more_lines_to_see_the_plots_grow() -> None:
    view = long_days.normal().resources
    heights = [
        len(resources_page(view, 120, height, 300.0, LENS)) for height in (20, 36, 56)
    ]
    assert heights == sorted(set(heights))
