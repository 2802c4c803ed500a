"""The log: which events have a line, in which words, and which a filter leaves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.events import (
    BreakersDropped,
    CheckOverran,
    Envelope,
    SamplingFailed,
    VerdictApplied,
)
from conductor_tui.domain.fold import replay
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName, Seq
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.events_filter import complaint, filtered
from conductor_tui.tui.present.events_page import KINDS, Log, as_text, kind, spoken
from conductor_tui.tui.present.lens import Lens
from tests.build import NODE, added, failed, history, moved, passed, turned
from tests.tui import long_days
from tests.tui.present.views import LENS

DISCORD = PlatformName("discord")
HAPPENED = (
    added("api"),
    turned("api", Health.UNKNOWN, Health.HEALTHY),
    turned("discord", Health.HEALTHY, Health.FAILED, "timed out"),
    moved("discord", BreakerState.OPEN),
    long_days.granted("check", "api", "passed in 3 ms"),
    long_days.REFUSED,
    long_days.paused("discord"),
    SamplingFailed(why="no /proc"),
)


def log(*events: object) -> Log:
    found = Log()
    found.update(history(*events), LENS)  # type: ignore[arg-type]
    return found


def test_what_the_overview_leaves_out_has_a_line_here() -> None:
    words = [spoken(event, LENS) for event in HAPPENED]
    assert [(w.about, w.head) for w in words if w] == [
        ("api", "watched"),
        ("api", "HEALTHY"),
        ("discord", "FAILED"),
        ("discord", "breaker OPEN"),
        ("api", "check granted"),
        ("settings", "refused"),
        ("discord", "PAUSED by root"),
        ("this host", "not measured"),
    ]


@pytest.mark.parametrize("event", [passed(), failed(), CheckOverran(platform=DISCORD)])
def test_results_are_no_news(event: object) -> None:
    assert spoken(event, LENS) is None  # type: ignore[arg-type]


def test_what_became_of_a_breaker_is_of_its_kind() -> None:
    breaker = moved("api", BreakerState.OPEN).breaker
    applied = VerdictApplied(
        platform=DISCORD, breaker=breaker, count=1, of=2, took_s=2.0, missing=("bot",)
    )
    assert kind(applied) == kind(BreakersDropped(platforms=(DISCORD,))) == "breaker"
    (entry,) = log(applied).entries
    assert entry.platform == DISCORD


def test_every_kind_that_an_event_is_of_can_be_asked_for() -> None:
    assert {kind(event) for event in HAPPENED} <= set(KINDS)


@pytest.mark.parametrize(
    ("words", "heads"),
    [
        ("", 8),
        ("discord", 3),
        ("platform:disc", 3),
        ("platform:discord !kind:health", 2),
        ("kind:breaker,pause", 2),
        ("kind:b", 1),
        ("TIMED", 1),
        ("!api !discord", 2),
        ("group:bots", 3),
        ("!group:bots", 5),
        ("tag:db,slow", 3),
        ("probe:http", 6),
        ("kind:", 8),
        ("!", 8),
        ("no/such:thing", 0),
    ],
)
def test_a_filter_leaves_what_all_its_words_are_true_of(words: str, heads: int) -> None:
    bots = added("discord")
    spec = replace(bots.spec, group="bots", tags=("slow",))
    told = [replace(bots, spec=spec), added("api")]
    platforms = replay(Snapshot(), history(*told)).platforms
    assert len(filtered(log(*HAPPENED).entries, words, platforms)) == heads


def test_a_kind_that_no_event_is_of_is_said() -> None:
    assert complaint("kind:braker").startswith(
        "no kind 'braker': agent, alert, breaker"
    )
    assert complaint("kind:br discord") == ""


def test_what_is_in_words_is_not_said_again() -> None:
    found = Log()
    envelopes = tuple(history(*HAPPENED))
    assert found.update(envelopes, LENS)
    first = found.entries[3]
    assert not found.update(envelopes, LENS)
    assert found.update(envelopes[1:], LENS)
    assert found.entries[2] is first


def test_at_midnight_times_get_their_date() -> None:
    found = Log()
    envelopes = tuple(history(moved("api", BreakerState.OPEN)))
    found.update(envelopes, LENS)
    assert found.update(envelopes, Lens(EPOCH + timedelta(days=1), LENS.zone))


def test_another_history_under_the_same_numbers_is_told_anew() -> None:
    found = Log()
    found.update(tuple(history(added("old"))), LENS)
    found.update(tuple(history(added("new"))), LENS)
    assert [entry.told.about for entry in found.entries] == ["new"]


def test_text_to_paste_has_the_date_and_the_offset() -> None:
    envelope = Envelope(
        seq=Seq(1),
        node=NODE,
        at=EPOCH,
        event=turned("api", Health.HEALTHY, Health.FAILED),
    )
    found = Log()
    found.update((envelope,), LENS)
    assert as_text(found.entries, LENS) == "2030-01-01 12:00:00+0000  api  FAILED"
