"""How an event changes the state: the one fold, of daemon, journal and every screen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from conductor_tui.domain.agent_fold import apply_agents, find_agents_at
from conductor_tui.domain.alert import DeliveryState, SubjectKind
from conductor_tui.domain.alert_events import (
    AlertChanged,
    AlertEvent,
    DeliveryChanged,
    JournalChanged,
    RecoveryChanged,
    SilenceChanged,
    subject_of,
)
from conductor_tui.domain.alert_fold import apply_alerts
from conductor_tui.domain.breaker import BreakerView
from conductor_tui.domain.client import (
    ClientView,
)
from conductor_tui.domain.events import (
    AgentAdded,
    AgentChanged,
    AgentHealthChanged,
    AgentRemoved,
    BeatsHeard,
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
    IngestCounted,
    LimitForeseen,
    LoadChanged,
    LoopStalled,
    MassFailed,
    OwnSampled,
    PlatformAdded,
    PlatformChanged,
    PlatformRemoved,
    ResourcesSampled,
    SamplingFailed,
    SettingsLoaded,
    SettingsRefused,
    ShedAdvised,
    ViewersChanged,
)
from conductor_tui.domain.ids import ClientId, PlatformName
from conductor_tui.domain.letter_events import (
    LetterEvent,
    LetterGivenUp,
    LettersDelivered,
    LettersTold,
    LettersUnread,
    LettersWait,
)
from conductor_tui.domain.platform_fold import (
    OfPlatform,
    found_at,
    respecified,
    with_event,
    with_result,
)
from conductor_tui.domain.plugin_events import (
    PluginEvent,
    PluginLogged,
    PluginsSampled,
)
from conductor_tui.domain.plugin_fold import apply_plugins
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.shedding import pace_of
from conductor_tui.domain.snapshot import Mode, PlatformView, SettingsView, Snapshot
from conductor_tui.domain.window import Window

KEPT_EVENTS = 1000
KEPT_AGENT_EVENTS = 1000
KEPT_ANSWERS = 5000  # of commands: as many as may be sent at once
KEPT_TIMELINE = 50

_Change: TypeAlias = Callable[[PlatformView], PlatformView]


_OfAgent: TypeAlias = AgentAdded | AgentChanged | AgentRemoved | AgentHealthChanged


def replay(snapshot: Snapshot, envelopes: Iterable[Envelope]) -> Snapshot:
    """Return the state after `envelopes`, in order."""
    for envelope in envelopes:
        snapshot = apply(snapshot, envelope)
    return snapshot


def with_history(snapshot: Snapshot, events: Sequence[Envelope]) -> Snapshot:
    """Return the snapshot with `events` in its logs and timelines, in front of what is
    there: they happened before it began.
    """
    log = [one for one in events if not isinstance(one.event, _OfAgent)]
    agent_log = [one for one in events if isinstance(one.event, _OfAgent)]
    timelines: dict[PlatformName, list[Envelope]] = {}
    for one in log:
        name = _name_of(one.event)
        if name is not None and name in snapshot.platforms:
            timelines.setdefault(name, []).append(one)
    changed = {
        name: replace(
            snapshot.platforms[name],
            timeline=(*some, *snapshot.platforms[name].timeline)[-KEPT_TIMELINE:],
        )
        for name, some in timelines.items()
    }
    return replace(
        snapshot,
        platforms=snapshot.platforms.put_all(changed),
        log=(*log, *snapshot.log)[-KEPT_EVENTS:],
        agent_log=(*agent_log, *snapshot.agent_log)[-KEPT_AGENT_EVENTS:],
    )


def _name_of(event: Event) -> PlatformName | None:
    if isinstance(event, AlertEvent):
        return _platform(event)
    return event.platform if isinstance(event, OfPlatform) else None


def apply(snapshot: Snapshot, envelope: Envelope) -> Snapshot:
    """Return the state after `envelope`. The same envelopes always give the same."""
    event = envelope.event
    if isinstance(event, CheckFinished):  # by far the most frequent
        return apply_checks(snapshot, (envelope,))
    if isinstance(event, OfPlatform):
        change = partial(with_event, event=event, at=envelope.at)
        return _noted(snapshot, envelope, event.platform, change)
    after = replace(snapshot, seq=envelope.seq, at=envelope.at, mode=Mode.LIVE)
    if isinstance(event, AlertEvent):
        after = replace(after, alerts=apply_alerts(after.alerts, event))
        return _noted(after, envelope, _platform(event)) if _is_noted(event) else after
    if isinstance(event, PluginEvent):
        plugins = apply_plugins(after.plugins, event, envelope.at)
        after = replace(after, plugins=plugins)
        is_quiet = isinstance(event, PluginsSampled | PluginLogged)
        return after if is_quiet else _noted(after, envelope, None)
    if isinstance(event, LetterEvent):
        return _with_letters(after, envelope, event)
    match event:
        case ResourcesSampled(sample=sample, limits=limits):
            resources = replace(after.resources.with_sample(sample), limits=limits)
            return replace(after, resources=resources)
        case ForecastMade(forecasts=forecasts, full_in_s=full_in_s):
            seen = replace(after.resources, forecasts=forecasts, full_in_s=full_in_s)
            return replace(after, resources=seen)
        case ShedAdvised(advice=advice):
            after = replace(after, advice=advice)
            return _noted(after, envelope, None) if advice is not None else after
        case LimitForeseen():
            return _noted(after, envelope, None)
        case SamplingFailed(why=why):
            after = replace(after, resources=replace(after.resources, trouble=why))
            return _noted(after, envelope, None)
        case CheckOverran(platform=name):
            return _change(after, name, lambda v: replace(v, overruns=v.overruns + 1))
        case DispatchSampled(figures=figures):
            requested = {
                name: replace(after.platforms[name], requests=some)
                for name, some in figures
                if name in after.platforms
            }
            return replace(after, platforms=after.platforms.put_all(requested))
        case ConductorStarted(before=before, visits=visits, by_daemon=by_daemon):
            after = replace(after, started_at=envelope.at, off_since=before)
            after = replace(after, visits=dict(visits), by_daemon=by_daemon)
            after = replace(after, awaited=dict(event.breakers), is_whole=False)
            return _noted(after, envelope, None)
        case ViewersChanged(viewers=viewers, left=left):
            gone = dict([left] if left else [])
            return replace(after, viewers=viewers, visits={**after.visits, **gone})
        case ClientsTold():
            return replace(after, clients=_told(after.clients, event))
        case BreakersDropped(platforms=names):
            awaited = _without(after.awaited, *names)
            after = replace(after, awaited=awaited, is_whole=True)
            return _noted(after, envelope, None) if names else after
        case PlatformAdded(spec=spec, next_at=next_at, history=history):
            added = PlatformView(
                spec=spec,
                since=envelope.at,
                breaker=event.breaker or BreakerView(limit=spec.breaker.failures),
                next_at=next_at,
                window=Window("dfb", history),
                pace=pace_of(spec.priority, after.resources.load.state),
            )
            after = replace(after, awaited=_without(after.awaited, added.name))
            if event.breaker is not None:  # it was watched before a restart: no news
                return replace(after, platforms=after.platforms.put(added.name, added))
            after = replace(after, platforms=after.platforms.put(spec.platform, added))
            return _noted(after, envelope, spec.platform)
        case PlatformChanged(spec=spec):
            pace = pace_of(spec.priority, after.resources.load.state)
            change = partial(respecified, changed=event, pace=pace)
            return _noted(after, envelope, spec.platform, change)
        case PlatformRemoved(platform=name):
            after = replace(after, platforms=after.platforms.without(name))
            return _noted(after, envelope, name)
        case LoadChanged(load=load, why=why):
            loaded = after.resources.with_load(load, envelope.at, why)
            paces = {
                view.name: replace(view, pace=pace)
                for view in after.platforms.in_order()
                if (pace := pace_of(view.spec.priority, load.state)) != view.pace
            }
            platforms = after.platforms.put_all(paces)
            after = replace(after, resources=loaded, platforms=platforms)
            return _noted(after, envelope, None)
        case BeatsHeard() as heard:
            agents = apply_agents(after.agents, heard, envelope.at)
            return replace(after, agents=agents)
        case (
            AgentAdded() | AgentChanged() | AgentRemoved() | AgentHealthChanged()
        ) as told:
            agents = apply_agents(after.agents, told, envelope.at)
            return _noted(replace(after, agents=agents), envelope, None)
        case IngestCounted(ingest=ingest):
            return replace(after, ingest=ingest)
        case OwnSampled(sample=own):
            return replace(after, own=after.own.with_sample(own))
        case LoopStalled(stall=stall):
            after = replace(after, own=after.own.with_stall(stall))
            return _noted(after, envelope, None)
        case SettingsLoaded(source=source, origins=origins) as loaded:
            for name, origin in origins:
                after = _change(after, name, partial(found_at, origin=origin))
            view = SettingsView(source=source, at=envelope.at)
            agents = find_agents_at(after.agents, loaded.agent_origins)
            after = replace(after, settings=view, agents=agents)
            return _noted(after, envelope, None)
        case SettingsRefused(problems=problems):
            refused = replace(after.settings, problems=problems)
            return _noted(replace(after, settings=refused), envelope, None)
        case MassFailed():
            return _noted(after, envelope, None)


def _platform(event: AlertEvent) -> PlatformName | None:
    """Return the platform on whose timeline an event stands as well."""
    subject = subject_of(event)
    if subject is None or subject.kind is SubjectKind.AGENT:
        return None
    return PlatformName(subject.name)


def _is_noted(event: AlertEvent) -> bool:
    """Deliveries are listed by themselves; only what went wrong there is news. So is
    of an alert what people were told, or did.
    """
    match event:
        case DeliveryChanged(delivery=delivery):
            return delivery.state is DeliveryState.GIVEN_UP
        case AlertChanged(what=what):
            return bool(what)
        case SilenceChanged() | RecoveryChanged() | JournalChanged():
            return True
        case _:
            return False


def _with_letters(
    snapshot: Snapshot, envelope: Envelope, event: LetterEvent
) -> Snapshot:
    match event:
        case LettersTold(letters=told, gone=gone):
            letters = snapshot.letters.updated({one.id: one for one in told}, gone)
            return replace(snapshot, letters=letters)
        case LettersWait(to=to) | LettersDelivered(to=to):
            return _noted(snapshot, envelope, PlatformName(to))
        case LetterGivenUp(letter=letter):
            return _noted(snapshot, envelope, PlatformName(letter.to))
        case LettersUnread():
            return _noted(snapshot, envelope, None)


def apply_checks(snapshot: Snapshot, envelopes: Sequence[Envelope]) -> Snapshot:
    """Return the state after results alone, at least one: what `apply` gives for one
    after the other. Each makes one new view; nothing else is touched.
    """
    before, changed = snapshot.platforms, dict[PlatformName, PlatformView]()
    for envelope in envelopes:
        if isinstance(finished := envelope.event, CheckFinished):
            name = finished.result.platform
            view = changed.get(name) or before.get(name)
            if view is not None:  # else removed while its last check was under way
                changed[name] = with_result(view, finished)
    last, platforms = envelopes[-1], before.put_all(changed)
    return replace(
        snapshot, seq=last.seq, at=last.at, mode=Mode.LIVE, platforms=platforms
    )


def _told(
    clients: Roster[ClientId, ClientView], told: ClientsTold
) -> Roster[ClientId, ClientView]:
    for client in told.clients:
        clients = clients.put(client.id, client)
    for gone in told.went:
        clients = clients.without(gone)
    return clients


def _without(
    awaited: Mapping[PlatformName, BreakerView], *names: PlatformName
) -> Mapping[PlatformName, BreakerView]:
    if not any(name in awaited for name in names):
        return awaited
    return {name: one for name, one in awaited.items() if name not in names}


def _change(snapshot: Snapshot, name: PlatformName, change: _Change) -> Snapshot:
    view = snapshot.platforms.get(name)
    if view is None:
        return snapshot
    return replace(snapshot, platforms=snapshot.platforms.put(name, change(view)))


def _noted(
    snapshot: Snapshot,
    envelope: Envelope,
    name: PlatformName | None,
    change: _Change = lambda view: view,
) -> Snapshot:
    """Go on to the envelope, and keep it among the recent events and on its platform's
    timeline; `change` is what it did to the platform.
    """
    # sums of tuples, and one copy of the snapshot: many platforms may change at once
    log, agent_log, answers = snapshot.log, snapshot.agent_log, snapshot.answers
    if isinstance(envelope.event, _OfAgent):
        agent_log = (agent_log + (envelope,))[-KEPT_AGENT_EVENTS:]  # noqa: RUF005
    else:
        log = (log + (envelope,))[-KEPT_EVENTS:]  # noqa: RUF005
    if isinstance(envelope.event, CommandAnswered):
        answers = (answers + (envelope,))[-KEPT_ANSWERS:]  # noqa: RUF005
    platforms = snapshot.platforms
    view = None if name is None else platforms.get(name)
    if name is not None and view is not None:
        changed = change(view)
        timeline = (*changed.timeline, envelope)[-KEPT_TIMELINE:]
        platforms = platforms.put(name, replace(changed, timeline=timeline))
    return replace(
        snapshot,
        seq=envelope.seq,
        at=envelope.at,
        mode=Mode.LIVE,
        platforms=platforms,
        log=log,
        agent_log=agent_log,
        answers=answers,
    )
