"""What happened to one platform, or one agent, while a person was away."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.events import (
    AgentHealthChanged,
    BreakerChanged,
    ConductorStarted,
    Envelope,
    HealthChanged,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.digest_item import OVER, Item, times
from conductor_tui.tui.present.glyphs import HEALTH
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Span
from conductor_tui.tui.present.viewers import Deed, deed_of
from conductor_tui.tui.present.words import (
    BREAKER_TONES,
    BREAKER_WORDS,
    HEALTH_TONES,
    face,
    span,
    until,
)

_DEEDS = 2  # of one platform that are told in full
_WEIGHTS = {
    "FAILED": 6,
    "CRITICAL": 5,
    "HELD": 4,
    "PAUSED": 3,
    "OPEN": 3,
    "DEGRADED": 2,
}
_ANY = 1  # whatever else is not over

Stories: TypeAlias = "dict[tuple[bool, str], Story]"  # by (is it an agent, name)


@dataclass(slots=True)
class Story:
    """`failed` counts how often it came to FAILED, for `failed_s` in all until the
    last of them, which began at `failing_since` if it goes on. `critical` counts the
    times that it was CRITICAL, `opened` those that its breaker opened by itself.
    """

    name: str
    is_agent: bool
    failed: int = 0
    failed_s: float = 0.0
    failing_since: datetime | None = None
    critical: int = 0
    opened: int = 0
    deeds: list[tuple[datetime, Deed]] = field(default_factory=list)
    _is_cut: bool = False

    @property
    def is_news(self) -> bool:
        return bool(self.failed or self.critical or self.opened or self.deeds)

    def turn(self, at: datetime, was: Health, now: Health, left_at: datetime) -> None:
        if was is Health.FAILED and not self.failed:  # it was, when the person left
            self.failed, self.failing_since = 1, left_at
        if now is not Health.FAILED:
            self.end(at)
            self.critical += now is Health.CRITICAL and was is not Health.FAILED
        elif self.failing_since is None:
            self.failed += not (self._is_cut and was is Health.UNKNOWN)
            self.failing_since = at
        self._is_cut = False

    def end(self, at: datetime) -> None:
        """It is FAILED no more, or nobody knows from here on."""
        if self.failing_since is not None:
            lasted = (at - self.failing_since).total_seconds()
            self.failed_s += max(0.0, lasted)
            self.failing_since = None

    def cut(self, at: datetime) -> None:
        """There was no conductor from `at` on: FAILED again is not once more."""
        self._is_cut = self.failing_since is not None
        self.end(at)

    def lasted_s(self, now: datetime) -> float:
        since = self.failing_since
        going_on = (now - since).total_seconds() if since else 0.0
        return self.failed_s + max(0.0, going_on)


def stories(events: Iterable[Envelope], left_at: datetime) -> "list[Story]":
    """Return what happened to whom, of those to whom anything worth a line did."""
    told: Stories = {}

    def of(name: str, *, is_agent: bool = False) -> Story:
        return told.setdefault((is_agent, name), Story(name, is_agent))

    for one in events:
        event = one.event
        match event:
            case HealthChanged(platform=name, was=was, now=now):
                of(name).turn(one.at, was, now, left_at)
            case AgentHealthChanged(agent=agent, was=was, now=now):
                of(agent, is_agent=True).turn(one.at, was, now, left_at)
            case BreakerChanged(platform=name, was=BreakerState.CLOSED, breaker=after):
                of(name).opened += after.state is BreakerState.OPEN
            case ConductorStarted(before=before):
                for story in told.values():
                    story.cut(before or one.at)
            case _:
                pass  # of no platform and no agent, or nothing to count
        if deed := deed_of(event):
            of(deed.platform).deeds.append((one.at, deed))
    return [story for story in told.values() if story.is_news]


def item_of(story: Story, snapshot: Snapshot, lens: Lens) -> Item:
    """Return the line of a story: how it is now, then what it was."""
    sign, state = _now(story, snapshot, lens)
    is_over = state.text == OVER
    return Item(
        about=f"agent {story.name}" if story.is_agent else story.name,
        sign=sign,
        state=state,
        words="; ".join(_words(story, lens)),
        weight=0 if is_over else _WEIGHTS.get(state.text, _ANY),
        lasted_s=story.lasted_s(lens.now),
    )


def _now(story: Story, snapshot: Snapshot, lens: Lens) -> tuple[Span, Span]:
    """The sign and the word for how it is now."""
    if story.is_agent:
        agent = snapshot.agents.get(AgentId(story.name))
        if agent is None:
            return Span(" "), Span("gone", "muted")
        return _health(agent.health)
    view = snapshot.platforms.get(PlatformName(story.name))
    if view is None:
        return Span(" "), Span("gone", "muted")
    seen = face(view, lens.now)
    if seen.quiet:
        return _health(view.health)
    if seen.word != Health.HEALTHY:
        return seen.sign, Span(seen.word, seen.tone)
    state = view.breaker.state  # it was well when last heard
    if state is BreakerState.CLOSED:
        return seen.sign, Span("stale", seen.tone)
    return seen.sign, Span(BREAKER_WORDS[state], BREAKER_TONES[state])


def _health(health: Health) -> tuple[Span, Span]:
    sign = Span(HEALTH[health], HEALTH_TONES[health])
    if health is Health.HEALTHY:
        return sign, Span(OVER, "muted")
    return sign, Span(health.value, HEALTH_TONES[health])


def _words(story: Story, lens: Lens) -> Iterable[str]:
    if story.failed:
        yield failed_words(story, lens)
    elif story.critical:
        yield times("was CRITICAL", story.critical)
    if story.opened:
        yield times("breaker opened", story.opened)
    before = len(story.deeds) - _DEEDS
    for at, deed in story.deeds[-_DEEDS:]:
        why = f': "{deed.why}"' if deed.why else ""
        yield f"{deed.by} {deed.verb} it at {until(at, lens)}{why}"
    if before > 0:
        yield f"{before} more before that"


def failed_words(story: Story, lens: Lens) -> str:
    """Return `FAILED for 4m20s`, `FAILED 3 times, 12 m in all`, or since when."""
    what = times("FAILED", story.failed)
    if story.failing_since:
        since = until(story.failing_since, lens)
        lasted = span(lens.age_s(story.failing_since))
        return f"{what}{',' if story.failed > 1 else ''} since {since} ({lasted})"
    lasted = span(story.failed_s)
    return f"{what}, {lasted} in all" if story.failed > 1 else f"{what} for {lasted}"
