"""What happened in one line of plain words, for who reads JSON with his own eyes."""

from conductor_tui.domain.alert_events import (
    AlertChanged,
    AttentionCalled,
    DeliveryChanged,
    JournalChanged,
    RecoveryChanged,
    SilenceChanged,
)
from conductor_tui.domain.breaker import BreakerView
from conductor_tui.domain.events import (
    AgentHealthChanged,
    AgentRemoved,
    BreakerChanged,
    CommandAnswered,
    ConductorStarted,
    Event,
    HealthChanged,
    LoadChanged,
    LoopStalled,
    MassFailed,
    PlatformPaused,
    PlatformRemoved,
    PlatformResumed,
    RamJumped,
    SamplingFailed,
    SettingsLoaded,
    SettingsRefused,
    ShedActed,
    ShedAdvised,
)
from conductor_tui.domain.plugin_events import (
    PluginAdded,
    PluginChanged,
    PluginErred,
    PluginLogged,
    PluginRemoved,
)
from conductor_tui.domain.shedding import ShedAdvice
from conductor_tui.domain.text import one_line

LONGEST = 300


def words_of(event: Event) -> str:
    """Return them; "" for what its kind says already."""
    return one_line(
        _of_platform(event)
        or _of_conductor(event)
        or _of_alert(event)
        or _of_plugin(event),
        LONGEST,
    )


def _of_platform(event: Event) -> str:
    match event:
        case (
            HealthChanged(was=was, now=now, why=why)
            | AgentHealthChanged(was=was, now=now, why=why)
        ):
            return _and_why(f"{was} -> {now}", why)
        case BreakerChanged(was=was, breaker=breaker):
            return _and_why(f"{was} -> {breaker.state}{_by(breaker)}", _why(breaker))
        case PlatformPaused(pause=pause):
            return _and_why(f"{pause.kind} by {pause.by}", pause.why)
        case PlatformResumed(by=by, why=why):
            return _and_why(f"resumed by {by}", why)
        case PlatformRemoved(why=why) | AgentRemoved(why=why):
            return why
        case CommandAnswered(verb=verb, granted=granted, words=words, by=by):
            return f"{verb} by {by} {'granted' if granted else 'refused'}: {words}"
        case ShedActed(action=action, is_done=is_done, words=words):
            return _and_why(f"{action} {'done' if is_done else 'failed'}", words)
        case RamJumped(before_percent=before, after_percent=after):
            return f"RAM in use rose from {before:.0f} % to {after:.0f} % meanwhile"
        case _:
            return ""


def _of_conductor(event: Event) -> str:
    match event:
        case MassFailed(platforms=platforms, watched=watched, canary=canary):
            return _and_why(f"{len(platforms)} of {watched} at once", canary)
        case LoopStalled(stall=stall):
            return _and_why(f"stood still for {stall.lasted_s:.1f} s", stall.why)
        case SettingsLoaded(added=added, removed=removed, changed=changed):
            counts = f"{len(added)} added, {len(changed)} changed"
            return f"{counts}, {len(removed)} removed"
        case SettingsRefused(problems=problems):
            return "; ".join(problems)
        case ShedAdvised(advice=None):
            return "nothing to advise any more"
        case ShedAdvised(advice=ShedAdvice() as advice):
            ahead = " before it comes to that" if advice.is_ahead else ""
            return _and_why(f"{advice.step} {advice.platform}{ahead}", advice.why)
        case SamplingFailed(why=why):
            return why
        case LoadChanged(was=was, load=load, why=why):
            return _and_why(f"{was} -> {load.state}", why)
        case ConductorStarted(before=before) if before is not None:
            return (
                f"what happened since {before.isoformat(timespec='seconds')} is unknown"
            )
        case _:
            return ""


def _of_alert(event: Event) -> str:
    match event:
        case AlertChanged(alert=alert, what=what):
            return _and_why(f"{alert.key} {alert.state}", what or alert.why)
        case SilenceChanged(silence=silence, ended=ended):
            return _and_why(f"silence of {silence.by}", ended or silence.why)
        case DeliveryChanged(delivery=delivery):
            return _and_why(f"{delivery.channel} {delivery.state}", delivery.error)
        case RecoveryChanged(recovery=recovery):
            return _and_why(f"{recovery.action} {recovery.state}", recovery.words)
        case JournalChanged(trouble=trouble):
            return trouble or "the journal is written again"
        case AttentionCalled(title=title):
            return title
        case _:
            return ""


def _of_plugin(event: Event) -> str:
    match event:
        case PluginAdded(spec=spec, state=state):
            return _and_why(f"found, {state}", spec.source)
        case PluginChanged(was=was, now=now, why=why):
            return _and_why(f"{was} -> {now}" if was is not now else str(now), why)
        case PluginRemoved(why=why):
            return why
        case PluginErred(why=why, count=count):
            return why if count == 1 else f"{why} ({count} times)"
        case PluginLogged(lines=lines):
            return lines[-1].text if lines else ""
        case _:
            return ""


def _and_why(words: str, why: str) -> str:
    return f"{words}: {why}" if why else words


def _by(breaker: BreakerView) -> str:
    return f" by {breaker.by}" if breaker.by else ""


def _why(breaker: BreakerView) -> str:
    return breaker.hold.why if breaker.hold is not None else breaker.why
