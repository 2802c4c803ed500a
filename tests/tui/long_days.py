"""Days with half an hour of readings behind them: of the host, and of ourselves."""

from dataclasses import replace
from math import sin

from conductor_tui.domain.events import (
    CommandAnswered,
    Event,
    LoadChanged,
    LoopStalled,
    MassFailed,
    OwnSampled,
    PlatformPaused,
    PlatformResumed,
    ResourcesSampled,
    SettingsLoaded,
    SettingsRefused,
)
from conductor_tui.domain.fold import apply
from conductor_tui.domain.forecasting.forecast import Forecaster
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.domain.own import OWN_INTERVAL_S, OwnSample, Stall
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.resources import (
    SAMPLE_INTERVAL_S,
    DiskUse,
    Load,
    LoadState,
    ResourceSample,
)
from conductor_tui.domain.snapshot import Snapshot
from tests.tui import worlds
from tests.tui.worlds import NOW, ago

SAMPLES = 900
GIB = 2**30
LOADED = SettingsLoaded(source="/etc/conductor.toml")
REFUSED = SettingsRefused(
    source="conductor.toml",
    problems=(
        'line 3: [engine] interval = 0: must be longer than 0s, such as "5s"',
        "line 9: [[platform]] discord: unknown key 'targt': did you mean 'target'?",
    ),
)


def disk(mount: str, percent: float, total_gib: int) -> DiskUse:
    total = total_gib * GIB
    return DiskUse(
        mount=mount,
        percent=percent,
        used_bytes=int(total * percent / 100),
        total_bytes=total,
    )


def reading(back: int, *, hot: bool, cores: int) -> ResourceSample:
    """Return the sample of `back` intervals ago. A hot host's RAM fills up."""
    wave = 14 * sin(back / 40) + 9 * sin(back / 17) + 4 * sin(back * 2.1)
    ram = max(52.0, 96.0 - back / 14) if hot else 61.0 + 2 * sin(back / 90)
    busy = 40.0 if hot and back < 200 else 0.0
    total = 12 * GIB
    return ResourceSample(
        at=ago(back * SAMPLE_INTERVAL_S),
        cpu_percent=max(2.0, min(100.0, 27.0 + busy + wave)),
        cores_percent=tuple(
            max(0.0, min(100.0, 27.0 + busy + 1.5 * wave + 25 * sin(core * 2.3)))
            for core in range(cores)
        ),
        ram_percent=ram,
        ram_used_bytes=int(total * ram / 100),
        ram_total_bytes=total,
        swap_percent=38.0 if hot else 0.0,
        swap_used_bytes=int(0.38 * 2 * GIB) if hot else 0,
        swap_total_bytes=2 * GIB,
        disks=(
            disk("/", 64.0, 100),
            disk("/var/lib/postgresql", 91.0 if hot else 42.0, 400),
            disk("/mnt/backup with a long name", 23.5, 4000),
        ),
        load=(3.81, 2.2, 1.1) if hot else (0.58, 0.61, 0.55),
        rx_bytes_per_s=182_400.0 + 90_000 * sin(back / 12),
        tx_bytes_per_s=23_100.0 + 9_000 * sin(back / 30),
    )


def own(back: int, *, slow: bool) -> OwnSample:
    late = 0.004 + 0.002 * sin(back / 9)
    return OwnSample(
        at=ago(back * OWN_INTERVAL_S),
        lag_p50_s=0.0006,
        lag_max_s=(1.4 if slow and back == 40 else 0.0031) + late / 4,
        late_p50_s=0.0011,
        late_p99_s=late * (40 if slow and back < 60 else 1),
        checks=86_400 - back * 4,
        overruns=17 if slow else 0,
        in_flight=121 if slow else 2,
        inconclusive=9 if slow else 0,
        cpu_percent=(61.0 if slow else 1.4) + sin(back / 5),
        rss_bytes=int((58 + back / 600) * 2**20),
        threads=9,
        open_files=31,
    )


def _after(snapshot: Snapshot, *events: Event) -> Snapshot:
    """Return the snapshot after events that come at NOW."""
    envelope = snapshot.events[-1] if snapshot.events else None
    assert envelope is not None
    for event in events:
        seq = type(snapshot.seq)(snapshot.seq + 1)
        told = replace(envelope, seq=seq, at=NOW, event=event)
        snapshot = apply(snapshot, told)
    return snapshot


def _measured(snapshot: Snapshot, *, hot: bool, cores: int) -> Snapshot:
    fresh = replace(snapshot, resources=replace(Snapshot().resources))
    backs = range(SAMPLES - 1, -1, -1)
    readings = [
        ResourcesSampled(sample=reading(back, hot=hot, cores=cores))
        for back in backs
        if not 300 < back < 330  # it could not be measured for a minute
    ]
    ours = [OwnSampled(sample=own(back, slow=hot)) for back in backs]
    return _after(fresh, *readings, *ours)


def normal(cores: int = 4) -> Snapshot:
    return _measured(_after(worlds.normal(), LOADED), hot=False, cores=cores)


def worst(cores: int = 4) -> Snapshot:
    """The host is full, we stalled, the settings file is broken, people act."""
    snapshot = _measured(worlds.worst(), hot=True, cores=cores)
    load = Load(LoadState.EMERGENCY, frozenset({"ram", "cpu", "disk"}))
    stall = Stall(
        at=ago(80), lasted_s=1.4, task="check discord", where="my_probe.py:12 in fetch"
    )
    return _after(
        snapshot,
        LoadChanged(was=LoadState.DEGRADED, load=load, why="ram 96 %, disk 91 %"),
        SettingsLoaded(source="/etc/conductor.toml", added=(PlatformName("queue"),)),
        REFUSED,
        granted("check", "discord", "passed in 12 ms"),
        granted("trip", "llm", "held for 15m: swapping the model"),
        LoopStalled(stall=stall),
        paused("queue"),
        PlatformResumed(platform=PlatformName("queue"), by="root", why="done"),
        MassFailed(
            platforms=(PlatformName("discord"), PlatformName("nginx")),
            watched=12,
            canary="loopback answers",
            is_ours=False,
        ),
    )


def granted(verb: str, platform: str, words: str) -> CommandAnswered:
    return CommandAnswered(
        command=CommandId(f"{verb}-{platform}"),
        verb=verb,
        platform=PlatformName(platform),
        granted=True,
        words=words,
        by="root",
        origin="ssh from 10.0.0.2",
    )


def paused(platform: str) -> PlatformPaused:
    pause = Pause(kind=PauseKind.PAUSED, by="root", why="a new disk", at=NOW)
    return PlatformPaused(platform=PlatformName(platform), pause=pause)


def stalling(lasted_s: float = 1.4) -> Snapshot:
    """A check blocks the engine at this moment."""
    stall = Stall(
        at=ago(lasted_s),
        lasted_s=lasted_s,
        task="check discord",
        where="my_probe.py:12 in fetch",
    )
    snapshot = normal()
    return replace(snapshot, own=replace(snapshot.own, stall=stall))


def growing() -> Snapshot:
    """RAM grows: it is foreseen when it is full, and where it may be until then."""
    snapshot = normal()
    forecaster = Forecaster(least=0.0, most=100.0)
    for number in range(90):
        ram = 41 + 0.3 * max(0, number - 40) + 2 * sin(number * 1.7)
        forecaster.observe(number * 10.0, ram)
    busy = Forecaster(least=0.0, most=100.0)
    for number in range(90):
        busy.observe(number * 10.0, 22 + 14 * sin(number * 0.9))
    made = {"ram": forecaster.forecast(), "cpu": busy.forecast()}
    ram_ahead = made["ram"]
    assert ram_ahead is not None
    rising = replace(ram_ahead, now=62.0, trend=0.042)
    forecasts = {"ram": rising, "cpu": made["cpu"]}
    resources = replace(
        snapshot.resources,
        forecasts={name: one for name, one in forecasts.items() if one},
        full_in_s={"/": 11 * 86_400.0},
    )
    return replace(snapshot, resources=resources)
