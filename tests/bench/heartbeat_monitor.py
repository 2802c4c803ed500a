"""HeartbeatMonitor alone: what a heartbeat costs, and what watching costs.

    python -m tests.bench.heartbeat_monitor [--seconds 30]

Median and 99th percentile of `record_heartbeat` with 1 and with 10,000 agents, beside
an append to a deque under a lock (the least that any such call does); 8 threads that
record 100,000 each, counted; the CPU of 100 agents that beat every 5 s.
"""

import argparse
import threading
import time
from collections import deque
from itertools import cycle

from conductor_tui.heartbeat import HeartbeatMonitor

_CALLS = 200_000
_THREADS, _EACH = 8, 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="of watching")
    args = parser.parse_args()
    bare = _bare()
    print(f"deque under a lock   median {bare:5.2f} us  (the reference)")
    for agents in (1, 10_000):
        median, late = _record(agents)
        print(
            f"record, {agents:6,} agents  median {median:5.2f} us  p99 {late:5.2f} us"
            f"  {median / bare:.1f}x"
        )
    print(f"{_THREADS} threads x {_EACH:,}: {_hammer():,} recorded")
    watching, beats = _watch(args.seconds)
    print(f"100 agents at 5 s: {watching:.3f} % of a core to watch them", end=", ")
    print(f"{beats:.3f} % for the heartbeats themselves")


def _bare() -> float:
    lock, kept = threading.RLock(), deque[dict[str, float]](maxlen=100)
    taken = []
    for _ in range(_CALLS):
        began = time.perf_counter_ns()
        with lock:
            kept.append({"timestamp": time.time()})
        taken.append(time.perf_counter_ns() - began)
    return sorted(taken)[_CALLS // 2] / 1000


def _record(agents: int) -> tuple[float, float]:
    """Return microseconds of one call: median, 99th percentile."""
    names = [f"agent-{n}" for n in range(agents)]
    taken = []
    with HeartbeatMonitor() as monitor:
        for name in names:
            monitor.start_monitoring(name)
        for _, name in zip(range(_CALLS), cycle(names), strict=False):
            began = time.perf_counter_ns()
            monitor.record_heartbeat(name)
            taken.append(time.perf_counter_ns() - began)
    taken.sort()
    return taken[_CALLS // 2] / 1000, taken[_CALLS * 99 // 100] / 1000


def _hammer() -> int:
    with HeartbeatMonitor() as monitor:
        monitor.start_monitoring("a", interval_ms=60_000)

        def hammer() -> None:
            for _ in range(_EACH):
                monitor.record_heartbeat("a")

        threads = [threading.Thread(target=hammer) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        recorded: int = monitor.get_monitoring_stats()["total_heartbeats"]
        return recorded


def _watch(seconds: float) -> tuple[float, float]:
    """Return percent of a core: the monitor's thread, and the calls that record."""
    with HeartbeatMonitor() as monitor:
        names = [f"agent-{n}" for n in range(100)]
        for name in names:
            monitor.start_monitoring(name)
        assert monitor.monitoring_thread is not None
        its_clock = time.pthread_getcpuclockid(monitor.monitoring_thread.ident or 0)
        began, its, ours = time.perf_counter(), time.clock_gettime(its_clock), 0.0
        for name in cycle(names):
            if time.perf_counter() - began >= seconds:
                break
            cpu = time.thread_time()
            monitor.record_heartbeat(name)
            ours += time.thread_time() - cpu
            time.sleep(0.05)
        watching = time.clock_gettime(its_clock) - its
        lasted = time.perf_counter() - began
        return 100 * watching / lasted, 100 * ours / lasted


if __name__ == "__main__":
    main()
