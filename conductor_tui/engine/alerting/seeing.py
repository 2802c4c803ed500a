"""What an event says about the state of a subject."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.alert import RecoveryState, Subject, SubjectKind
from conductor_tui.domain.alert_events import (
    AlertsRestored,
    ChannelChanged,
    JournalChanged,
    RecoveryChanged,
)
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import (
    AgentHealthChanged,
    AgentRemoved,
    BreakerChanged,
    Event,
    HealthChanged,
    IngestCounted,
    LoadChanged,
    LoopStalled,
    MassFailed,
    PlatformRemoved,
    ResourcesSampled,
    SamplingFailed,
    SettingsLoaded,
    SettingsRefused,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, AlertKey, PlatformName
from conductor_tui.domain.resources import LoadState
from conductor_tui.domain.snapshot import Snapshot

LONG_STALL_S = 2.0  # a shorter one is told among the events, and wakes nobody
PASSES_AFTER_S = 60.0  # what is only told when it happens is over after so long
BROKEN_AFTER = 3  # failed attempts of a channel in a row
HOST, LOOP, NETWORK = "host", "loop", "network"
_TROUBLE, _WELL, _DRILL = "TROUBLE", "HEALTHY", "canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A subject is in `state`. `beat_s` is how often it can be seen to change; what
    `passes` is over by itself a while later. It `speaks_for` the agent of that name.
    """

    subject: Subject
    state: str
    is_well: bool
    why: str = ""
    beat_s: float = 5.0
    passes: bool = False
    is_drill: bool = False
    speaks_for: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """A subject is not watched any more."""

    key: AlertKey
    why: str


Sight: TypeAlias = Seen | Gone


def seen(event: Event, snapshot: Snapshot) -> Iterator[Sight]:
    """Yield what `event`, which `snapshot` has already, says about subjects."""
    match event:
        case HealthChanged(platform=name, now=health, why=why):
            yield from _platform(snapshot, name, health, why)
        case BreakerChanged(platform=name, breaker=breaker):
            spec = _spec(snapshot, name)
            if breaker.state is not BreakerState.HALF_OPEN and spec is not None:
                yield Seen(
                    subject=of_platform(spec, SubjectKind.BREAKER),
                    state=breaker.state,
                    is_well=breaker.state is BreakerState.CLOSED,
                    why=breaker.hold.why if breaker.hold else breaker.why,
                    beat_s=spec.interval_s,
                    is_drill=spec.probe == _DRILL,
                )
        case AgentHealthChanged(agent=name, now=health, why=why):
            yield from _agent(snapshot, name, health, why)
        case PlatformRemoved(platform=name, why=why):
            for kind in (SubjectKind.PLATFORM, SubjectKind.BREAKER):
                yield Gone(Subject(kind=kind, name=name).key, why)
            yield Gone(_recovery_key(name), why)
        case AgentRemoved(agent=name, why=why):
            yield Gone(Subject(kind=SubjectKind.AGENT, name=name).key, why)
            yield Gone(_recovery_key(name), why)
        case LoadChanged(load=load, why=why):
            yield Seen(
                subject=Subject(kind=SubjectKind.LOAD, name=HOST),
                state=load.state,
                is_well=load.state is LoadState.NORMAL,
                why=why,
            )
        case RecoveryChanged(recovery=recovery):
            yield from _recovery(recovery.subject, recovery.state, recovery.words)
        case ChannelChanged():
            yield from _channel(event)
        case _:
            yield from _own(event)


def well_now(subject: Subject, snapshot: Snapshot) -> Iterator[Sight]:
    """Yield that a subject is well, where the snapshot says so: what happened before
    its alert was restored is not told again.
    """
    platform = snapshot.platforms.get(PlatformName(subject.name))
    agent = snapshot.agents.get(AgentId(subject.name))
    match subject.kind:
        case SubjectKind.PLATFORM:
            is_well = platform is not None and platform.health is Health.HEALTHY
        case SubjectKind.BREAKER:
            is_well = (
                platform is not None and platform.breaker.state is BreakerState.CLOSED
            )
        case SubjectKind.AGENT:
            is_well = agent is not None and agent.health is Health.HEALTHY
        case SubjectKind.LOAD:
            has_sample = snapshot.resources.sample is not None
            is_well = has_sample and snapshot.resources.load.state is LoadState.NORMAL
        case _:
            is_well = False
    if is_well:
        yield Seen(subject=subject, state=_WELL, is_well=True)


def _own(event: Event) -> Iterator[Sight]:
    """Yield what is said about our own health."""
    match event:
        case LoopStalled(stall=stall) if stall.lasted_s >= LONG_STALL_S:
            by = ": ".join(filter(None, (stall.task, stall.where))) or stall.why
            why = f"stood still for {format_duration(round(stall.lasted_s, 1))}: {by}"
            yield ours(LOOP, why, passes=True)
        case MassFailed(platforms=names, watched=watched, canary=canary, is_ours=True):
            why = f"{len(names)} of {watched} platforms fail, and so do we: {canary}"
            yield ours(NETWORK, why, passes=True)
        case SettingsRefused(problems=problems):
            yield ours("settings", problems[0] if problems else "cannot be used")
        case SettingsLoaded():
            yield ours("settings", "")
        case SamplingFailed(why=why):
            yield ours("sampling", why)
        case ResourcesSampled():
            yield ours("sampling", "")
        case AlertsRestored(trouble=""):
            yield ours("journal", "")
        case JournalChanged(trouble=trouble):
            yield ours("journal", trouble)
        case IngestCounted(ingest=ingest):
            for way in ingest.ways:
                yield ours(f"listener {way.name}", way.trouble)
        case _:
            return


def ours(name: str, trouble: str, *, passes: bool = False) -> Seen:
    """Our own health: a part of us that is in trouble, or ("") well."""
    return Seen(
        subject=Subject(kind=SubjectKind.CONDUCTOR, name=name),
        state=_TROUBLE if trouble else _WELL,
        is_well=not trouble,
        why=trouble,
        passes=passes,
    )


def of_platform(
    spec: CheckSpec, kind: SubjectKind = SubjectKind.PLATFORM, name: str = ""
) -> Subject:
    return Subject(
        kind=kind, name=name or spec.platform, group=spec.group, tags=spec.tags
    )


def of_agent(view: AgentView) -> Subject:
    return Subject(
        kind=SubjectKind.AGENT,
        name=view.agent,
        group=view.spec.group,
        tags=view.spec.tags,
    )


def _platform(
    snapshot: Snapshot, name: PlatformName, health: Health, why: str
) -> Iterator[Sight]:
    spec = _spec(snapshot, name)
    if spec is None or health is Health.UNKNOWN:
        return
    yield Seen(
        subject=of_platform(spec),
        state=health,
        is_well=health is Health.HEALTHY,
        why=why,
        beat_s=spec.interval_s,
        is_drill=spec.probe == _DRILL,
        speaks_for=spec.target if spec.probe == "heartbeat" else "",
    )
    if health is Health.HEALTHY:
        yield from _recovery(of_platform(spec), RecoveryState.HELPED, "")


def _agent(
    snapshot: Snapshot, name: AgentId, health: Health, why: str
) -> Iterator[Sight]:
    view = snapshot.agents.get(name)
    if view is None:
        return
    subject = of_agent(view)
    if health is Health.UNKNOWN:  # it went on purpose: nobody waits for it
        yield Gone(subject.key, why or "it is not expected any more")
        return
    yield Seen(
        subject=subject,
        state=health,
        is_well=health is Health.HEALTHY,
        why=why,
        beat_s=view.spec.interval_s,
    )
    if health is Health.HEALTHY:
        yield from _recovery(subject, RecoveryState.HELPED, "")


def _recovery(subject: Subject, state: RecoveryState, words: str) -> Iterator[Sight]:
    if state not in (RecoveryState.GAVE_UP, RecoveryState.HELPED):
        return
    yield Seen(
        subject=Subject(
            kind=SubjectKind.RECOVERY,
            name=subject.name,
            group=subject.group,
            tags=subject.tags,
        ),
        state=state,
        is_well=state is RecoveryState.HELPED,
        why=words,
    )


def _channel(event: ChannelChanged) -> Iterator[Sight]:
    """A channel is broken after a few failures, and well after one that arrived."""
    channel = event.channel
    subject = Subject(kind=SubjectKind.CHANNEL, name=channel.name)
    if event.is_gone:
        yield Gone(subject.key, "it is not in the settings any more")
    elif channel.failures >= BROKEN_AFTER:
        yield Seen(subject=subject, state="BROKEN", is_well=False, why=channel.trouble)
    elif channel.sent and not channel.trouble:
        yield Seen(subject=subject, state=_WELL, is_well=True)


def _recovery_key(name: str) -> AlertKey:
    return Subject(kind=SubjectKind.RECOVERY, name=name).key


def _spec(snapshot: Snapshot, name: PlatformName) -> CheckSpec | None:
    view = snapshot.platforms.get(name)
    return None if view is None else view.spec
