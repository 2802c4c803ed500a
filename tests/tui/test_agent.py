"""One agent as a picture, and the keys of its page."""

from collections.abc import Callable
from datetime import UTC
from typing import TypeAlias

import pytest

from conductor_tui.domain.ids import AgentId
from conductor_tui.tui.screens.agent import AgentScreen
from tests.tui import agent_days
from tests.tui.host import Host

SnapCompare: TypeAlias = Callable[..., bool]

SIZES = [(200, 60), (120, 40), (80, 24), (40, 10)]
IDS = ["wide", "usual", "small", "tiny"]


def host(name: str, *, ascii: bool = False, theme: str = "") -> Host:
    screen = AgentScreen(AgentId(name), ascii=ascii, zone=UTC)
    return Host(screen, agent_days.day(), **({"theme": theme} if theme else {}))


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_steady_agent(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host("worker-1"), terminal_size=size)


@pytest.mark.parametrize(
    "name",
    ["indexer", "backup", "nightly", "laptop", "never-heard", "phi-1", "scanner"],
)
def test_agents_of_every_kind(snap_compare: SnapCompare, name: str) -> None:
    assert snap_compare(host(name), terminal_size=(120, 40))


def test_ascii_and_monochrome(snap_compare: SnapCompare) -> None:
    app = host("crawler", ascii=True, theme="conductor-monochrome")
    assert snap_compare(app, terminal_size=(120, 40))


def test_an_agent_that_is_gone(snap_compare: SnapCompare) -> None:
    assert snap_compare(host("no-one"), terminal_size=(80, 24))
