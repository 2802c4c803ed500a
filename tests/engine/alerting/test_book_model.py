"""Whatever happens in whatever order: in the end people know how things are."""

import asyncio
from itertools import pairwise
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.alert import NoticeKind, Scope
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AlertKey, PlatformName
from tests import build
from tests.engine.alerting.pages import Page

Step: TypeAlias = tuple[object, ...]
NAMES = ("a", "b", "c")
_WRONG = {
    NoticeKind.OPENED,
    NoticeKind.CHANGED,
    NoticeKind.REMINDER,
    NoticeKind.STEADY,
}

steps = st.one_of(
    st.tuples(
        st.just("turn"),
        st.sampled_from(NAMES),
        st.sampled_from([Health.HEALTHY, Health.DEGRADED, Health.FAILED]),
    ),
    st.tuples(st.just("wait"), st.integers(1, 90)),
    st.tuples(st.just("silence"), st.sampled_from(NAMES), st.integers(1, 120)),
    st.tuples(st.just("ack"), st.sampled_from(NAMES)),
    st.tuples(st.just("restart")),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=40))
def test_in_the_end_people_know_how_things_are(
    script: list[Step],
) -> None:
    asyncio.run(_play(script))


async def _play(script: list[Step]) -> None:
    page = Page(remind_s=300.0)
    page.watch(*NAMES)
    for step in script:
        await _do(page, step)
    for name in NAMES:
        if _health(page, name) is Health.DEGRADED:
            page.turns(name, Health.FAILED)
    for _ in range(21):  # what flapped is steady by now
        for name in NAMES:
            is_well = _health(page, name) is Health.HEALTHY
            page.hub.publish(build.passed(name) if is_well else build.failed(name))
    await page.passes(200)
    for name in NAMES:
        _check(page, name)


def _health(page: Page, name: str) -> Health:
    return page.hub.snapshot.platforms[PlatformName(name)].health


def _check(page: Page, name: str) -> None:
    told = [one for one in page.told if one.subject.name == name]
    health = _health(page, name)
    if health is Health.FAILED:
        assert told, page.lines
        assert told[-1].kind in _WRONG, page.lines
        assert told[-1].state == "FAILED", page.lines
    elif health is Health.HEALTHY and told:
        assert told[-1].state == "HEALTHY", page.lines
    for before, after in pairwise(told):
        both = (before.kind, after.kind)
        assert both != (NoticeKind.RECOVERED, NoticeKind.RECOVERED), page.lines
        assert both != (NoticeKind.FLAPPING, NoticeKind.FLAPPING), page.lines


async def _do(page: Page, step: Step) -> None:
    match step:
        case ("turn", str(name), Health() as health):
            page.turns(name, health)
        case ("wait", int(seconds)):
            await page.passes(seconds)
        case ("silence", str(name), int(seconds)):
            page.silence(seconds, Scope(names=frozenset({name})))
        case ("ack", str(name)):
            key = AlertKey(f"platform:{name}")
            if page.book.alert(key) is not None:
                page.ack(key)
        case ("restart",):
            silences = tuple(page.book.silences)
            page.book = page.open_book()
            page.book.restore(list(page.views.values()), silences)
        case _:
            raise AssertionError(step)
