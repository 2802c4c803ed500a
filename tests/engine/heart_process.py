"""A whole engine that hears beats over UDP, in a process of its own, to stop.

    python -m tests.engine.heart_process

It prints the port it listens on, for beats that are nothing but a name, until a line
comes on its stdin. Then it prints as one line of JSON what each agent went through.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Sequence

from conductor_tui.cli import local_engine
from conductor_tui.cli.local_engine import LocalEngine
from conductor_tui.domain.events import AgentHealthChanged
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import AgentSettings, ListenSettings, Settings
from conductor_tui.engine.conductor import World
from conductor_tui.ports import Ear, Way
from tests.engine.hearing import agent

INTERVAL_S, GRACE_S = 0.6, 0.6


class _Names(asyncio.DatagramProtocol):
    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    def datagram_received(self, data: bytes, address: object) -> None:
        self._ear.hear(Beat(agent=AgentId(data.decode()), via="udp"))


class _Udp:
    """Satisfies ports.Way; says on stdout where it listens."""

    name, address = "udp", "127.0.0.1"
    _transport: asyncio.DatagramTransport | None = None

    async def open(self, ear: Ear) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Names(ear), local_addr=("127.0.0.1", 0)
        )
        say(str(self._transport.get_extra_info("sockname")[1]))

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def open_ways(listen: ListenSettings, agents: Sequence[AgentSettings]) -> Sequence[Way]:
    return [_Udp()]


def main() -> None:
    real_world = local_engine.real_world

    def world(*given: object) -> World:
        made = real_world(*given)  # type: ignore[arg-type]
        object.__setattr__(made, "open_ways", open_ways)
        return made

    local_engine.real_world = world  # type: ignore[assignment]
    agents = [
        agent(name, interval_s=INTERVAL_S, grace_s=GRACE_S)
        for name in ("beating", "dead")
    ]
    engine = LocalEngine(Settings(agents=tuple(agents), source="test"))
    threading.Thread(target=_stop_when_asked, args=(engine,), daemon=True).start()
    engine.run()
    moves = [
        (envelope.at.timestamp(), envelope.event.agent, envelope.event.now)
        for envelope in engine.session.latest().events
        if isinstance(envelope.event, AgentHealthChanged)
    ]
    say(json.dumps(moves))


def _stop_when_asked(engine: LocalEngine) -> None:
    sys.stdin.readline()
    engine.stop()


if __name__ == "__main__":
    main()
