"""`plugin log --follow` where we fall behind: nothing is lost, nothing told twice."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from conductor_tui.adapters.wire.frames import encode_envelopes, parts_of
from conductor_tui.cli import listening, main
from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.fold import replay
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import LogLine, PluginSpec
from conductor_tui.domain.plugin_events import PluginAdded, PluginLogged
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH
from tests.build import history

NAME = PluginName("matrix")


def wrote(*words: str, plugin: str = NAME) -> PluginLogged:
    lines = [
        LogLine(at=EPOCH + timedelta(seconds=ord(word)), text=f"line {word}")
        for word in words
    ]
    return PluginLogged(plugin=PluginName(plugin), lines=tuple(lines))


ADDED = PluginAdded(spec=PluginSpec(plugin=NAME))
ALL = history(ADDED, wrote("a", "b"), wrote("c"), wrote("x", plugin="other"))
LATER = history(ADDED, wrote("b"), wrote("c", "d"), wrote("e"))


def snapshot(count: int, envelopes: Any = ALL) -> Iterator[dict[str, Any]]:
    seen = replay(Snapshot(), envelopes[:count])
    yield from map(json.loads, parts_of(seen))


def events(number: int, envelopes: Any = ALL) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(encode_envelopes(envelopes[number : number + 1]))
    return said


def follow(monkeypatch: pytest.MonkeyPatch, *parts: dict[str, Any]) -> list[str]:
    """Return the words that are printed when a conductor says these parts, and ends."""

    def heard(_: object) -> Iterator[dict[str, Any]]:
        yield from parts
        raise NobodyListens("it has closed the connection")

    monkeypatch.setattr(listening, "heard", heard)
    done = CliRunner().invoke(main, ["plugin", "log", NAME, "--follow"])
    assert done.exit_code == ExitCode.UNAVAILABLE
    return [line.rpartition(" ")[2] for line in done.stdout.splitlines()]


def test_what_is_kept_comes_first_then_what_it_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert follow(monkeypatch, *snapshot(2), events(2)) == ["a", "b", "c"]


def test_what_the_snapshot_has_already_is_not_told_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert follow(monkeypatch, *snapshot(3), events(2)) == ["a", "b", "c"]


def test_what_another_writes_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow(monkeypatch, *snapshot(2), events(3)) == ["a", "b"]


def test_what_was_missed_is_told_from_the_next_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = (*snapshot(2), events(2), *snapshot(3, LATER), events(3, LATER))
    assert follow(monkeypatch, *parts) == ["a", "b", "c", "d", "e"]
