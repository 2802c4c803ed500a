"""Builders: a valid object in one word, each test names only what it is about."""

from datetime import datetime, timedelta

from conductor_tui.domain.breaker import BreakerState, BreakerView, Hold
from conductor_tui.domain.check import BreakerSpec, CheckResult, CheckSpec, Outcome
from conductor_tui.domain.client import ClientView, Holding, Traffic
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckFinished,
    Envelope,
    Event,
    HealthChanged,
    PlatformAdded,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import ClientId, Epoch, NodeName, PlatformName, Seq
from conductor_tui.testing import EPOCH

NODE = NodeName("web-7")


def spec(
    name: str = "api",
    *,
    probe: str = "http",
    target: str = "http://127.0.0.1:80/health",
    interval_s: float = 5.0,
    timeout_s: float = 0.2,
    failures: int = 3,
    group: str = "",
) -> CheckSpec:
    return CheckSpec(
        platform=PlatformName(name),
        probe=probe,
        target=target,
        interval_s=interval_s,
        timeout_s=timeout_s,
        breaker=BreakerSpec(failures=failures),
        group=group,
        origin="conductor.toml",
    )


def result(
    name: str = "api",
    outcome: Outcome = Outcome.PASSED,
    *,
    at: datetime = EPOCH,
    latency_s: float = 0.012,
    detail: str = "",
) -> CheckResult:
    return CheckResult(
        platform=PlatformName(name),
        outcome=outcome,
        latency_s=latency_s,
        at=at,
        detail=detail,
    )


def added(name: str = "api") -> PlatformAdded:
    return PlatformAdded(spec=spec(name))


def passed(name: str = "api", *, at: datetime = EPOCH) -> CheckFinished:
    return CheckFinished(result=result(name, at=at), next_at=at + timedelta(seconds=5))


def failed(
    name: str = "api", *, at: datetime = EPOCH, detail: str = "connection refused"
) -> CheckFinished:
    return CheckFinished(result=result(name, Outcome.FAILED, at=at, detail=detail))


def turned(name: str, was: Health, now: Health, why: str = "") -> HealthChanged:
    return HealthChanged(platform=PlatformName(name), was=was, now=now, why=why)


def hold(why: str = "swapping the model", until: datetime | None = None) -> Hold:
    return Hold(by="root", why=why, at=EPOCH, until=until, origin="ssh from 10.0.0.2")


def moved(
    name: str,
    state: BreakerState,
    *,
    was: BreakerState = BreakerState.CLOSED,
    epoch: int = 1,
    failures: int = 3,
    retry_at: datetime | None = None,
    held: Hold | None = None,
    why: str = "3 of 3 checks failed",
) -> BreakerChanged:
    return BreakerChanged(
        platform=PlatformName(name),
        was=was,
        breaker=BreakerView(
            state=state,
            epoch=Epoch(epoch),
            since=EPOCH,
            failures=failures,
            retry_at=retry_at,
            hold=held,
            why=why,
            by="root" if held else "checks",
        ),
    )


def history(*events: Event, at: datetime = EPOCH) -> list[Envelope]:
    """Number the events from 1, all at the same moment."""
    return [
        Envelope(seq=Seq(n), node=NODE, at=at, event=event)
        for n, event in enumerate(events, start=1)
    ]


def holding(
    name: str = "api",
    *,
    epoch: int | None = 0,
    state: BreakerState = BreakerState.CLOSED,
    streak: int = 0,
    error: str = "",
    reports: bool = False,
    traffic: Traffic | None = None,
) -> Holding:
    return Holding(
        platform=PlatformName(name),
        epoch=None if epoch is None else Epoch(epoch),
        state=state,
        streak=streak,
        error=error,
        reports=reports,
        traffic=traffic or Traffic(),
    )


def client(name: str = "bot-a", pid: int | None = 812, *held: Holding) -> ClientView:
    """A program that holds these breakers; its id is its name and pid."""
    return ClientView(
        id=ClientId(f"{name}-{pid}"),
        name=name,
        pid=pid,
        by="root",
        origin=f"unix socket, pid {pid}",
        at=EPOCH,
        holdings={one.platform: one for one in held},
    )
