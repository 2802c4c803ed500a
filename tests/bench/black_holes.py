"""Are healthy platforms checked in time while others swallow every request?

    python -m tests.bench.black_holes [--platforms 500] [--share 0.2] [--seconds 30]

Healthy ones are http checks of one nginx. Half of the black holes accept and never
answer, half have a full queue of connections, so that not even connecting ends. Their
breakers are told never to open: each swallows a whole deadline, every 5 s. Promised:
lateness of the healthy ones p99 <= 50 ms, and none of them failed.
"""

import argparse
import asyncio
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from conductor_tui.adapters.probes.http import Options
from conductor_tui.cli.local_engine import loop_factory
from conductor_tui.domain.check import BreakerSpec, CheckSpec
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import PlatformSettings, Settings
from tests.bench.in_process import Seen, percentiles_ms, run_engine
from tests.servers.nginx import nginx

_NEVER = BreakerSpec(failures=1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platforms", type=int, default=500)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seconds", type=float, default=30.0)
    args = parser.parse_args()
    holes = int(args.platforms * args.share)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(nginx(Path(folder)))
        mute, full = stack.enter_context(_mute()), stack.enter_context(_full())
        targets = {
            f"well-{number}": server.url() for number in range(args.platforms - holes)
        }
        for number in range(holes):
            port = full if number % 2 else mute
            targets[f"hole-{number}"] = f"http://127.0.0.1:{port}/"
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            _print(runner.run(run_engine(_settings(targets), args.seconds)))


def _print(seen: Seen) -> None:
    for kind in ("well", "hole"):
        late = [
            one
            for name, of_platform in seen.late.items()
            if name.startswith(kind)
            for one in of_platform
        ]
        bad = sum(
            len(words) for name, words in seen.bad.items() if name.startswith(kind)
        )
        print(f"{kind}: {len(late)} checks, {bad} bad, lateness {percentiles_ms(late)}")
    print(f"inconclusive {seen.inconclusive}, CPU {seen.cpu_percent:.0f} % of a core")
    for name, words in seen.bad.items():
        if name.startswith("well"):
            print(f"false failure: {name}: {words}")


def _settings(targets: dict[str, str]) -> Settings:
    return Settings(
        platforms=tuple(
            PlatformSettings(
                spec=CheckSpec(
                    platform=PlatformName(name),
                    probe="http",
                    target=url,
                    breaker=_NEVER,
                ),
                options=Options(target=url),
            )
            for name, url in targets.items()
        )
    )


@contextmanager
def _mute() -> Iterator[int]:
    """Yield a port whose queue takes every connection, and nobody answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        yield listener.getsockname()[1]


@contextmanager
def _full() -> Iterator[int]:
    """Yield a port whose queue is full: a SYN is dropped, connecting never ends."""
    with ExitStack() as stack:
        listener = stack.enter_context(
            socket.create_server(("127.0.0.1", 0), backlog=0)
        )
        for _ in range(8):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


if __name__ == "__main__":
    main()
