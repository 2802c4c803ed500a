"""A platform as a short text in Markdown: for a chat, a ticket, a handover."""

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.tui.present.events_page import spoken
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spark import latencies
from conductor_tui.tui.present.why import why
from conductor_tui.tui.present.words import BREAKER_WORDS, age, latency, since

_EVENTS = 12


def incident(view: PlatformView, snapshot: Snapshot, lens: Lens) -> str:
    """Return who it is, how it is, why, and what happened last, oldest first."""
    lines = [
        f"### {_code(view.name)} is {_state(view)}",
        "",
        f"- host {_code(snapshot.host or 'unknown')}, as of {_moment(lens)}",
        f"- probe {_code(f'{view.spec.probe} {view.spec.target}')}",
        f"- for {age(since(view), lens) or 'an unknown time'}: "
        f"{_code(why(view, lens).sentence)}",
    ]
    if blamed := snapshot.blocked_by(view):
        lines.append(f"- depends on {_code(blamed)}, which is not there")
    if dependents := snapshot.dependents(view.name):
        names = ", ".join(_code(name) for name in dependents[:10])
        lines.append(f"- {len(dependents)} depend on it: {names}")
    measured = latencies(view.results())
    if measured.p50 is not None and measured.p95 is not None:
        p50, p95 = latency(measured.p50), latency(measured.p95)
        lines.append(f"- latency p50 {p50}, p95 {p95}")
    return "\n".join([*lines, *_happened(view, lens)])


def _state(view: PlatformView) -> str:
    state = view.breaker.state
    if state is BreakerState.CLOSED:
        return view.health.value
    return f"{view.health.value}, breaker {BREAKER_WORDS[state]}"


def _moment(lens: Lens) -> str:
    return f"{lens.local(lens.now):%Y-%m-%d %H:%M:%S %z}"


def _happened(view: PlatformView, lens: Lens) -> list[str]:
    told = [
        (envelope.at, words)
        for envelope in view.timeline[-_EVENTS:]
        if (words := spoken(envelope.event, lens))
    ]
    if not told:
        return []
    return [
        "",
        "```",
        *[
            f"{lens.local(at):%m-%d %H:%M:%S}  {words.head}  {words.detail}".rstrip()
            for at, words in told
        ],
        "```",
    ]


def _code(text: str) -> str:
    """Return text that no Markdown sign in it can turn into something else."""
    return "`" + text.replace("`", "'") + "`"
