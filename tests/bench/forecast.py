"""Forecasts, scaling and failure detectors over recorded series.

    python -m tests.bench.forecast --traces DIR [--part forecast|interval|scale|synth|
                                                        heartbeat|cost] [--split NAME]

DIR has a manifest.json that names its series and their splits (all of them count if
none is asked for), each a DIR/split/name.csv whose first column counts, and beside them
`_latency_ms.csv` with latencies of a real gateway and `_hb_real.csv` with intervals of
real heartbeats. Everything is causal: what is predicted at t is scored at t + h. Ends
with 1 where a target is missed.
"""

import argparse
import csv
import json
import math
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from conductor_tui.domain.forecasting.forecast import Forecaster, ModelName
from conductor_tui.domain.heartbeat import fixed_ladder, phi_ladder
from conductor_tui.domain.scaling import ScalePolicy, Scaler

HORIZONS, LIMITS, WARM = (1, 6, 12), (0.92, 0.93, 0.97), 60
NAMES = (ModelName.ENSEMBLE, ModelName.LAST, ModelName.HOLT, ModelName.AR)
MISSED: list[str] = []


@dataclass(frozen=True)
class Trace:
    name: str
    family: str
    values: list[float]


def splits(folder: Path) -> list[str]:
    manifest = json.loads((folder / "manifest.json").read_text())
    return sorted({one["split"] for one in manifest})


def traces(folder: Path, wanted: Sequence[str], most: int) -> list[Trace]:
    """Return the middle of each series: at most `most` values. Those that are named
    but not there are said.
    """
    found = []
    for one in json.loads((folder / "manifest.json").read_text()):
        if one["split"] not in wanted or one["name"].startswith("_"):
            continue
        path = folder / one["split"] / f"{one['name']}.csv"
        if not path.exists():
            print(f"not there: {path}")
            continue
        with path.open() as file:
            values = [float(row[0]) for row in list(csv.reader(file))[1:]]
        first = max(0, (len(values) - most) // 2)
        found.append(Trace(one["name"], one["family"], values[first : first + most]))
    return sorted(found, key=lambda trace: trace.name)


def target(words: str, found: float, least: float, most: float) -> None:
    """Print whether a figure is where it should be."""
    is_met = least <= found <= most
    wanted = f"<= {most:g}" if least == -math.inf else f"{least:g} to {most:g}"
    wanted = f">= {least:g}" if most == math.inf else wanted
    print(f"  {words:56s} {found:8.2f}   {wanted:12s} {'met' if is_met else 'MISSED'}")
    if not is_met:
        MISSED.append(words)


def geometric(values: Sequence[float]) -> float:
    return math.exp(statistics.mean(math.log(max(one, 1e-6)) for one in values))


@dataclass(frozen=True)
class Band:
    """What was said of the value at one moment, by a forecast made `h` before."""

    value: float
    low: float | None
    high: float | None
    lowest: float | None
    highest: float | None


def said(values: Sequence[float], name: ModelName) -> dict[int, list[Band | None]]:
    """Return for each horizon what was said of each value."""
    forecaster = Forecaster(name, least=0.0, step_s=1.0, horizons=HORIZONS)
    found: dict[int, list[Band | None]]
    found = {steps: [None] * len(values) for steps in HORIZONS}
    for at, value in enumerate(values):
        forecaster.observe(float(at), value)
        forecast = forecaster.forecast()
        assert forecast is not None
        for steps, one in zip(HORIZONS, forecast.ahead, strict=True):
            if at + steps < len(values):
                found[steps][at + steps] = Band(
                    one.value, one.low, one.high, one.lowest, one.highest
                )
    return found


def part_forecast(every: Sequence[Trace]) -> None:
    print("\n# forecast: MAE / MAE of the last value, geometric mean over the series")
    default: Sequence[float] = ()
    print(f"  {'model':12s} {'h1':>6s} {'h6':>6s} {'h12':>6s} {'worst h12':>10s} us")
    for name in NAMES:
        ratios = defaultdict[int, list[float]](list)
        began, steps_taken = time.perf_counter(), 0
        for trace in every:
            found = said(trace.values, name)
            steps_taken += len(trace.values)
            for steps in HORIZONS:
                usual, ours = _errors(trace.values, found[steps], steps)
                if usual > 1e-9:
                    ratios[steps].append(ours / usual)
        took = (time.perf_counter() - began) / steps_taken * 1e6
        means = [geometric(ratios[steps]) for steps in HORIZONS]
        figures = " ".join(f"{one:6.3f}" for one in means)
        print(f"  {name:12s} {figures} {max(ratios[12]):10.2f} {took:5.0f}")
        if name is ModelName.ENSEMBLE:
            default = means
    for steps, found_mean, limit in zip(HORIZONS, default, LIMITS, strict=True):
        words = f"error against the last value, h{steps}"
        target(words, found_mean, -math.inf, limit)


def _errors(
    values: Sequence[float], found: Sequence[Band | None], steps: int
) -> tuple[float, float]:
    """Return the mean error of the last value, and of what was said."""
    at = range(WARM + max(HORIZONS), len(values))
    usual = statistics.mean(abs(values[t] - values[t - steps]) for t in at)
    ours = [abs(one.value - values[t]) for t in at if (one := found[t]) is not None]
    return usual, statistics.mean(ours)


def part_interval(every: Sequence[Trace]) -> None:
    print("\n# interval: how many values came where the band said they would, percent")
    shares = {0.80: list[float](), 0.95: list[float]()}
    for trace in every:
        if len(trace.values) < 400 or trace.name.startswith("ec2_disk"):
            continue
        found = said(trace.values, ModelName.ENSEMBLE)
        for steps in HORIZONS:
            bands = [
                (one, value)
                for one, value in zip(found[steps], trace.values, strict=True)
                if one is not None and one.low is not None
            ][WARM + 200 :]
            for share, inside in _covered(bands):
                shares[share].append(inside)
    if not shares[0.80]:
        print("  no series is long enough (400 values)")
        return
    target("80 % band", 100 * statistics.mean(shares[0.80]), 77, 83)
    target("95 % band", 100 * statistics.mean(shares[0.95]), 92, math.inf)


def _covered(bands: Sequence[tuple[Band, float]]) -> Iterator[tuple[float, float]]:
    def inside(low: float | None, value: float, high: float | None) -> bool:
        return low is not None and high is not None and low <= value <= high

    count = len(bands)
    yield 0.80, sum(inside(one.low, v, one.high) for one, v in bands) / count
    yield 0.95, sum(inside(one.lowest, v, one.highest) for one, v in bands) / count


class Policy(Protocol):
    def decide(self, demand: float, wanted: int, ready: int) -> int: ...


class Hpa:
    """As Kubernetes' autoscaler: tolerance 0.1, stabilised over 20 samples."""

    def __init__(self, goal: float) -> None:
        self._goal = goal
        self._wishes: deque[int] = deque(maxlen=20)

    def decide(self, demand: float, wanted: int, ready: int) -> int:
        ratio = demand / max(ready, 1) / self._goal
        calm = abs(ratio - 1) <= 0.1 and ready == wanted
        wish = wanted if calm else math.ceil(ready * ratio - 1e-9)
        self._wishes.append(wish)
        if wish > wanted:
            return min(wish, max(2 * wanted, wanted + 4))
        return min(wanted, max(self._wishes))


class Ours:
    def __init__(self, policy: ScalePolicy) -> None:
        self._scaler = Scaler(policy)

    def decide(self, demand: float, wanted: int, ready: int) -> int:
        return self._scaler.decide(demand, wanted, ready).to


@dataclass(frozen=True)
class Ran:
    """A pool over a series: workers, shares of samples with too few, and per 1,000
    samples the changes and the times it went down within 12 samples after it went up.
    """

    workers: float
    unserved: float
    changes: float
    reversals: float


def simulate(demand: Sequence[float], policy: Policy, delay: int) -> Ran:
    first = WARM + 12
    wanted = max(1, math.ceil(demand[first] / 0.7))
    ready, coming = wanted, deque[tuple[int, int]]()
    unserved = workers = changes = reversals = counted = 0
    up_at = -math.inf
    for at, asked in enumerate(demand):
        while coming and coming[0][0] <= at:
            ready += coming.popleft()[1]
        if at >= first:
            counted += 1
            workers += ready + sum(count for _, count in coming)
            unserved += asked > ready + 1e-9
        to = min(40, max(1, policy.decide(asked, wanted, ready)))
        if at < first or to == wanted:
            continue
        changes += 1
        if to > wanted:
            coming.append((at + delay, to - wanted))
            up_at = at
        else:
            reversals += at - up_at <= 12
            ready -= _cancelled(coming, wanted - to)
        wanted = to
    thousands = counted / 1000
    return Ran(
        workers / counted,
        unserved / counted,
        changes / thousands,
        reversals / thousands,
    )


def _cancelled(coming: "deque[tuple[int, int]]", fewer: int) -> int:
    """Take away those on their way first. Returns how many of the ready ones go."""
    while fewer and coming:
        at, count = coming.pop()
        kept = max(0, count - fewer)
        fewer -= count - kept
        if kept:
            coming.append((at, kept))
    return fewer


def demand_of(trace: Trace) -> list[float]:
    """Return it in workers: 95 of 100 values need ten or fewer."""
    values = sorted(trace.values)
    scale = values[int(0.95 * (len(values) - 1))] or values[-1]
    return [min(30.0, 10 * max(0.0, one) / scale) for one in trace.values]


def part_scale(every: Sequence[Trace], delay: int = 3) -> None:
    print(f"\n# scale: workers that come {delay} samples late, at as many as HPA has")
    loads = [
        demand_of(trace)
        for trace in every
        if trace.family not in ("temp", "latency")
        and not trace.name.startswith("ec2_disk")
    ]
    goals = [0.4 + 0.05 * n for n in range(23)]
    policy = ScalePolicy(most=40, delay=delay)
    reference = _mean([simulate(load, Hpa(0.7), delay) for load in loads])
    ours = [
        _mean([simulate(load, _at_goal(policy, goal), delay) for load in loads])
        for goal in goals
    ]
    same = _at(ours, reference.workers)
    print(f"  {'':12s} workers  unserved %  changes/1k  up, then down/1k")
    for words, one in (("HPA", reference), ("ours", same)):
        print(
            f"  {words:12s} {one.workers:7.2f} {100 * one.unserved:11.2f} "
            f"{one.changes:11.1f} {one.reversals:17.2f}"
        )
    usual = _mean([simulate(load, Ours(policy), delay) for load in loads])
    target("unserved, of HPA's", same.unserved / reference.unserved, -math.inf, 0.80)
    target("changes, of HPA's", same.changes / reference.changes, -math.inf, 0.65)
    target("up, then down within 12 samples", usual.reversals, -math.inf, 0)


def _at_goal(policy: ScalePolicy, goal: float) -> Policy:
    """Beyond 1 demand is scaled: fewer workers than are busy."""
    if goal <= 1:
        return Ours(replace(policy, target=goal))
    inner = Ours(replace(policy, target=1.0))

    class Less:
        def decide(self, demand: float, wanted: int, ready: int) -> int:
            return inner.decide(demand / goal, wanted, ready)

    return Less()


def _mean(runs: Sequence[Ran]) -> Ran:
    return Ran(
        *(
            statistics.mean(getattr(run, name) for run in runs)
            for name in ("workers", "unserved", "changes", "reversals")
        )
    )


def _at(front: Sequence[Ran], workers: float) -> Ran:
    """Return what the policy does with so many workers, between two of its goals."""
    points = sorted(front, key=lambda one: one.workers)
    for low, high in pairwise(points):
        if low.workers <= workers <= high.workers:
            share = (workers - low.workers) / max(1e-12, high.workers - low.workers)
            return Ran(
                *(
                    a + share * (b - a)
                    for a, b in zip(_figures(low), _figures(high), strict=True)
                )
            )
    raise SystemExit(f"no goal of ours takes {workers:.2f} workers")


def _figures(ran: Ran) -> tuple[float, ...]:
    return ran.workers, ran.unserved, ran.changes, ran.reversals


def part_synth(delay: int = 3) -> None:
    print("\n# synth: changes per 1,000 samples [unserved %], up-then-down")
    dice, count = random.Random(3), 1500
    series = {
        "flat +-5 %": [7 * (1 + 0.05 * dice.gauss(0, 1)) for _ in range(count)],
        "flat +-20 %": [max(0, 7 * (1 + 0.2 * dice.gauss(0, 1))) for _ in range(count)],
        "square, period 10": [8.0 if (n // 5) % 2 else 3.0 for n in range(count)],
        "square, period 60": [8.0 if (n // 30) % 2 else 3.0 for n in range(count)],
        "ramp": [2 + 12 * (1 - abs(n % 600 - 300) / 300) for n in range(count)],
        "spikes": [10.0 if n % 50 == 0 else 5.0 for n in range(count)],
    }
    policy = ScalePolicy(most=40, delay=delay)
    ran = {}
    for name, load in series.items():
        for words, made in (("HPA", Hpa(0.7)), ("ours", Ours(policy))):
            one = ran[name, words] = simulate(load, made, delay)
            print(
                f"  {name:18s} {words:5s} {one.changes:6.1f} "
                f"[{100 * one.unserved:4.1f}] {one.reversals:5.1f}"
            )
    target("changes, flat +-5 %", ran["flat +-5 %", "ours"].changes, -math.inf, 1)
    changes = ran["square, period 10", "ours"].changes
    target("changes, square of period 10", changes, -math.inf, 2)
    total = sum(one.reversals for (_, who), one in ran.items() if who == "ours")
    target("up, then down within 12 samples", total, -math.inf, 0)


Intervals = Sequence[float]
SCENARIOS = (
    *("lan", "drift 5 %", "wan", "real 10 s", "real 1 s", "loss 1 %", "loss 5 %"),
    *("bursts of loss", "gc pauses", "load drift"),
)


def beats(name: str, count: int, latencies: Sequence[float]) -> list[float]:
    """Return the intervals, in intervals, of an agent that is alive."""
    dice, at, until, lossy = random.Random(5), 0.0, -1.0, False
    place, arrived = dice.randrange(len(latencies)), list[float]()
    for number in range(count):
        at += 1.4 - 0.4 * math.cos(number / 400) if name == "load drift" else 1.0
        at += 0.05 * abs(dice.gauss(0, 1)) if name == "drift 5 %" else 0.0
        sent = max(at, until)
        if name == "gc pauses" and dice.random() < 0.005:
            sent = until = sent + dice.uniform(0.5, 3)
        if name.startswith("loss") and dice.random() < float(name.split()[1]) / 100:
            continue
        if name == "bursts of loss":
            lossy = dice.random() < (0.67 if lossy else 0.01)
            if lossy:
                continue
        late = abs(dice.gauss(0, 0.02))
        if name == "wan":
            late = 0.05 * math.exp(dice.gauss(0, 1))
        if name.startswith("real"):
            place = (place + 1) % len(latencies)
            late = latencies[place] / 1000 / float(name.split()[1])
        arrived.append(sent + late)
    arrived.sort()
    return [b - a for a, b in pairwise(arrived)]


def _suspected(
    gaps: Intervals, deadline: Callable[["deque[float]"], float], warm: int = 100
) -> tuple[float, float]:
    """Return false suspicions per 1,000 beats, and the mean deadline in intervals."""
    seen: deque[float] = deque(maxlen=200)
    wrong = total = 0.0
    for number, gap in enumerate(gaps):
        if number >= warm:
            after = deadline(seen)
            total += after
            wrong += gap > after
        seen.append(gap)
    count = len(gaps) - warm
    return 1000 * wrong / count, total / count


def _phi(seen: "deque[float]") -> float:
    ladder = phi_ladder(tuple(seen), 1.0)
    assert ladder is not None
    return ladder[-1][0]


def part_heartbeat(folder: Path, wanted: Sequence[str], count: int) -> None:
    print("\n# heartbeat: false suspicions per 1,000 beats @ mean deadline (intervals)")
    latencies = [
        float(one)
        for path in _there(folder, wanted, "_latency_ms.csv")
        for one in path.read_text().split()[1:]
    ]
    scenarios = [one for one in SCENARIOS if latencies or not one.startswith("real")]
    every = {name: beats(name, count, latencies) for name in scenarios}
    for path in _there(folder, wanted, "_hb_real.csv"):
        with path.open() as file:
            for row in csv.DictReader(file):
                one = every.setdefault(f"measured {row['phase']}", [])
                one.append(float(row["interval"]) / 0.1)
    fixed = fixed_ladder(1.0, 3)[-1][0]
    found: dict[str, list[float]] = {"fixed 3x": [], "bounded phi": []}
    for name, gaps in every.items():
        figures = []
        for words, deadline in (("fixed 3x", lambda _: fixed), ("bounded phi", _phi)):
            suspicions, after = _suspected(gaps, deadline)
            found[words].append(suspicions)
            figures.append(f"{words} {suspicions:6.2f} @ {after:4.2f}")
        print(f"  {name:26s} {'   '.join(figures)}")
    phi, usual = found["bounded phi"], found["fixed 3x"]
    target("bounded phi, per 1,000 beats", statistics.mean(phi), -math.inf, 1.5)
    target("fixed 3x, per 1,000 beats", statistics.mean(usual), -math.inf, 1.8)


def _there(folder: Path, wanted: Sequence[str], name: str) -> list[Path]:
    """Return the files of that name; says it where a split has none."""
    paths = [folder / split / name for split in wanted]
    for path in paths:
        if not path.exists():
            print(f"  not there: {path}")
    return [path for path in paths if path.exists()]


def part_cost() -> None:
    print("\n# cost")
    dice, forecaster = random.Random(1), Forecaster(least=0.0, most=100.0)
    values = [50 + dice.gauss(0, 5) for _ in range(5000)]
    began = time.perf_counter()
    for number, value in enumerate(values):
        forecaster.observe(number * 10.0, value)
        forecaster.forecast()
    took = (time.perf_counter() - began) / len(values) * 1e6
    target("us a sample, five horizons", took, -math.inf, 100)
    code = (
        "import sys, time; import dataclasses, enum, statistics, collections, bisect\n"
        "b = time.perf_counter(); import conductor_tui.domain.forecasting.forecast\n"
        "print(1000 * (time.perf_counter() - b), 'numpy' in sys.modules)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(5)
    ]
    target("ms to import", min(float(ms) for ms, _ in runs), -math.inf, 15)
    assert all(has == "False" for _, has in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--traces", type=Path, required=True)
    parser.add_argument("--split", help="of the manifest; all of them by default")
    parts = ("forecast", "interval", "scale", "synth", "heartbeat", "cost")
    parser.add_argument("--part", choices=parts)
    parser.add_argument("--most", type=int, default=1000, help="values of each series")
    given = parser.parse_args()
    wanted_splits = [given.split] if given.split else splits(given.traces)
    every = traces(given.traces, wanted_splits, given.most)
    if not every:
        raise SystemExit(f"no series of {', '.join(wanted_splits)} in {given.traces}")
    count = sum(len(trace.values) for trace in every)
    print(f"{len(every)} series, {count} values")
    wanted = (given.part,) if given.part else parts
    run: dict[str, Callable[[], None]] = {
        "forecast": lambda: part_forecast(every),
        "interval": lambda: part_interval(every),
        "scale": lambda: part_scale(
            [replace(one, values=one.values[:800]) for one in every]
        ),
        "synth": part_synth,
        "heartbeat": lambda: part_heartbeat(given.traces, wanted_splits, 20_000),
        "cost": part_cost,
    }
    for part in wanted:
        run[part]()
    if MISSED:
        raise SystemExit(f"missed: {', '.join(MISSED)}")


if __name__ == "__main__":
    main()
