"""Days of agents to look at: folded from events, as a session would send them.

All end at worlds.NOW; nothing in here is random from one run to the next.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import sin

from conductor_tui.domain.agent import (
    AgentSpec,
    AgentView,
    Detector,
    IngestView,
    OpenRun,
    WayIn,
)
from conductor_tui.domain.events import (
    AgentAdded,
    AgentBeats,
    AgentHealthChanged,
    BeatsHeard,
    CommandAnswered,
    IngestCounted,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat, BeatKind, fixed_ladder, next_boundary
from conductor_tui.domain.ids import AgentId, CommandId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import visible
from conductor_tui.tui.present.lens import Lens
from tests.tui import worlds
from tests.tui.worlds import NOW, World, ago

HOSTILE = visible("ev\x1b[31mil-[b]日本語")
LENS = Lens(NOW, NOW.tzinfo)
INGEST = IngestView(
    ways=(
        WayIn(name="http", address="127.0.0.1:8125"),
        WayIn(name="http", address="/run/conductor-tui/http.sock"),
        WayIn(name="datagrams", address="/run/conductor-tui/beat.sock"),
        WayIn(name="udp", address="0.0.0.0:8126", trouble="address already in use"),
    ),
    heard=48_211,
    unknown=12,
    refused=3,
    strangers=("cron-old", "laptop-3", visible("\x1b]0;x")),
    refusal="no room for 'laptop-9': 1000 agents came by themselves already",
)


def agent(
    name: str = "worker-1",
    *,
    interval_s: float = 5.0,
    grace_s: float = 2.5,
    group: str = "",
    tags: tuple[str, ...] = (),
    cron: str = "",
    created: bool = False,
    detector: Detector = Detector.FIXED,
) -> AgentSpec:
    return AgentSpec(
        agent=AgentId(name),
        interval_s=interval_s,
        grace_s=grace_s,
        group=group,
        tags=tags,
        cron=cron,
        is_created=created,
        expires_s=86_400.0 if created else None,
        detector=detector,
        origin="its first beat" if created else "conductor.toml",
    )


def beat(
    name: str = "worker-1",
    kind: BeatKind = BeatKind.BEAT,
    *,
    note: str = "",
    words: str = "",
    duration_s: float | None = None,
    exit_code: int | None = None,
    via: str = "udp",
) -> Beat:
    return Beat(
        agent=AgentId(name),
        kind=kind,
        note=note,
        words=words,
        duration_s=duration_s,
        exit_code=exit_code,
        via=via,
    )


def heard(
    spec: AgentSpec,
    beats: Sequence[tuple[datetime, Beat]],
    *,
    runs: tuple[OpenRun, ...] = (),
    stopped: bool = False,
    count: int = 0,
) -> BeatsHeard:
    """The beats of one agent; when it gets worse is by its ladder."""
    last_at = beats[-1][0]
    silent_s = max(0.0, (NOW - last_at).total_seconds())
    ladder = fixed_ladder(spec.interval_s, spec.threshold, spec.grace_s)
    until_s = next_boundary(ladder, silent_s)
    can = until_s < 1e9 and not stopped
    due_at = last_at + timedelta(seconds=until_s) if can else None
    return BeatsHeard(
        agents=(
            AgentBeats(
                agent=spec.agent,
                beats=tuple((at.timestamp(), one) for at, one in beats),
                count=count or len(beats),
                heard_at=last_at,
                due_at=min([run.by for run in runs]) if runs else due_at,
                runs=runs,
                is_stopped=stopped,
            ),
        )
    )


def steady(
    spec: AgentSpec, many: int, end_s: float, **said: str
) -> list[tuple[datetime, Beat]]:
    """Beats about one interval apart, the last one `end_s` seconds ago."""
    seed = sum(map(ord, spec.agent)) % 7
    return [
        (
            ago(end_s + back * spec.interval_s + 0.3 * sin(back * 1.7 + seed)),
            beat(spec.agent, **said),  # type: ignore[arg-type]
        )
        for back in reversed(range(many))
    ]


def _note(n: int) -> str:
    return json.dumps({"tasks": n, "host": "web-7", "queue": {"depth": 3 * n}})


def _came(world: World, spec: AgentSpec, age_s: float = 7200.0) -> None:
    world.tell(ago(age_s), AgentAdded(spec=spec))


def _turned(
    world: World,
    name: str,
    seconds: float,
    was: Health,
    now: Health,
    why: str = "",
    due_s: float | None = None,
) -> None:
    """`due_s`: in so many seconds from NOW it gets worse."""
    event = AgentHealthChanged(
        agent=AgentId(name),
        was=was,
        now=now,
        why=why,
        due_at=None if due_s is None else ago(-due_s),
    )
    world.tell(ago(seconds), event)


def _well(world: World, spec: AgentSpec, end_s: float, **said: str) -> None:
    _came(world, spec)
    _turned(world, spec.agent, 7199, Health.UNKNOWN, Health.HEALTHY)
    world.tell(ago(end_s), heard(spec, steady(spec, 100, end_s, **said), count=1440))


def day() -> Snapshot:
    """Agents of every kind: well, late, failed, running, by cron, gone, never heard."""
    world = World()
    base = worlds.normal(4)
    worker = agent("worker-1", group="workers", tags=("eu", "gpu"))
    _came(world, worker)
    _turned(world, "worker-1", 7199, Health.UNKNOWN, Health.HEALTHY)
    beats = [
        (at, one._replace(note=_note(n)))
        for n, (at, one) in enumerate(steady(worker, 100, 2.0))
    ]
    del beats[60:63]
    world.tell(ago(2), heard(worker, beats, count=1437))
    _turned(world, "worker-1", 190, Health.HEALTHY, Health.CRITICAL, "no beat for 13 s")
    _turned(world, "worker-1", 182, Health.CRITICAL, Health.HEALTHY)
    _well(world, agent("worker-2", group="workers"), 1.0)
    _well(world, agent("mailer", group="web", tags=("eu",)), 4.0, words="queue empty")
    _well(world, agent(HOSTILE), 3.0, words=visible("a\nb\x1b[31m"), via="http")
    _troubled(world)
    _others(world)
    world.tell(ago(1), IngestCounted(ingest=INGEST))
    folded = world.snapshot()
    return replace(
        base,
        seq=folded.seq,
        agents=folded.agents,
        ingest=folded.ingest,
        log=folded.log,
        agent_log=folded.agent_log,
    )


def _troubled(world: World) -> None:
    late = agent("crawler", group="workers")
    _came(world, late)
    _turned(world, "crawler", 7199, Health.UNKNOWN, Health.HEALTHY)
    world.tell(ago(9), heard(late, steady(late, 60, 9.0), count=900))
    why = "no beat for 7.5 s (every 5 s)"
    _turned(world, "crawler", 1.5, Health.HEALTHY, Health.DEGRADED, why, 3.5)
    dead = agent("indexer", group="workers", tags=("eu",))
    _came(world, dead)
    world.tell(ago(220), heard(dead, steady(dead, 40, 220.0), count=40))
    why = "no beat for 17.5 s (every 5 s)"
    _turned(world, "indexer", 202, Health.CRITICAL, Health.FAILED, why)
    answer = CommandAnswered(
        command=CommandId("c1"),
        verb="beat",
        platform=None,
        agent=AgentId("indexer"),
        granted=False,
        words="it is not listened for",
        by="root",
    )
    world.tell(ago(100), answer)
    backup = agent("backup", cron="0 3 * * *", grace_s=3600.0)
    _came(world, backup, 800_000)
    nights = [
        (
            ago(36_000 + night * 86_400 - 40 * (night % 3)),
            beat("backup", duration_s=620.0 + 30 * night, exit_code=0, via="http"),
        )
        for night in reversed(range(1, 9))
    ]
    failed = beat(
        "backup",
        BeatKind.FAIL,
        words="disk full",
        exit_code=1,
        duration_s=31.0,
        via="http",
    )
    world.tell(ago(36_000), heard(backup, [*nights, (ago(36_000), failed)]))
    _turned(
        world,
        "backup",
        36_000,
        Health.HEALTHY,
        Health.FAILED,
        "exit code 1: disk full",
    )


def _others(world: World) -> None:
    runner = agent("nightly", interval_s=300.0, grace_s=60.0)
    _came(world, runner)
    _turned(world, "nightly", 5000, Health.UNKNOWN, Health.HEALTHY)
    open_run = OpenRun(run="r-7", at=ago(12), by=ago(-48))
    start = (ago(12), beat("nightly", BeatKind.START))
    beats = [*steady(runner, 12, 312.0), start]
    world.tell(ago(12), heard(runner, beats, runs=(open_run,)))
    gone = agent("laptop", created=True)
    _came(world, gone, 900)
    stop = (ago(500), beat("laptop", BeatKind.STOP, via="notify"))
    beats = [*steady(gone, 9, 505.0), stop]
    world.tell(ago(500), heard(gone, beats, stopped=True))
    world.tell(
        ago(500),
        AgentHealthChanged(
            agent=gone.agent,
            was=Health.HEALTHY,
            now=Health.UNKNOWN,
            why="it went on purpose",
        ),
    )
    _came(world, agent("never-heard"), 60)
    _well(world, agent("phi-1", detector=Detector.PHI), 2.0)
    warned = agent("scanner", created=True, group="web")
    _came(world, warned, 600)
    beats = steady(warned, 30, 7.0)
    beats.append((ago(2), beat("scanner", BeatKind.WARN, words="disk 91 %")))
    world.tell(ago(2), heard(warned, beats))
    _turned(world, "scanner", 2, Health.HEALTHY, Health.DEGRADED, "disk 91 %", 10.5)


def views() -> dict[str, AgentView]:
    """The agents of the day by name."""
    return {view.agent: view for view in day().agents.in_order()}


def pictured() -> Snapshot:
    """The day with the platforms of an incident, and only names that a font has."""
    incident, told = worlds.incident(), day()
    ways = tuple(way for way in INGEST.ways if not way.trouble)
    return replace(
        incident,
        agents=told.agents.without(AgentId(HOSTILE)),
        ingest=replace(INGEST, ways=ways, strangers=("cron-old", "laptop-3")),
        log=told.log,
        agent_log=told.agent_log,
    )


def many(count: int = 5000) -> Snapshot:
    """More than anybody reads: one in a hundred has failed."""
    world = World()
    for number in range(count):
        spec = agent(f"agent-{number:05d}", group=f"g{number % 7}", created=True)
        world.tell(ago(600), AgentAdded(spec=spec))
        world.tell(ago(2), heard(spec, steady(spec, 6, 1.0 + number % 4)))
        if number % 100 == 42:
            why = "no beat for 17.5 s (every 5 s)"
            _turned(world, spec.agent, 1, Health.CRITICAL, Health.FAILED, why)
        else:
            _turned(world, spec.agent, 599, Health.UNKNOWN, Health.HEALTHY)
    return replace(world.snapshot(), ingest=replace(INGEST, heard=count * 6))


def nobody() -> Snapshot:
    """Live, but nobody ever beat."""
    ways = INGEST.ways[:3]
    return replace(worlds.empty(), ingest=IngestView(ways=ways))
