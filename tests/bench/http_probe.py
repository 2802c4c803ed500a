"""CPU per check of the http probe against bare asyncio streams, both kept, on uvloop.

    python -m tests.bench.http_probe [--checks 2000] [--rounds 20] [--at-once 16]

Prints microseconds of our own CPU per check and their ratio. Rounds of the two take
turns, and the 10th percentile counts: what a busy machine adds is not the code's.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import uvloop

from conductor_tui.adapters.probes.http import Options, open_probe
from conductor_tui.domain.check import Outcome
from tests.servers.nginx import Nginx, nginx

Check: TypeAlias = Callable[[], Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checks", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=16)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        nginx(Path(folder)) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        ours, bare = runner.run(_measure(server, args))
    print(f"http probe          {ours:6.1f} us of CPU per check")
    print(f"bare streams, kept  {bare:6.1f} us of CPU per check")
    print(f"ratio               {ours / bare:6.2f}")


async def _measure(server: Nginx, args: argparse.Namespace) -> tuple[float, float]:
    ours = [_our_check(server) for _ in range(args.at_once)]
    bare = [await _bare_check(server) for _ in range(args.at_once)]
    rounds: tuple[list[float], list[float]] = ([], [])
    for _ in range(args.rounds):
        for costs, checks in zip(rounds, (ours, bare), strict=True):
            costs.append(await _cost_us(checks, args.checks // args.at_once))
    return _tenth(rounds[0]), _tenth(rounds[1])


async def _cost_us(checks: Sequence[Check], times: int) -> float:
    start = time.process_time()
    await asyncio.gather(*(_repeat(check, times) for check in checks))
    return (time.process_time() - start) * 1e6 / (times * len(checks))


async def _repeat(check: Check, times: int) -> None:
    for _ in range(times):
        await check()


def _our_check(server: Nginx) -> Check:
    probe = open_probe(Options(target=server.url()))

    async def check() -> None:
        finding = await probe()
        assert finding.outcome is Outcome.PASSED, finding.detail

    return check


async def _bare_check(server: Nginx) -> Check:
    """Do as little as streams allow: the status line, a length, that many bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()

    async def check() -> None:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200")
        length = head.split(b"content-length: ")[1].split(b"\r\n")[0]
        await reader.readexactly(int(length))

    return check


def _tenth(costs: Sequence[float]) -> float:
    return statistics.quantiles(costs, n=10)[0]


if __name__ == "__main__":
    main()
