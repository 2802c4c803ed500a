"""How many agents wear each face, worst first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import attrgetter

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.health import Health
from conductor_tui.tui.present.agent_words import UNWELL
from conductor_tui.tui.present.glyphs import HEALTH, PAUSED
from conductor_tui.tui.present.spans import Line, Span
from conductor_tui.tui.present.tally import Share
from conductor_tui.tui.present.words import HEALTH_TONES

_FACE = attrgetter("health", "is_stopped")  # of thousands, at each look


def agent_tally(agents: Iterable[AgentView]) -> list[Share]:
    """Return the shares that are not empty. Each agent is in one."""
    found = Counter(map(_FACE, agents))
    stopped = found.pop((Health.UNKNOWN, True), 0)
    by_health: Counter[Health] = Counter()
    for (health, _), count in found.items():
        by_health[health] += count
    shares = [
        *(_share(by_health, health) for health in (*UNWELL, Health.UNKNOWN)),
        Share(stopped, "stopped", PAUSED, "muted"),
        _share(by_health, Health.HEALTHY),
    ]
    return [share for share in shares if share.count]


def agents_in_short(agents: Iterable[AgentView]) -> Line:
    """Return them as the header has them: how many, and how many of them are unwell."""
    shares = agent_tally(agents)
    total = sum(share.count for share in shares)
    if not total:
        return ()
    sick = signed(_unwell(shares))
    gap = (Span(" "),) if sick else ()
    return (Span("agents ", "muted"), Span(f"{total:,}"), *gap, *sick)


def unwell_in_short(agents: Iterable[AgentView]) -> Line:
    """Return only how many are unwell; nothing when none is."""
    sick = signed(_unwell(agent_tally(agents)))
    return (Span("agents ", "muted"), *sick) if sick else ()


def spelled(shares: Sequence[Share]) -> Line:
    """Return shares in words: `2 failed  40 healthy`."""
    spans = [
        span
        for share in shares
        for span in (Span("  "), Span(f"{share.count:,} {share.words}", share.tone))
    ]
    return tuple(spans[1:])


def signed(shares: Sequence[Share]) -> Line:
    """Return shares by their signs: `✖2 ●40`."""
    spans = [
        span
        for share in shares
        for span in (Span(" "), Span(f"{share.glyph}{share.count}", share.tone))
    ]
    return tuple(spans[1:])


def _unwell(shares: Iterable[Share]) -> list[Share]:
    words = {health.value.lower() for health in UNWELL}
    return [share for share in shares if share.words in words]


def _share(found: Counter[Health], health: Health) -> Share:
    tone = HEALTH_TONES[health]
    return Share(found[health], health.value.lower(), HEALTH[health], tone)
