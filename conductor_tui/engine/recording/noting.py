"""Which records an event leaves in the journal."""

from collections.abc import Iterator

from conductor_tui.domain.alert_events import (
    AlertChanged,
    AlertsRestored,
    AttentionCalled,
    ChannelChanged,
    DeliveryChanged,
)
from conductor_tui.domain.breaker import BreakerView
from conductor_tui.domain.events import (
    AgentRemoved,
    BeatsHeard,
    BreakerChanged,
    BreakersDropped,
    CheckFinished,
    CheckOverran,
    ClientsTold,
    CommandAnswered,
    DispatchSampled,
    Envelope,
    Event,
    ForecastMade,
    IngestCounted,
    OwnSampled,
    PlatformAdded,
    PlatformPaused,
    PlatformRemoved,
    PlatformResumed,
    ResourcesSampled,
    ViewersChanged,
)
from conductor_tui.domain.letter_events import LettersTold
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.plugin_events import PluginLogged, PluginsSampled
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.engine.pausing import FILE
from conductor_tui.ports import (
    Forgotten,
    KeptBreaker,
    KeptCommand,
    KeptPause,
    StateRecord,
)

# Too many, or kept by others: alerts and deliveries have tables of their own.
_UNTOLD = (
    CheckFinished,
    CheckOverran,
    ResourcesSampled,
    ForecastMade,
    OwnSampled,
    BeatsHeard,
    IngestCounted,
    ViewersChanged,
    ClientsTold,
    BreakersDropped,
    AlertsRestored,
    AttentionCalled,
    ChannelChanged,
    DeliveryChanged,
    DispatchSampled,
    LettersTold,
    PluginLogged,
    PluginsSampled,
)


def records_of(
    envelope: Envelope, before: BreakerView | None = None
) -> Iterator[StateRecord]:
    """Yield what is to be kept of it. `before` is how its breaker was before a trip
    that is still to be confirmed.
    """
    event = envelope.event
    if isinstance(event, _UNTOLD):
        return
    yield from _changed(envelope, before)
    if _is_told(event):
        yield envelope


def state_of(view: PlatformView, before: BreakerView | None) -> Iterator[StateRecord]:
    """Yield what is to be kept of a platform as it is."""
    yield KeptBreaker(platform=view.name, breaker=view.breaker, before=before)
    is_asked = view.pause is not None and _is_asked(view.pause)
    yield KeptPause(platform=view.name, pause=view.pause if is_asked else None)


def _is_asked(pause: Pause) -> bool:
    """True for a person's own word, and for what is shed: the file's and the calendar's
    come back alone.
    """
    is_own = pause.kind is PauseKind.PAUSED and pause.by != FILE
    return is_own or pause.kind is PauseKind.SHED


def _is_told(event: Event) -> bool:
    return not (isinstance(event, AlertChanged) and not event.what)


def _changed(envelope: Envelope, before: BreakerView | None) -> Iterator[StateRecord]:
    match envelope.event:
        case BreakerChanged(platform=platform, breaker=breaker):
            yield KeptBreaker(platform=platform, breaker=breaker, before=before)
        case PlatformAdded(spec=spec, breaker=None):
            limit = spec.breaker.failures
            breaker = BreakerView(limit=limit)
            yield KeptBreaker(platform=spec.platform, breaker=breaker)
        case PlatformRemoved(platform=platform):
            yield Forgotten(platform=platform)
        case PlatformPaused(platform=platform, pause=pause):
            if _is_asked(pause):
                yield KeptPause(platform=platform, pause=pause)
        case PlatformResumed(platform=platform):
            yield KeptPause(platform=platform, pause=None)
        case AgentRemoved(agent=agent):
            yield Forgotten(agent=agent)
        case CommandAnswered() as answer:
            yield KeptCommand(
                at=envelope.at, about=answer.about, why=answer.why, answer=answer
            )
        case _:
            pass
