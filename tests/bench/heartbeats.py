"""What heartbeats cost: 10,000 agents that beat every 5 s, and one call of hear().

    python -m tests.bench.heartbeats [--agents 10000] [--interval 5] [--seconds 20]

A whole engine runs (hub, heart, sampler, own figures; no platforms), and a reader
follows its stream, as a dashboard does. The beats come on the engine's loop in order of
each agent's own phase, in handfuls of what is due, so the cost of sockets is left out:
the benchmarks of the listeners have that. What is measured is the CPU time of the
process over the wall time.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import replace

from conductor_tui.cli.local_engine import loop_factory, real_world
from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId, NodeName
from conductor_tui.domain.settings import AgentSettings, ListenSettings, Settings
from conductor_tui.engine.conductor import Conductor
from conductor_tui.engine.hub import Hub

_HANDFUL_S = 0.02
_WARM_UP_S = 6.0
_NOTE = '{"cpu": 45.2, "memory_mb": 512, "queue": 7}'


def settings(agents: int, interval_s: float) -> Settings:
    usual = AgentSpec(agent=AgentId(""), interval_s=interval_s, grace_s=interval_s / 2)
    return Settings(
        agents=tuple(
            AgentSettings(spec=replace(usual, agent=AgentId(f"agent-{n:05}")))
            for n in range(agents)
        ),
        listen=ListenSettings(socket="", datagrams=""),
        source="benchmark",
    )


async def run(agents: int, interval_s: float, seconds: float) -> None:
    world = real_world()
    hub = Hub(NodeName("bench"), world.clock)
    conductor = Conductor(settings(agents, interval_s), world, hub)
    began = time.process_time()
    async with asyncio.TaskGroup() as group:
        group.create_task(conductor.run())
        reader = group.create_task(_follow(hub))
        while len(hub.snapshot.agents) < agents:  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(0.01)
        print(f"begin with {agents} agents: {time.process_time() - began:.2f} s of CPU")
        await _beat(conductor, agents, interval_s, max(_WARM_UP_S, interval_s))
        heard = _heard(conductor, hub)
        idle, wall = time.process_time(), time.perf_counter()
        await _beat(conductor, agents, interval_s, seconds)
        cpu_s, wall_s = time.process_time() - idle, time.perf_counter() - wall
        heard = _heard(conductor, hub) - heard
        views = hub.snapshot.agents.in_order()
        well = sum(view.health is Health.HEALTHY for view in views)
        print(
            f"{agents} agents every {interval_s:g} s: {heard / wall_s:.0f} beats/s, "
            f"{100 * cpu_s / wall_s:.1f} % of a core, "
            f"{1e6 * cpu_s / max(1, heard):.1f} us per beat, {well} HEALTHY"
        )
        _hear(conductor)
        conductor.stop()
        reader.cancel()


def _heard(conductor: Conductor, hub: Hub) -> int:
    conductor.heart.tell()
    return hub.snapshot.ingest.heard


async def _follow(hub: Hub) -> None:
    async for _ in hub.follow():
        pass


async def _beat(
    conductor: Conductor, agents: int, interval_s: float, seconds: float
) -> None:
    """Let every agent beat in its own place of the interval, for so long."""
    beats = [
        Beat(agent=AgentId(f"agent-{n:05}"), note=_NOTE, via="udp")
        for n in range(agents)
    ]
    began, sent = time.perf_counter(), 0
    while (passed_s := time.perf_counter() - began) < seconds:
        due = int(passed_s * agents / interval_s)
        for number in range(sent, due):
            conductor.heart.hear(beats[number % agents])
        sent = due
        await asyncio.sleep(_HANDFUL_S)


def _hear(conductor: Conductor) -> None:
    beat = Beat(agent=AgentId("agent-00000"), note=_NOTE, via="udp")
    rounds = []
    for _ in range(20):
        began = time.thread_time_ns()
        for _ in range(5000):
            conductor.heart.hear(beat)
        rounds.append((time.thread_time_ns() - began) / 5000)
    print(f"hear(): {statistics.median(rounds):.0f} ns, median of {len(rounds)} rounds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--interval", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(run(asked.agents, asked.interval, asked.seconds))


if __name__ == "__main__":
    main()
