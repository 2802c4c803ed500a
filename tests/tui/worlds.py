"""Whole days to look at: snapshots folded from events, as a session would send them.

All end at NOW. The names of some platforms are hostile on purpose, as they look after
`domain.text.visible`; nothing in here is random from one run to the next.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from math import sin

from conductor_tui.domain.breaker import BreakerState, BreakerView, Hold
from conductor_tui.domain.check import BreakerSpec, CheckResult, CheckSpec, Outcome
from conductor_tui.domain.client import ClientView, Holding, Traffic
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckFinished,
    CheckOverran,
    CommandAnswered,
    Envelope,
    Event,
    HealthChanged,
    LoadChanged,
    PlatformAdded,
    RamJumped,
    ResourcesSampled,
)
from conductor_tui.domain.fold import replay
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import (
    ClientId,
    CommandId,
    Epoch,
    NodeName,
    PlatformName,
    Seq,
)
from conductor_tui.domain.resources import DiskUse, Load, LoadState, ResourceSample
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.domain.text import visible
from conductor_tui.testing import EPOCH

NOW = EPOCH + timedelta(hours=2, minutes=2, seconds=31)
HOST = NodeName("web-7")
INTERVAL_S = 5.0

HOSTILE = visible('ev"il\n[b]\x1b[31m 日本語')

_KINDS = (
    ("discord", "http", "https://gateway.internal/health", 0.120, "bots"),
    ("llm", "http", "http://127.0.0.1:8080/health", 0.085, "models"),
    ("android", "tcp", "10.0.4.2:5555", 0.021, "bots"),
    ("postgres", "postgres", "127.0.0.1:5432", 0.0021, "data"),
    ("redis", "redis", "127.0.0.1:6379", 0.0004, "data"),
    ("nginx", "http", "http://127.0.0.1:80/", 0.0031, "web"),
    ("api", "http", "http://127.0.0.1:8000/health?deep=1", 0.045, "web"),
    ("mailer", "tcp", "smtp.internal:25", 0.034, ""),
    ("backup", "command", "/usr/local/bin/check-backup --last 24h", 0.310, ""),
    ("sshd", "listen", "0.0.0.0:22", 0.0008, ""),
    (HOSTILE, "http", "http://127.0.0.1:9000/[i]x[/i]", 0.012, "[red]web"),
    ("queue", "redis", "10.0.4.3:6379", 0.0017, "data"),
)


@dataclass
class World:
    """Collects events with their moments, and folds them in order."""

    told: list[tuple[datetime, int, Event]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def tell(self, at: datetime, *events: Event) -> None:
        self.told += [(at, next(self._order), event) for event in events]

    def snapshot(self) -> Snapshot:
        envelopes = [
            Envelope(seq=Seq(seq), node=HOST, at=at, event=event)
            for seq, (at, _, event) in enumerate(sorted(self.told, key=_when), start=1)
        ]
        return replay(Snapshot(host=HOST), envelopes)

    def platform(self, spec: CheckSpec, *, age_s: float = 7500.0) -> None:
        self.tell(ago(age_s), PlatformAdded(spec=spec, next_at=ago(-2)))

    def checks(
        self,
        spec: CheckSpec,
        outcomes: "list[tuple[Outcome, float, str]]",
        *,
        end_s: float = 3.0,
    ) -> None:
        """Tell checks, one per interval; the last one was `end_s` seconds ago."""
        for back, (outcome, took, detail) in enumerate(reversed(outcomes)):
            at = ago(end_s + back * spec.interval_s)
            result = CheckResult(
                platform=spec.platform,
                outcome=outcome,
                latency_s=took,
                at=at,
                detail=visible(detail),
            )
            next_at = at + timedelta(seconds=spec.interval_s)
            self.tell(at, CheckFinished(result=result, next_at=next_at))

    def health(
        self, name: str, seconds_ago: float, was: Health, now: Health, why: str = ""
    ) -> None:
        event = HealthChanged(platform=PlatformName(name), was=was, now=now, why=why)
        self.tell(ago(seconds_ago), event)

    def breaker(
        self, name: str, seconds_ago: float, was: BreakerState, view: BreakerView
    ) -> None:
        at = ago(seconds_ago)
        event = BreakerChanged(
            platform=PlatformName(name), was=was, breaker=replace(view, since=at)
        )
        self.tell(at, event)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def specs(names: int = len(_KINDS)) -> list[CheckSpec]:
    return [
        CheckSpec(
            platform=PlatformName(name),
            probe=probe,
            target=target,
            interval_s=INTERVAL_S,
            timeout_s=0.8,
            breaker=BreakerSpec(failures=3, reset_after_s=30.0),
            group=group,
            origin="name from process, probe from port",
        )
        for name, probe, target, _, group in _KINDS[:names]
    ]


def passes(spec: CheckSpec, many: int) -> list[tuple[Outcome, float, str]]:
    """Return passed checks whose latency waves around the platform's usual one."""
    usual = next((took for name, *_, took, _ in _KINDS if name == spec.platform), 0.01)
    seed = sum(map(ord, spec.platform)) % 17
    waves = [
        1 + 0.35 * sin(n * 1.7 + seed) + (n % 13 == seed % 13) for n in range(many)
    ]
    return [(Outcome.PASSED, usual * wave, "") for wave in waves]


def _when(told: tuple[datetime, int, Event]) -> tuple[datetime, int]:
    return told[0], told[1]


def _resources(world: World, *, ram: float, cpu: float, swap: float = 0.0) -> None:
    for back in range(60, -1, -1):
        wave = 14 * sin(back / 4) + 9 * sin(back / 1.7)
        world.tell(
            ago(back * 2),
            ResourcesSampled(
                sample=ResourceSample(
                    at=ago(back * 2),
                    cpu_percent=max(1.0, cpu + wave),
                    ram_percent=ram - back / 8,
                    ram_used_bytes=int(ram * 120_000_000),
                    ram_total_bytes=12_000_000_000,
                    swap_percent=swap,
                    swap_used_bytes=int(swap * 20_000_000),
                    swap_total_bytes=2_000_000_000,
                    disks=(
                        DiskUse(
                            mount="/",
                            percent=64.0,
                            used_bytes=64 * 10**9,
                            total_bytes=10**11,
                        ),
                    ),
                    load=(0.58, 0.61, 0.55),
                    rx_bytes_per_s=182_400.0,
                    tx_bytes_per_s=23_100.0,
                )
            ),
        )


def normal(platforms: int = 12) -> Snapshot:
    """All is well, and has been for two hours."""
    world = World()
    _resources(world, ram=71.0, cpu=29.0)
    for spec in specs(platforms):
        world.platform(spec)
        world.health(spec.platform, 7490, Health.UNKNOWN, Health.HEALTHY)
        world.checks(spec, passes(spec, 60), end_s=1.0 + len(spec.target) % 4)
    return world.snapshot()


def worst() -> Snapshot:
    """Half of the platforms are in trouble, the host too, and one is held."""
    world = World()
    _resources(world, ram=96.0, cpu=74.0, swap=38.0)
    by_name = {spec.platform: spec for spec in specs()}
    sick = {"discord", "llm", "android", "nginx", "api", "mailer"}
    for name, spec in by_name.items():
        world.platform(spec)
        world.health(name, 7490, Health.UNKNOWN, Health.HEALTHY)
        if name not in sick:
            world.checks(spec, passes(spec, 60), end_s=1.0 + len(spec.target) % 4)
    _discord(world, by_name[PlatformName("discord")])
    _llm(world, by_name[PlatformName("llm")])
    _android(world, by_name[PlatformName("android")])
    _nginx(world, by_name[PlatformName("nginx")])
    _api(world, by_name[PlatformName("api")])
    _mailer(world, by_name[PlatformName("mailer")])
    hot = Load(LoadState.EMERGENCY, frozenset({"ram", "cpu"}))
    world.tell(ago(8), LoadChanged(was=LoadState.DEGRADED, load=hot, why="RAM 96 %"))
    return world.snapshot()


def _discord(world: World, spec: CheckSpec) -> None:
    """Three time-outs: OPEN, a trial in 12 s, nothing sent meanwhile."""
    words = "timed out after 800 ms"
    slower = [(Outcome.PASSED, took, "200") for took in (0.3, 0.42, 0.55, 0.7, 0.74)]
    missed = [(Outcome.TIMED_OUT, 0.8, words)] * 3
    unsent = [(Outcome.REFUSED, 0.0, "breaker is OPEN")] * 3
    world.checks(spec, [*passes(spec, 40), *slower, *missed, *unsent], end_s=3)
    world.health("discord", 28.0, Health.HEALTHY, Health.DEGRADED, words)
    world.health("discord", 23.0, Health.DEGRADED, Health.CRITICAL, words)
    world.health("discord", 18.0, Health.CRITICAL, Health.FAILED, words)
    opened = BreakerView(
        state=BreakerState.OPEN,
        epoch=Epoch(1),
        failures=3,
        retry_at=ago(-12),
        why=f"3 of 3 checks failed: {words}",
        by="checks",
    )
    world.breaker("discord", 17.9, BreakerState.CLOSED, opened)
    _recount(world, spec, failures=3, retry_at=ago(-12))


def _llm(world: World, spec: CheckSpec) -> None:
    """Held by a person while the model is swapped."""
    unsent = [(Outcome.REFUSED, 0.0, "held by root")] * 8
    world.checks(spec, [*passes(spec, 50), *unsent], end_s=2)
    hold = Hold(
        by="root",
        why="swapping the model",
        at=ago(862),
        until=NOW + timedelta(minutes=17, seconds=29),
        origin="ssh from 10.0.0.2",
    )
    held = BreakerView(
        state=BreakerState.HELD,
        epoch=Epoch(3),
        retry_at=hold.until,
        hold=hold,
        why=hold.why,
        by="root",
    )
    world.breaker("llm", 862, BreakerState.CLOSED, held)
    _recount(world, spec, failures=0, retry_at=hold.until)


def _android(world: World, spec: CheckSpec) -> None:
    """The first failure."""
    words = "connection refused"
    world.checks(spec, [*passes(spec, 59), (Outcome.FAILED, 0.001, words)], end_s=3)
    world.health("android", 3, Health.HEALTHY, Health.DEGRADED, words)
    _recount(world, spec, failures=1)


def _nginx(world: World, spec: CheckSpec) -> None:
    """The second failure, after a jump in RAM."""
    words = "502 Bad Gateway, wanted 200..399"
    bad = [(Outcome.FAILED, 0.011, words)] * 2
    world.checks(spec, [*passes(spec, 58), *bad], end_s=4)
    world.health("nginx", 9, Health.HEALTHY, Health.DEGRADED, words)
    world.health("nginx", 4, Health.DEGRADED, Health.CRITICAL, words)
    jumped = RamJumped(platform=spec.platform, before_percent=83.0, after_percent=91.0)
    world.tell(ago(9), jumped)
    _recount(world, spec, failures=2)


def _api(world: World, spec: CheckSpec) -> None:
    """A trial is under way; an operator's late command was refused."""
    words = "[Errno 111] Connect call failed ('127.0.0.1', 8000)"
    bad = [(Outcome.FAILED, 0.002, words)] * 3
    unsent = [(Outcome.REFUSED, 0.0, "breaker is OPEN")] * 6
    world.checks(spec, [*passes(spec, 40), *bad, *unsent], end_s=4)
    world.health("api", 34, Health.CRITICAL, Health.FAILED, words)
    opened = BreakerView(
        state=BreakerState.OPEN,
        epoch=Epoch(1),
        failures=3,
        retry_at=ago(4),
        why=f"3 of 3 checks failed: {words}",
        by="checks",
    )
    half = replace(opened, state=BreakerState.HALF_OPEN, epoch=Epoch(2), retry_at=None)
    world.breaker("api", 34, BreakerState.CLOSED, opened)
    _recount(world, spec, failures=3)
    world.breaker("api", 1, BreakerState.OPEN, replace(half, why="a trial is due"))
    answer = CommandAnswered(
        command=CommandId("c1"),
        verb="trip",
        platform=spec.platform,
        granted=False,
        words="the breaker has moved on since you looked; press t again",
        by="root",
    )
    world.tell(ago(0.5), answer)


def _mailer(world: World, spec: CheckSpec) -> None:
    """Healthy when last heard, but that was long ago: STALE. And it overran."""
    world.checks(spec, passes(spec, 40), end_s=31)
    overran = CheckOverran(platform=spec.platform)
    world.tell(ago(26), overran, overran)


def _recount(
    world: World,
    spec: CheckSpec,
    *,
    failures: int,
    retry_at: datetime | None = None,
) -> None:
    """Give the platform's newest check the breaker's numbers after it."""
    at, order, event = max(
        (told for told in world.told if _is_check_of(told[2], spec)), key=_when
    )
    assert isinstance(event, CheckFinished)
    world.told.remove((at, order, event))
    counted = replace(event, failures=failures, retry_at=retry_at)
    world.told.append((at, order, counted))


def _is_check_of(event: Event, spec: CheckSpec) -> bool:
    return isinstance(event, CheckFinished) and event.result.platform == spec.platform


def empty() -> Snapshot:
    """Live, but nothing is watched."""
    return Snapshot(host=HOST, at=NOW, mode=Mode.LIVE)


def starting() -> Snapshot:
    """Platforms are known; no check has come back yet."""
    world = World()
    for spec in specs(4):
        world.platform(spec, age_s=0.4)
    return replace(world.snapshot(), mode=Mode.STARTING)


def many(platforms: int = 40) -> Snapshot:
    """More platforms than cards fit, three of them failing."""
    world = World()
    _resources(world, ram=58.0, cpu=22.0)
    for number in range(platforms):
        name = PlatformName(f"worker-{number:03d}")
        spec = replace(specs(1)[0], platform=name, target=f"http://10.0.9.{number}/")
        world.platform(spec)
        world.health(name, 7490, Health.UNKNOWN, Health.HEALTHY)
        checks, end_s = passes(spec, 50), 1.0 + number % 4
        if number % 15 == 4:
            checks += [(Outcome.FAILED, 0.001, "connection refused")] * 3
            after_s = end_s - 0.01  # a health is told behind the result it came from
            world.health(
                name, after_s, Health.CRITICAL, Health.FAILED, "connection refused"
            )
        world.checks(spec, checks, end_s=end_s)
    return world.snapshot()


def incident() -> Snapshot:
    """An ordinary bad evening: one failed, one held, one slow to answer, the rest well.

    The session that the pictures of the README are drawn from.
    """
    world = World()
    _resources(world, ram=71.0, cpu=29.0)
    trouble = {"discord": _discord, "llm": _llm, "android": _android}
    for spec in specs():
        if spec.platform == HOSTILE:
            continue
        world.platform(spec)
        world.health(spec.platform, 7490, Health.UNKNOWN, Health.HEALTHY)
        if happened := trouble.get(spec.platform):
            happened(world, spec)
        else:
            world.checks(spec, passes(spec, 60), end_s=1.0 + len(spec.target) % 4)
    return world.snapshot()


def asked(snapshot: Snapshot, *clients: ClientView) -> Snapshot:
    """The day, with these clients attached."""
    return replace(snapshot, clients=Roster({one.id: one for one in clients}))


def calm_clients() -> Snapshot:
    """All is well, and three bots ask for redis, one of them for postgres too."""
    held = [_held("redis", calls_hz=66.4 + n) for n in range(3)]
    postgres = _held("postgres", calls_hz=1204.0)
    return asked(
        normal(),
        _bot("bot-a", 812, held[0], postgres),
        _bot("bot-b", 813, held[1]),
        _bot("crawler", 20441, held[2], by="token ci", origin="web-9, http, 10.0.0.9"),
    )


def busy_clients() -> Snapshot:
    """The worst day: two of twenty do not go by the hold of llm, one has a breaker of
    redis open by itself, and what asks discord obeys.
    """
    bots = [
        _bot(
            f"worker-{n:02d}",
            4000 + n,
            _held("llm", 3 if n % 10 else 2, rejected_hz=n * 1.3, calls_hz=not n % 10),
            _held("discord", 1, rejected_hz=2.0),
        )
        for n in range(20)
    ]
    shut = replace(
        _held("redis", calls_hz=12.0, failed_hz=3.2, rejected_hz=188.0),
        state=BreakerState.OPEN,
        streak=3,
        error="ConnectionError: Connection refused",
    )
    unsure = replace(_held("redis", calls_hz=199.0), streak=2, error="TimeoutError")
    return asked(worst(), *bots, _bot("bot-a", 812, shut), _bot("bot-b", 813, unsure))


def many_clients() -> Snapshot:
    """A table of platforms, of which some have clients; one goes by an old word."""
    names = ("worker-000", "worker-003", "worker-004", "worker-005")
    held = [_held(name, calls_hz=7.4 * n) for n, name in enumerate(names)]
    late = _held("worker-005", epoch=2, calls_hz=1204.0)
    return asked(many(), _bot("bot-a", 812, *held), _bot("bot-b", 813, late))


def _held(
    name: str,
    epoch: int = 0,
    *,
    calls_hz: float = 0.0,
    failed_hz: float = 0.0,
    rejected_hz: float = 0.0,
) -> Holding:
    sent = Traffic(calls_hz=calls_hz, failed_hz=failed_hz, rejected_hz=rejected_hz)
    return Holding(platform=PlatformName(name), epoch=Epoch(epoch), traffic=sent)


def _bot(
    name: str, pid: int, *held: Holding, by: str = "deploy", origin: str = ""
) -> ClientView:
    return ClientView(
        id=ClientId(f"{name}-{pid}"),
        name=name,
        pid=pid,
        by=by,
        origin=origin or f"unix socket, pid {pid}",
        at=ago(131.0 + pid % 7),
        holdings={one.platform: one for one in held},
    )
