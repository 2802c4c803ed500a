"""What other screens say of plug-ins."""

from dataclasses import replace
from datetime import UTC

import pytest

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.plugin import PluginState, PluginView
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plugin_note import (
    failed_in_short,
    failed_words,
    plugin_note,
)
from conductor_tui.tui.present.spans import cells, text_of
from conductor_tui.tui.present.trouble import trouble
from tests.tui import worlds
from tests.tui.plugin_days import day, plugin

LENS = Lens(worlds.NOW, UTC)


def watched(target: str, probe: str = "plugin") -> PlatformView:
    spec = CheckSpec(platform=PlatformName("chat"), probe=probe, target=target)
    return PlatformView(spec=spec)


def said(target: str, width: int = 120) -> str:
    return text_of(plugin_note(watched(target), day(), LENS, width)[0]).strip()


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("matrix", "plug-in  ● matrix ACTIVE  for 1 h  pid 20412  restarts 2"),
        ("webhook", "plug-in  ● webhook ACTIVE  for 1 h  7 shows it"),
        ("crawler", "plug-in  ▲ crawler LOADING  for 3 s  restarts 3  again in 5 s"),
        ("discord", "plug-in  ‖ discord DISABLED  for 1 h  7 shows it  by ann"),
        ("nobody", "plug-in  ? nobody  is not there"),
    ],
)
def test_the_page_of_a_platform_says_how_its_plug_in_is(
    target: str, words: str
) -> None:
    assert said(target).startswith(words)


def test_a_reason_without_end_leaves_the_key_to_be_seen() -> None:
    line = plugin_note(watched("android"), day(), LENS, 66)[0]
    assert cells(line) == 66
    assert "7 shows it" in text_of(line)


def test_a_platform_that_no_plug_in_watches_has_no_such_line() -> None:
    assert plugin_note(watched("matrix", "http"), day(), LENS, 80) == ()


def having(*views: PluginView) -> Snapshot:
    return replace(day(), plugins=Roster({view.name: view for view in views}))


def test_only_those_that_failed_are_counted_in_the_header() -> None:
    well = having(plugin("matrix"), plugin("discord", PluginState.DISABLED))
    assert failed_in_short(well) == ()
    assert "plug-in" not in text_of(header(well, LENS, 120))
    assert "✖ 1 plug-in FAILED" in text_of(header(day(), LENS, 120))
    assert "plug-ins ✖1" in text_of(header(day(), LENS, 40))


def test_the_first_that_failed_is_named_with_its_reason_and_the_key() -> None:
    two = having(
        plugin("a", PluginState.FAILED, why="no such code"),
        plugin("b", PluginState.FAILED, why="it hung"),
    )
    words = "plug-in a FAILED (and 1 more), 7 shows it: no such code"
    assert failed_words(two) == words
    assert trouble(two, LENS) == words
    assert failed_words(having(plugin("a"))) == ""
