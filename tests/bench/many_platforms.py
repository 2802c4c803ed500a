"""CPU and punctuality of a whole engine with very many platforms.

    python -m tests.bench.many_platforms [--platforms 10000] [--seconds 20]

The probe answers at once, in this process: what is measured is the engine. Each
platform is checked every 5 s. Promised: <= 30 % of a core at 10,000 platforms.
"""

import argparse
import asyncio
import resource
from dataclasses import replace

from conductor_tui.cli.local_engine import loop_factory
from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import PlatformSettings, Settings
from tests.bench.in_process import percentiles_ms, run_engine

_PASSED = Finding(Outcome.PASSED)


class Instant:
    """A probe that knows the answer."""

    async def __call__(self) -> Finding:
        return _PASSED

    def close(self) -> None:
        """Nothing is kept."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platforms", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    args = parser.parse_args()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        seen = runner.run(
            run_engine(_settings(args.platforms), args.seconds, lambda _: Instant())
        )
    late = [one for of_platform in seen.late.values() for one in of_platform]
    rss_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cost_us = seen.cpu_percent / 100 * seen.wall_s / len(late) * 1e6
    print(f"{args.platforms} platforms, {len(late) / seen.wall_s:.0f} checks a second")
    print(f"CPU {seen.cpu_percent:.0f} % of a core, {cost_us:.0f} us a check")
    print(f"lateness {percentiles_ms(late)}; at most {rss_mib:.0f} MiB")


def _settings(platforms: int) -> Settings:
    spec = CheckSpec(platform=PlatformName(""), probe="none", target="")
    names = [PlatformName(f"p-{number}") for number in range(platforms)]
    return Settings(
        platforms=tuple(
            PlatformSettings(spec=replace(spec, platform=name), options=None)
            for name in names
        )
    )


if __name__ == "__main__":
    main()
