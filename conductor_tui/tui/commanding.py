"""From a key to a command: who asks, what they aimed at, and the command itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from conductor_tui.domain.alert import Scope
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import (
    AckAlert,
    BeatAgent,
    CheckNow,
    ConfirmTrip,
    DisablePlugin,
    DiscardDelivery,
    DiscardLetters,
    EnablePlugin,
    EndSilence,
    ForgetAgent,
    PausePlatform,
    RedriveDelivery,
    RedriveLetters,
    ReleaseBreaker,
    ReloadPlugin,
    ResetBreaker,
    RestorePlatform,
    ResumePlatform,
    ShedPlatform,
    SilenceAlerts,
    TestChannel,
    TripBreaker,
    UnackAlert,
)
from conductor_tui.domain.ids import (
    AgentId,
    AlertKey,
    ChannelName,
    CommandId,
    DeliveryId,
    Epoch,
    LetterId,
    PlatformName,
    PluginName,
    SilenceId,
)
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.domain.text import one_line

CommandT = TypeVar("CommandT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who sits here, and where they came from; both go to the audit."""

    by: str
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A platform as the operator saw it when the key was pressed. It never follows
    the list: a command hits what was aimed at, or it is refused.
    """

    view: PlatformView

    @property
    def platform(self) -> PlatformName:
        return self.view.name

    @property
    def epoch(self) -> Epoch:
        return self.view.breaker.epoch

    @property
    def state(self) -> BreakerState:
        return self.view.breaker.state


def take_aim(snapshot: Snapshot, platform: PlatformName | None) -> Aim | None:
    """Return the platform as it is now, or None where there is none."""
    view = snapshot.platforms.get(platform) if platform is not None else None
    return Aim(view=view) if view else None


def moved_on(aim: Aim, snapshot: Snapshot) -> str:
    """Say what overtook the aim; "" while a command would still be in time."""
    view = snapshot.platforms.get(aim.platform)
    if view is None:
        return f"{aim.platform} is no longer watched"
    if view.breaker.epoch == aim.epoch:
        return ""
    if view.breaker.state is aim.state:  # a trial failed meanwhile
        return f"moved on: it left {aim.state}, and is {aim.state} again"
    return f"moved on: {aim.state} -> {view.breaker.state}"


def trip(
    aim: Aim,
    operator: Operator,
    *,
    why: str,
    ttl_s: float | None,
    confirm_within_s: float | None = None,
) -> TripBreaker:
    return TripBreaker(
        id=new_id(),
        platform=aim.platform,
        by=operator.by,
        origin=operator.origin,
        epoch=aim.epoch,
        why=one_line(why),
        ttl_s=ttl_s,
        confirm_within_s=confirm_within_s,
    )


def confirm(aim: Aim, operator: Operator) -> ConfirmTrip:
    return _aimed(ConfirmTrip, aim, operator)


def release(aim: Aim, operator: Operator) -> ReleaseBreaker:
    return _aimed(ReleaseBreaker, aim, operator)


def reset(aim: Aim, operator: Operator) -> ResetBreaker:
    return _aimed(ResetBreaker, aim, operator)


def check(aim: Aim, operator: Operator) -> CheckNow:
    return CheckNow(
        id=new_id(), platform=aim.platform, by=operator.by, origin=operator.origin
    )


def pause(
    aim: Aim, operator: Operator, *, why: str, ttl_s: float | None
) -> PausePlatform:
    return PausePlatform(
        id=new_id(),
        platform=aim.platform,
        by=operator.by,
        origin=operator.origin,
        why=one_line(why),
        ttl_s=ttl_s,
    )


def resume(aim: Aim, operator: Operator) -> ResumePlatform:
    return ResumePlatform(
        id=new_id(), platform=aim.platform, by=operator.by, origin=operator.origin
    )


def shed(aim: Aim, operator: Operator, why: str = "") -> ShedPlatform:
    return ShedPlatform(
        id=new_id(),
        platform=aim.platform,
        by=operator.by,
        origin=operator.origin,
        why=one_line(why),
    )


def restore(aim: Aim, operator: Operator) -> RestorePlatform:
    return RestorePlatform(
        id=new_id(), platform=aim.platform, by=operator.by, origin=operator.origin
    )


def beat(agent: AgentId, operator: Operator) -> BeatAgent:
    return BeatAgent(id=new_id(), agent=agent, by=operator.by, origin=operator.origin)


def forget(agent: AgentId, operator: Operator) -> ForgetAgent:
    return ForgetAgent(id=new_id(), agent=agent, by=operator.by, origin=operator.origin)


def enable_plugin(plugin: PluginName, operator: Operator) -> EnablePlugin:
    return EnablePlugin(
        id=new_id(), plugin=plugin, by=operator.by, origin=operator.origin
    )


def disable_plugin(plugin: PluginName, operator: Operator) -> DisablePlugin:
    return DisablePlugin(
        id=new_id(), plugin=plugin, by=operator.by, origin=operator.origin
    )


def reload_plugin(plugin: PluginName, operator: Operator) -> ReloadPlugin:
    return ReloadPlugin(
        id=new_id(), plugin=plugin, by=operator.by, origin=operator.origin
    )


def ack(
    alert: AlertKey, operator: Operator, *, sticky: bool = False, why: str = ""
) -> AckAlert:
    return AckAlert(
        id=new_id(),
        alert=alert,
        by=operator.by,
        origin=operator.origin,
        why=one_line(why),
        sticky=sticky,
    )


def unack(alert: AlertKey, operator: Operator) -> UnackAlert:
    return UnackAlert(id=new_id(), alert=alert, by=operator.by, origin=operator.origin)


def silence(
    scope: Scope, operator: Operator, *, why: str, ttl_s: float
) -> SilenceAlerts:
    return SilenceAlerts(
        id=new_id(),
        scope=scope,
        by=operator.by,
        origin=operator.origin,
        why=one_line(why),
        ttl_s=ttl_s,
    )


def end_silence(silence: SilenceId, operator: Operator) -> EndSilence:
    return EndSilence(
        id=new_id(), silence=silence, by=operator.by, origin=operator.origin
    )


def redrive(delivery: DeliveryId | None, operator: Operator) -> RedriveDelivery:
    return RedriveDelivery(
        id=new_id(), delivery=delivery, by=operator.by, origin=operator.origin
    )


def discard(
    delivery: DeliveryId | None, operator: Operator, *, why: str
) -> DiscardDelivery:
    return DiscardDelivery(
        id=new_id(),
        delivery=delivery,
        by=operator.by,
        origin=operator.origin,
        why=one_line(why),
    )


def redrive_letters(letters: Sequence[LetterId], operator: Operator) -> RedriveLetters:
    """`letters` empty: all there are."""
    return RedriveLetters(
        id=new_id(),
        letters=tuple(letters),
        by=operator.by,
        origin=operator.origin,
    )


def discard_letters(
    letters: Sequence[LetterId], operator: Operator, *, why: str
) -> DiscardLetters:
    return DiscardLetters(
        id=new_id(),
        letters=tuple(letters),
        by=operator.by,
        origin=operator.origin,
        why=one_line(why),
    )


def try_channel(channel: ChannelName | None, operator: Operator) -> TestChannel:
    return TestChannel(
        id=new_id(), channel=channel, by=operator.by, origin=operator.origin
    )


def _aimed(kind: Callable[..., CommandT], aim: Aim, operator: Operator) -> CommandT:
    return kind(
        id=new_id(),
        platform=aim.platform,
        by=operator.by,
        origin=operator.origin,
        epoch=aim.epoch,
    )


def new_id() -> CommandId:
    """Return a name for one command; its answer carries it."""
    return CommandId(uuid4().hex)
