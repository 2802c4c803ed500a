"""A key press in the dashboard, and the calls of other processes to a real Redis.

    python -m tests.bench.clients trip [PROCESSES TRIPS]
    python -m tests.bench.clients admit
    python -m tests.bench.clients restart
    python -m tests.bench.clients trial [PROCESSES THREADS]

trip: redis-server, a daemon, a dashboard on a pty that is attached to it, and processes
that PING the server 200 times a second through `@client.breaker("redis")`. Somebody
presses t, a reason, Enter; then r, or R twice. Told is the time from that key to the
first call that is rejected, in each process, and from r to the first that goes through;
the server's own counter says how many commands came while the breaker was held.
admit: what a call pays, against an empty function and aiobreaker in the same run; what
the import adds to a bare Python, in pairs.
restart: kill -9 of the daemon under load, held and not, and a million calls.
trial: everybody's breaker opens because the server is ill; it is counted how many calls
reach it while a trial is due, and how soon all call again once it is well.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conductor_tui.client import Client, Rejected
from tests.bench.client_place import free_port, prepare
from tests.bench.client_restarts import measure_restarts
from tests.bench.client_trials import measure_trials
from tests.bench.client_trips import measure_trips

ROUNDS = 5


def per_call_us(call: Callable[[], object], times: int = 200_000) -> float:
    best = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            call()
        best.append((time.perf_counter() - began) / times * 1e6)
    return statistics.median(best)


def measure_admit(folder: Path) -> None:
    import aiobreaker

    prepare(folder, free_port())
    breaker = Client("bench", first_word_s=0).breaker("redis")
    other = aiobreaker.CircuitBreaker(fail_max=3)

    def empty() -> None: ...

    def block() -> None:
        with breaker:
            pass

    async def awaited() -> None: ...

    def looped(func: Callable[[], Any], times: int = 50_000) -> float:
        async def run() -> float:
            began = time.perf_counter()
            for _ in range(times):
                await func()
            return (time.perf_counter() - began) / times * 1e6

        return statistics.median(asyncio.run(run()) for _ in range(ROUNDS))

    def both() -> None:
        breaker.settle(breaker.admit())

    def refused() -> None:
        try:
            shut.admit()
        except Rejected:
            return

    shut = Client("bench", first_word_s=0).breaker("other", failures=1)
    shut.settle(shut.admit(), OSError())
    guarded, plain = breaker(empty), per_call_us(empty)
    rows = {
        "an empty function": plain,
        "admit": per_call_us(breaker.admit),
        "admit and settle": per_call_us(both),
        "admit that is rejected": per_call_us(refused),
        "decorated, more": per_call_us(guarded) - plain,
        "with block": per_call_us(block),
        "decorated async, more": looped(breaker(awaited)) - looped(awaited),
        "aiobreaker's own call, more": per_call_us(other(empty), 20_000) - plain,
    }
    for what, us in rows.items():
        print(f"  {what:28} {us:7.2f} us")
    bare, ours = [], []
    for _ in range(21):
        bare.append(start_s("pass"))
        ours.append(start_s("import conductor_tui.client"))
    more = statistics.median(ours) - statistics.median(bare)
    bare_ms = statistics.median(bare) * 1000
    print(
        f"  bare Python {bare_ms:.1f} ms; importing the client: {more * 1000:.1f} more"
    )


def start_s(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def main(argv: list[str]) -> None:
    what, *rest = argv or [""]
    numbers = [int(one) for one in rest]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        match what:
            case "trip":
                measure_trips(folder, *(numbers or (1, 200)))
            case "admit":
                measure_admit(folder)
            case "restart":
                measure_restarts(folder)
            case "trial":
                measure_trials(folder, *(numbers or (20, 50)))
            case _:
                sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
