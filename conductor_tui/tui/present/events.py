"""What happened, in words, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import NamedTuple

from conductor_tui.domain.alert_events import (
    AlertChanged,
    AlertsRestored,
    AttentionCalled,
    ChannelChanged,
    DeliveryChanged,
    JournalChanged,
    RecoveryChanged,
    SilenceChanged,
)
from conductor_tui.domain.breaker import CONFIRMED, BreakerState
from conductor_tui.domain.events import (
    AgentAdded,
    AgentChanged,
    AgentHealthChanged,
    AgentRemoved,
    BeatsHeard,
    BreakerChanged,
    BreakersDropped,
    CheckFinished,
    CheckOverran,
    ClientsTold,
    CommandAnswered,
    ConductorStarted,
    DispatchSampled,
    Envelope,
    Event,
    ForecastMade,
    HealthChanged,
    IngestCounted,
    LimitForeseen,
    LoadChanged,
    LoopStalled,
    MassFailed,
    OwnSampled,
    PlatformAdded,
    PlatformChanged,
    PlatformPaused,
    PlatformRemoved,
    PlatformResumed,
    RamJumped,
    ResourcesSampled,
    SamplingFailed,
    SettingsLoaded,
    SettingsRefused,
    ShedActed,
    ShedAdvised,
    VerdictApplied,
    ViewersChanged,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.letter_events import (
    LetterGivenUp,
    LettersDelivered,
    LettersTold,
    LettersUnread,
    LettersWait,
)
from conductor_tui.domain.pause import PauseKind
from conductor_tui.domain.plugin_events import (
    PluginAdded,
    PluginChanged,
    PluginErred,
    PluginLogged,
    PluginRemoved,
    PluginsSampled,
)
from conductor_tui.domain.resources import LoadState
from conductor_tui.domain.shedding import ShedAdvice, ShedStep
from conductor_tui.tui.present.agent_events import told_words
from conductor_tui.tui.present.alert_events import told_of_alerts
from conductor_tui.tui.present.foreseen import foreseen
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.letter_words import told_of_letters
from conductor_tui.tui.present.plugin_words import told_of_plugins
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    ends,
    fit,
    fit_line,
    fit_right,
)
from conductor_tui.tui.present.words import (
    BREAKER_TONES,
    BREAKER_WORDS,
    HEALTH_TONES,
    latency,
    stamp,
    stamp_width,
    until,
)

_HEAD = 18  # "HELD by operator  "

_LOAD_TONES: dict[LoadState, Tone] = {
    LoadState.NORMAL: "muted",
    LoadState.DEGRADED: "degraded",
    LoadState.EMERGENCY: "failed",
}
_SHED_HEADS = {
    ShedStep.SHED: "should make room",
    ShedStep.RESTORE: "may come back",
}
_SHED_DONE = {ShedStep.SHED: "made room", ShedStep.RESTORE: "brought back"}


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words: about whom, what, and the details."""

    about: str
    head: str
    detail: str
    tone: Tone = "muted"


def told(event: Event, lens: Lens) -> Told | None:
    """Return the event in words; None for what is not worth a line."""
    match event:
        case HealthChanged():
            return _health(event)
        case BreakerChanged():
            return _breaker(event, lens)
        case LoadChanged(load=load, why=why):
            return Told("this host", f"load {load.state}", why, _LOAD_TONES[load.state])
        case LimitForeseen(resource=resource, limit=limit, in_s=in_s):
            return Told("this host", *foreseen(resource, limit, in_s), "degraded")
        case ShedAdvised(advice=ShedAdvice() as advice):
            return Told(
                advice.platform, _SHED_HEADS[advice.step], advice.why, "degraded"
            )
        case ShedActed():
            return _acted(event)
        case SamplingFailed(why=why):
            return Told("this host", "not measured", why, "degraded")
        case RamJumped(before_percent=before, after_percent=after):
            detail = f"{before:.0f} % before its check, {after:.0f} % after"
            return Told(
                event.platform, f"RAM +{after - before:.0f} points", detail, "degraded"
            )
        case PlatformAdded(spec=spec):
            return Told(
                spec.platform, "watched", f"{spec.probe} {spec.target}".rstrip()
            )
        case PlatformRemoved(platform=name, why=why):
            return Told(name, "not watched", why)
        case CommandAnswered(granted=False):
            about = event.about or event.platform or event.agent or "settings"
            return Told(about, f"{event.verb} refused", event.words, "degraded")
        case VerdictApplied(platform=name, breaker=breaker, count=count, of=of):
            tone: Tone = "muted" if count == of else "degraded"
            missing = f"not on {', '.join(event.missing)}" if event.missing else ""
            detail = missing or f"{breaker.state} in {latency(event.took_s)}"
            return Told(name, f"applied on {count}/{of}", detail, tone)
        case BreakersDropped(platforms=names) if names:
            gone = f"not watched after the restart: {', '.join(names[:20])}"
            return Told("conductor", "breakers dropped", gone)
        case PlatformChanged(spec=spec):
            return Told(
                spec.platform, "changed", f"{spec.probe} {spec.target}".rstrip()
            )
        case PlatformPaused(platform=name, pause=pause):
            end = (
                f"until {until(pause.until, lens)}" if pause.until else "until resumed"
            )
            if pause.kind is PauseKind.SHED:
                return Told(name, f"SHED by {pause.by}", pause.why, "held")
            if pause.kind is PauseKind.MAINTENANCE:  # by its window, without a why
                return Told(name, "MAINTENANCE", f'"{pause.by}", {end}', "held")
            return Told(name, f"PAUSED by {pause.by}", f'"{pause.why}", {end}', "held")
        case PlatformResumed(platform=name, by=by, why=why):
            return Told(name, "resumed", f"{why} (by {by})")
        case MassFailed(platforms=names, watched=watched, canary=canary):
            head = f"{len(names)} of {watched} fail"
            return Told(
                "this host", head, f"{canary}: {', '.join(names[:20])}", "failed"
            )
        case ConductorStarted(before=before):
            words = ""
            if before is not None:
                off = until(before, lens)
                words = f"off since {off}: what happened then is unknown"
            return Told("conductor", "started", words)
        case LoopStalled(stall=stall):
            head = f"stood still {latency(stall.lasted_s)}"
            by = ": ".join(filter(None, (stall.task, stall.where)))
            return Told("conductor", head, by or stall.why, "degraded")
        case SettingsLoaded(source=source):
            words = ": ".join(filter(None, (source, _differences(event))))
            return Told("settings", "loaded", words)
        case SettingsRefused(source=source, problems=problems):
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            words = problems[0] if problems else source
            return Told("settings", "refused", f"{words}{more}", "degraded")
        case AgentHealthChanged(was=Health.UNKNOWN, now=Health.HEALTHY):
            return None  # as hoped for: the list says it already
        case AgentHealthChanged(now=now):
            return Told(*told_words(event), HEALTH_TONES[now])
        case AgentAdded() | AgentChanged() | AgentRemoved():
            return Told(*told_words(event))
        case AlertChanged(what=""):
            return None
        case (
            AlertChanged()
            | SilenceChanged()
            | DeliveryChanged()
            | RecoveryChanged()
            | JournalChanged()
        ):
            return Told(*told_of_alerts(event))
        case (
            PluginAdded()
            | PluginRemoved()
            | PluginChanged()
            | PluginErred()
            | PluginsSampled()
            | PluginLogged()
        ):
            words_of_plugin = told_of_plugins(event)
            return Told(*words_of_plugin) if words_of_plugin else None
        case (
            LettersTold()
            | LettersWait()
            | LettersDelivered()
            | LetterGivenUp()
            | LettersUnread()
        ):
            words_of_letters = told_of_letters(event)
            return Told(*words_of_letters) if words_of_letters else None
        case (
            CommandAnswered()
            | AlertsRestored()
            | ChannelChanged()
            | AttentionCalled()
            | BeatsHeard()
            | IngestCounted()
            | CheckFinished()
            | CheckOverran()
            | ResourcesSampled()
            | ForecastMade()
            | ShedAdvised()
            | OwnSampled()
            | ViewersChanged()
            | ClientsTold()
            | DispatchSampled()
            | BreakersDropped()
        ):
            return None  # a granted command is told by what it did


def _differences(event: SettingsLoaded) -> str:
    """Return "1 added, 2 changed (api, db)"; "" for the first ones of all."""
    parts = {
        "added": event.added,
        "removed": event.removed,
        "changed": event.changed,
        "changed too": event.others,
    }
    said = [
        f"{len(names)} {word} ({', '.join(names[:5])})"
        for word, names in parts.items()
        if names
    ]
    return ", ".join(said)


def _acted(event: ShedActed) -> Told:
    detail = f"{event.action}: {event.words}"
    if not event.is_done:
        return Told(event.platform, f"{event.step} failed", detail, "degraded")
    return Told(event.platform, _SHED_DONE[event.step], detail)


def _health(event: HealthChanged) -> Told | None:
    tone: Tone = HEALTH_TONES[event.now]
    if event.now is Health.HEALTHY:
        first = event.was is Health.UNKNOWN  # as hoped for: the board says it already
        return (
            None if first else Told(event.platform, "HEALTHY", f"was {event.was}", tone)
        )
    return Told(event.platform, event.now.value, event.why, tone)


def _breaker(event: BreakerChanged, lens: Lens) -> Told:
    breaker = event.breaker
    tone: Tone = BREAKER_TONES[breaker.state]
    if breaker.state is BreakerState.HELD and breaker.hold is not None:
        hold = breaker.hold
        end = f"until {until(hold.until, lens)}" if hold.until else "until reset"
        if hold.confirm_by is not None:
            end += f", undone at {until(hold.confirm_by, lens)} unless confirmed"
        elif breaker.why.startswith(CONFIRMED):
            end += f", {breaker.why}"
        return Told(event.platform, f"HELD by {hold.by}", f'"{hold.why}", {end}', tone)
    if breaker.state is BreakerState.CLOSED:
        tone = "healthy"
    head = f"breaker {BREAKER_WORDS[breaker.state]}"
    is_asked = event.command is not None
    by = f" (by {breaker.by})" if is_asked and breaker.by else ""
    return Told(event.platform, head, f"{breaker.why}{by}".strip(), tone)


def newest(
    envelopes: Sequence[Envelope], lens: Lens, count: int
) -> list[tuple[Envelope, Told]]:
    """Return the newest `count` lines, newest first. What came one after the other in a
    crowd shares one.
    """
    spoken = (
        (envelope, words)
        for envelope in reversed(envelopes)
        if (words := told(envelope.event, lens))
    )
    lines: list[tuple[Envelope, Told]] = []
    for crowd, group in groupby(spoken, key=_crowd):
        run = list(islice(group, None if crowd else count - len(lines)))
        together = crowd is not None and len(run) >= crowd.least
        lines += [(run[0][0], _together(crowd, run))] if crowd and together else run
        if len(lines) >= count:
            break
    return lines[:count]


class _Crowd(NamedTuple):
    """Of what many share a line, from `least` of them on: few keep their reasons."""

    of: str
    what: str
    least: int


def _crowd(spoken: tuple[Envelope, Told]) -> _Crowd | None:
    match spoken[0].event:
        case PlatformAdded():
            return _Crowd("platforms", "watched", 2)
        case AgentAdded():
            return _Crowd("agents", "listened for", 2)
        case AgentRemoved():
            return _Crowd("agents", "not listened for", 3)
        case AgentHealthChanged(now=now):
            return _Crowd("agents", now.value, 3)
        case _:
            return None


def _together(crowd: _Crowd, run: Sequence[tuple[Envelope, Told]]) -> Told:
    names = ", ".join([words.about for _, words in run[::-1][:20]])
    return Told(f"{len(run)} {crowd.of}", crowd.what, names, run[0][1].tone)


def events(
    envelopes: Sequence[Envelope], lens: Lens, width: int, height: int
) -> tuple[Line, ...]:
    """Return one line per event: time, platform, words."""
    shown = newest(envelopes, lens, height)
    if not shown:
        return (fit_line((Span(" nothing has happened yet", "muted"),), width),)[
            :height
        ]
    clock = stamp_width((envelope.at for envelope, _ in shown), lens)
    name = max(8, min(16, width // 5), min(28, width // 6))
    return tuple(
        ends(
            (
                Span(f" {fit_right(stamp(envelope.at, lens), clock)}  ", "muted"),
                Span(fit(words.about, name) + "  "),
                Span(fit(words.head, _HEAD), words.tone),
                Span(f" {words.detail}", "muted"),
            ),
            (Span(" "),),
            width,
        )
        for envelope, words in shown
    )


def rail(
    envelopes: Sequence[Envelope], lens: Lens, width: int, height: int
) -> tuple[Line, ...]:
    """Return breaker transitions above all other events, two lines each."""
    breakers = [e for e in envelopes if isinstance(e.event, BreakerChanged)]
    others = [e for e in envelopes if not isinstance(e.event, BreakerChanged)]
    upper = _entries(newest(breakers, lens, max(1, (height - 3) // 4)), lens, width)
    lower = _entries(newest(others, lens, height), lens, width)
    lines = (
        fit_line((Span(" Breakers", "title"),), width),
        *(upper or (fit_line((Span(" no transitions yet", "muted"),), width),)),
        fit_line((), width),
        fit_line((Span(" Events", "title"),), width),
        *lower,
    )
    return lines[:height]


def _entries(
    shown: Iterable[tuple[Envelope, Told]], lens: Lens, width: int
) -> tuple[Line, ...]:
    lines = []
    for envelope, words in shown:
        time = stamp(envelope.at, lens)
        head = (
            Span(f" {time} ", "muted"),
            Span(fit(words.about, max(0, width - 27)) + " "),
            Span(words.head, words.tone),
        )
        lines.append(fit_line(head, width))
        if words.detail:
            lines.append(fit_line((Span(f"{'':10}{words.detail}", "muted"),), width))
    return tuple(lines)
