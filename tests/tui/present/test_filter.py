"""What is typed into the filter, and what it lets through."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.filter import parse
from tests.tui.present.views import breaker, view

PAUSE = Pause(kind=PauseKind.MAINTENANCE, by="night", why="maintenance", at=EPOCH)


def tagged(group: str = "", *tags: str, name: str = "api") -> PlatformView:
    seen = view(name=name)
    return replace(seen, spec=replace(seen.spec, group=group, tags=tags))


VIEWS = (
    tagged("bots", "db", "eu", name="discord"),
    view(Health.FAILED, breaker(BreakerState.OPEN), name="redis"),
    view(breaker=breaker(BreakerState.HELD), name="llm"),
    replace(view(Health.FAILED, name="mailer"), pause=PAUSE),
    view(name="old", word_s=60),
    view(Health.DEGRADED, name="web"),
)


def shown(text: str) -> list[str]:
    return [seen.name for seen in VIEWS if parse(text).accepts(seen, EPOCH)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", [seen.name for seen in VIEWS]),
        ("DISC", ["discord"]),
        ("redis,llm", ["redis", "llm"]),
        ("state:failed", ["redis", "mailer"]),
        ("state:failed state:open", ["redis"]),
        ("state:fail,held", ["redis", "llm", "mailer"]),
        ("!state:healthy", ["redis", "llm", "mailer", "old", "web"]),
        ("state:stale", ["old"]),
        ("state:paused", ["mailer"]),
        ("state:maint", ["mailer"]),
        ("group:bots", ["discord"]),
        ("group:b tag:EU", ["discord"]),
        ("tag:db !group:bots", []),
        ("probe:tcp", []),
        ("!discord !llm !web !mail !old", ["redis"]),
        ("127.0.0.1:80/ redis", ["redis"]),
        ("state:", [seen.name for seen in VIEWS]),
        ("!", [seen.name for seen in VIEWS]),
    ],
)
def test_who_passes(text: str, names: list[str]) -> None:
    assert shown(text) == names


def test_behind_is_a_state_too() -> None:
    sick = view(Health.FAILED)
    assert parse("state:behind").accepts(sick, EPOCH, PlatformName("db"))
    assert not parse("state:behind").accepts(sick, EPOCH)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stat:failed", "no key 'stat:', read as text; there are state, name"),
        ("state:bad", "no state 'bad': failed, critical"),
        ("state:failed group:x http://h:1/ host:80 6379", ""),
    ],
)
def test_what_is_hardly_meant_is_said(text: str, words: str) -> None:
    assert parse(text).trouble.startswith(words)
    assert bool(parse(text).trouble) == bool(words)


PIECES = st.one_of(
    st.text(),
    st.builds(
        "{}:{}".format, st.sampled_from(["state", "group", "tag", "name"]), st.text()
    ),
)


@given(st.lists(PIECES).map(" ".join))
def test_nothing_that_is_typed_raises(text: str) -> None:
    for seen in VIEWS:
        parse(text).accepts(seen, EPOCH)


@given(PIECES.filter(lambda text: len(parse(text).terms) == 1), st.sampled_from(VIEWS))
def test_an_inverse_term_is_the_complement(text: str, seen: PlatformView) -> None:
    (term,) = parse(text).terms
    turned = replace(term, inverse=not term.inverse)
    assert turned.holds(seen, EPOCH, None) is not term.holds(seen, EPOCH, None)


@given(PIECES.filter(lambda text: not text.lstrip().startswith("!")))
def test_a_mark_in_front_turns_a_single_term_round(text: str) -> None:
    plain, turned = parse(text), parse(f"!{text.lstrip()}")
    if len(plain.terms) == 1 and len(text.split()) == 1:
        for seen in VIEWS:
            assert plain.accepts(seen, EPOCH) is not turned.accepts(seen, EPOCH)
