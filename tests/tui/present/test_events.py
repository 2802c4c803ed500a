"""What happened, in words."""

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.events import (
    BreakersDropped,
    CheckOverran,
    CommandAnswered,
    Event,
    LoadChanged,
    PlatformPaused,
    PlatformRemoved,
    RamJumped,
    SamplingFailed,
    SettingsLoaded,
    VerdictApplied,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.resources import Load, LoadState
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.events import events, newest, told
from conductor_tui.tui.present.spans import text_of
from tests.build import added, history, hold, moved, passed, turned
from tests.tui.present.views import LENS

API = PlatformName("api")
BACKUPS = Pause(kind=PauseKind.MAINTENANCE, by="backups", why="maintenance", at=EPOCH)


def answered(*, granted: bool) -> CommandAnswered:
    return CommandAnswered(
        command=CommandId("1"),
        verb="trip",
        platform=API,
        granted=granted,
        words="too late",
        by="root",
    )


def applied(count: int, *missing: str) -> VerdictApplied:
    held = moved("api", BreakerState.HELD, held=hold()).breaker
    return VerdictApplied(
        platform=API, breaker=held, count=count, of=20, took_s=0.012, missing=missing
    )


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (applied(20), ("api", "applied on 20/20", "HELD in 12 ms")),
        (
            applied(18, "bot-a pid 812", "bot-b pid 813"),
            ("api", "applied on 18/20", "not on bot-a pid 812, bot-b pid 813"),
        ),
        (
            BreakersDropped(platforms=(API,)),
            ("conductor", "breakers dropped", "not watched after the restart: api"),
        ),
        (
            turned("api", Health.HEALTHY, Health.DEGRADED, "connection refused"),
            ("api", "DEGRADED", "connection refused"),
        ),
        (
            turned("api", Health.FAILED, Health.HEALTHY),
            ("api", "HEALTHY", "was FAILED"),
        ),
        (
            moved("api", BreakerState.OPEN),
            ("api", "breaker OPEN", "3 of 3 checks failed"),
        ),
        (
            moved("api", BreakerState.HELD, held=hold()),
            ("api", "HELD by root", '"swapping the model", until reset'),
        ),
        (
            SamplingFailed(why="too many open files"),
            ("this host", "not measured", "too many open files"),
        ),
        (
            LoadChanged(
                was=LoadState.NORMAL,
                load=Load(LoadState.DEGRADED, frozenset({"ram"})),
                why="RAM 83 %",
            ),
            ("this host", "load DEGRADED", "RAM 83 %"),
        ),
        (
            RamJumped(platform=API, before_percent=71, after_percent=78),
            ("api", "RAM +7 points", "71 % before its check, 78 % after"),
        ),
        (added("api"), ("api", "watched", "http http://127.0.0.1:80/health")),
        (
            PlatformRemoved(platform=API, why="no longer listens"),
            ("api", "not watched", "no longer listens"),
        ),
        (
            PlatformPaused(platform=API, pause=BACKUPS),
            ("api", "MAINTENANCE", '"backups", until resumed'),
        ),
        (answered(granted=False), ("api", "trip refused", "too late")),
        (SettingsLoaded(source="c.toml"), ("settings", "loaded", "c.toml")),
        (
            SettingsLoaded(source="c.toml", changed=(API,), others=("[load]",)),
            ("settings", "loaded", "c.toml: 1 changed (api), 1 changed too ([load])"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_event_in_words(event: Event, words: tuple[str, str, str]) -> None:
    said = told(event, LENS)

    assert said is not None
    assert (said.about, said.head, said.detail) == words


@pytest.mark.parametrize(("count", "tone"), [(20, "muted"), (18, "degraded")])
def test_a_word_that_is_not_in_force_everywhere_stands_out(
    count: int, tone: str
) -> None:
    said = told(applied(count), LENS)
    assert said is not None
    assert said.tone == tone


def test_an_emergency_is_as_loud_as_a_failure() -> None:
    said = told(
        LoadChanged(
            was=LoadState.DEGRADED,
            load=Load(LoadState.EMERGENCY, frozenset({"ram"})),
            why="ram 96 %",
        ),
        LENS,
    )
    assert said is not None
    assert said.tone == "failed"


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(answered(granted=True), id="told by what it did"),
        pytest.param(turned("api", Health.UNKNOWN, Health.HEALTHY), id="as hoped for"),
        pytest.param(CheckOverran(platform=API), id="counted, not told"),
        pytest.param(passed("api"), id="the board shows results"),
    ],
)
def test_what_is_not_worth_a_line(event: Event) -> None:
    assert told(event, LENS) is None


def test_the_newest_event_is_on_top() -> None:
    two = history(
        turned("api", Health.HEALTHY, Health.DEGRADED, "first"),
        turned("api", Health.DEGRADED, Health.CRITICAL, "second"),
    )
    lines = events(two, LENS, 80, 5)

    assert [text_of(line).split()[-1] for line in lines] == ["second", "first"]


def test_platforms_that_come_together_share_a_line() -> None:
    envelopes = history(*[added(f"p{n}") for n in range(30)])

    ((envelope, words),) = newest(envelopes, LENS, 5)

    assert envelope.at == EPOCH
    assert words.about == "30 platforms"
    assert words.detail.startswith("p0, p1, p2")


def test_their_first_good_results_do_not_part_them() -> None:
    envelopes = history(
        added("a"), turned("a", Health.UNKNOWN, Health.HEALTHY), added("b")
    )

    ((_, words),) = newest(envelopes, LENS, 5)

    assert words.detail == "a, b"
