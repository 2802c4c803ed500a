"""Many that fail together are told as one, and as one when they are well again."""

from conductor_tui.domain.alert import Scope, SubjectKind
from conductor_tui.domain.events import MassFailed
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AlertKey, PlatformName
from tests.engine.alerting.pages import Page

GROUP = AlertKey("group:platforms")


def mass(*names: str, watched: int = 300, is_ours: bool = False) -> MassFailed:
    return MassFailed(
        platforms=tuple(PlatformName(name) for name in names),
        watched=watched,
        canary="loopback answers",
        is_ours=is_ours,
    )


def named(count: int) -> list[str]:
    return [f"p{number:03}" for number in range(count)]


async def many_failed(count: int = 300) -> Page:
    """So many platforms that fail together, step by step as the engine has it."""
    page = Page()
    names = named(count)
    page.watch(*names)
    for name in names:
        page.turns(name, Health.DEGRADED)
    page.happens(mass(*names, watched=count))
    await page.passes(5)
    for name in names:
        page.turns(name, Health.CRITICAL)
    await page.passes(5)
    for name in names:
        page.turns(name, Health.FAILED)
    return page


async def test_300_platforms_that_fail_together_are_one_alert_and_one_recovery() -> (
    None
):
    page = await many_failed()
    await page.passes(120)
    assert page.lines == [
        "OPENED: FAILED platforms: 300 fail together: p000, p001, p002, p003, p004, "
        "p005, p006, p007 and 292 more"
    ]
    assert len(page.told[0].members) == 300
    for name in named(300):
        page.turns(name, Health.HEALTHY)
    await page.passes(120)
    assert page.kinds == ["OPENED", "RECOVERED"]
    assert page.told[1].text.endswith(": all 300 are well again")


async def test_those_that_stay_unwell_are_told_by_themselves_in_the_end() -> None:
    page = await many_failed(10)
    for name in named(9):
        page.turns(name, Health.HEALTHY)
    await page.passes(59)
    assert page.kinds == ["OPENED"]
    await page.passes(2)
    assert [(one.kind, one.subject.name) for one in page.told[1:]] == [
        ("RECOVERED", "platforms"),
        ("OPENED", "p009"),
    ]
    assert page.told[1].text.endswith("9 of 10 are, 1m later not: p009")


async def test_one_that_fails_an_hour_later_is_told_by_itself() -> None:
    page = await many_failed(10)
    page.watch("late")
    await page.passes(3600)
    page.turns("late", Health.FAILED)
    assert page.told[-1].subject.name == "late"


async def test_a_blip_that_opens_no_alert_is_no_group_either() -> None:
    page = Page()
    page.watch(*named(10))
    for name in named(10):
        page.turns(name, Health.DEGRADED)
    page.happens(mass(*named(10), watched=10))
    for name in named(10):
        page.turns(name, Health.HEALTHY)
    page.turns("p003", Health.FAILED)
    await page.passes(60)
    assert [one.subject.name for one in page.told] == ["p003"]


async def test_when_it_is_us_the_alert_is_about_us() -> None:
    page = Page()
    page.watch(*named(10))
    page.happens(mass(*named(10), watched=10, is_ours=True))
    assert [one.subject.key for one in page.told] == ["conductor:network"]
    await page.passes(60)
    assert page.kinds == ["OPENED", "RECOVERED"]


async def test_agents_that_fall_silent_together_are_one_alert() -> None:
    page = Page()
    names = named(50)
    page.listen(*names)
    for health in (Health.DEGRADED, Health.CRITICAL, Health.FAILED):
        for name in names:
            page.agent_turns(name, health)
        await page.passes(5)
    assert [one.subject.key for one in page.told] == ["group:agents"]
    for name in names:
        page.agent_turns(name, Health.HEALTHY)
    await page.passes(2)
    assert page.kinds == ["OPENED", "RECOVERED"]


async def test_a_few_agents_of_many_are_told_one_by_one() -> None:
    page = Page()
    page.listen(*named(50))
    for name in named(5):
        page.agent_turns(name, Health.FAILED)
    assert {one.subject.kind for one in page.told} == {SubjectKind.AGENT}
    assert len(page.told) == 5


async def test_a_restart_in_a_mass_failure_tells_nobody_again() -> None:
    page = await many_failed(10)
    kept = [view for view in page.views.values() if view.ended_at is None]
    page.book = page.open_book()
    page.book.restore(kept, [])
    await page.passes(60)
    assert page.kinds == ["OPENED"]
    for name in named(10):
        page.turns(name, Health.HEALTHY)
    await page.passes(2)
    assert page.kinds == ["OPENED", "RECOVERED"]


async def test_a_silence_of_every_member_silences_the_group() -> None:
    page = Page()
    names = named(10)
    page.watch(*names, group="bots")
    page.silence(600, Scope(groups=frozenset({"bots"})))
    page.happens(mass(*names, watched=10))
    for name in names:
        page.turns(name, Health.FAILED)
    await page.passes(60)
    assert page.told == []


async def test_dependents_are_in_no_group_when_one_is_to_blame() -> None:
    page = Page()
    page.watch("postgres")
    names = named(10)
    page.watch(*names, depends_on=(PlatformName("postgres"),))
    page.turns("postgres", Health.FAILED)
    page.happens(mass("postgres", *names, watched=11))
    for name in names:
        page.turns(name, Health.FAILED)
    await page.passes(60)
    assert [one.subject.name for one in page.told] == ["postgres"]


async def test_a_group_is_not_well_because_nobody_has_been_asked_since_a_restart() -> (
    None
):
    before = await many_failed(10)
    kept = [view for view in before.views.values() if view.ended_at is None]
    page = Page()
    page.book.restore(kept, [])
    await page.passes(5)  # platforms are watched a moment later
    assert page.told == []
    page.watch(*named(10))
    await page.passes(5)
    assert page.kinds == ["RECOVERED"]


async def test_a_group_of_what_nobody_watches_any_more_ends() -> None:
    before = await many_failed(10)
    kept = [view for view in before.views.values() if view.ended_at is None]
    page = Page()
    page.book.restore(kept, [])
    await page.passes(60)
    page.book.drop_strangers()
    await page.passes(5)
    assert page.kinds == ["RECOVERED"]
    assert page.book.is_waiting is False


async def test_nobody_is_told_of_a_restored_alert_before_its_subject_is_there() -> None:
    before = Page()
    before.watch("api")
    before.silence(30)
    before.turns("api", Health.FAILED)
    page = Page()
    page.book.restore(list(before.views.values()), [])
    await page.passes(50)
    assert page.told == []
    page.watch("api")
    assert page.told == []
