"""The host's page: what it says, at any size."""

from dataclasses import replace

import pytest

from conductor_tui.domain.resources import LoadLimits, ResourcesView
from conductor_tui.tui.present.resources_page import WINDOWS_S, resources_page
from conductor_tui.tui.present.spans import cells, text_of
from tests.tui import long_days


def page(view: ResourcesView, width: int = 120, height: int = 36) -> str:
    return "\n".join(map(text_of, resources_page(view, width, height, 300.0)))


def test_the_limits_in_force_are_the_ones_that_are_drawn() -> None:
    view = replace(
        long_days.normal().resources,
        limits=LoadLimits(degraded_at=70.0, recovered_at=50.0, emergency_at=90.0),
    )
    text = page(view)
    assert "DEGRADED at 70 %, well again at 50 %; EMERGENCY at 90 % RAM" in text
    assert all(f"─  {label}" in text for label in ("70", "50", "90"))


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
        lines = resources_page(view, width, 20, span_s)
        assert {cells(line) for line in lines} == {width}


def test_with_more_lines_to_see_the_plots_grow() -> None:
    view = long_days.normal().resources
    heights = [len(resources_page(view, 120, height, 300.0)) for height in (20, 36, 56)]
    assert heights == sorted(set(heights))
