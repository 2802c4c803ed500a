"""What can happen to alerts, deliveries, silences, channels and recoveries."""

from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.alert import (
    AlertView,
    ChannelView,
    Delivery,
    RecoveryView,
    Silence,
    Subject,
)
from conductor_tui.domain.ids import ChannelName, CommandId


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsRestored:
    """What was kept when we were last here. Told once, before anything else of these;
    `trouble` says why nothing can be kept, "" when it can.
    """

    alerts: tuple[AlertView, ...] = ()
    silences: tuple[Silence, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    recoveries: tuple[RecoveryView, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanged:
    """An alert opened, moved, was acknowledged, or is over: it is kept by now.

    `what` says in one line what people were told or did, "" where neither: then it is
    no news. `command` is set when one asked for it.
    """

    alert: AlertView
    what: str
    command: CommandId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceChanged:
    """A silence began; or it is over, and `ended` says why."""

    silence: Silence
    ended: str = ""
    command: CommandId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged:
    """A notice was put into the outbox, or its delivery went on."""

    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged:
    """A channel was added, or does better or worse; or it is gone."""

    channel: ChannelView
    is_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryChanged:
    """A recovery action began, ended, helped or did not, or was given up."""

    recovery: RecoveryView


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalChanged:
    """The journal cannot be written (`trouble` says why), or can again ("")."""

    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionCalled:
    """A terminal that shows us shall call its person: by its bell, and as a desktop
    notification where `how` says "osc9" or "osc777".
    """

    channel: ChannelName
    title: str
    text: str
    bell: bool = True
    how: str = ""


AlertEvent: TypeAlias = (
    AlertsRestored
    | AlertChanged
    | SilenceChanged
    | DeliveryChanged
    | ChannelChanged
    | RecoveryChanged
    | JournalChanged
    | AttentionCalled
)


def subject_of(event: AlertEvent) -> Subject | None:
    """Return the one subject that an event is about; None: about none, or many."""
    match event:
        case AlertChanged(alert=alert):
            return alert.subject
        case RecoveryChanged(recovery=recovery):
            return recovery.subject
        case _:
            return None
