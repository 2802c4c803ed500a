"""Datagrams with JSON, parsed and counted, beside a bare reader.

    python -m tests.bench.datagrams [--seconds 5] [--rounds 3] [--agents 100]

One process sends as fast as the socket takes them; another reads on uvloop. The bare
reader drains the socket and parses the JSON, and does nothing else; ours finds the
agent, judges it and keeps the history, by the real engine's heart. Prints datagrams per
second of CPU of each, their ratio, and how many of a steady 10,000 a second were lost.
"""

import argparse
import asyncio
import json
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import uvloop

from conductor_tui.adapters.ingest.datagrams import UdpDatagrams, UnixDatagrams
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.ids import AgentId, NodeName
from conductor_tui.domain.settings import AgentSettings, Settings
from conductor_tui.engine.heart import Heart
from conductor_tui.engine.hub import Hub
from conductor_tui.testing import FakeWatchdog

_STEADY = 10_000  # datagrams a second
_CONTEXT = multiprocessing.get_context("spawn")
Read = Callable[[str, int, float], "tuple[int, float]"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--agents", type=int, default=100)
    args = parser.parse_args()
    ratios = []
    for _ in range(args.rounds):
        bare = _flood(bare_reader, args.agents, args.seconds)
        ours = _flood(our_reader, args.agents, args.seconds)
        ratios.append(ours / bare)
        print(
            f"bare {bare:9,.0f}   ours {ours:9,.0f} per s of CPU   {ours / bare:.2f}x"
        )
    print(f"median {median(ratios):.2f}x")
    sent, heard = _steady(args.agents, args.seconds)
    print(f"UDP at {_STEADY:,}/s: {sent:,} sent, {heard:,} heard, {sent - heard} lost")


def bare_reader(path: str, agents: int, seconds: float) -> tuple[int, float]:
    """Return datagrams read and CPU seconds."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(path)
    sock.setblocking(False)
    read = 0

    def drain() -> None:
        nonlocal read
        while True:
            try:
                datagram = sock.recv(8193)
            except BlockingIOError:
                return
            json.loads(datagram.partition(b" ")[2])
            read += 1

    async def run() -> float:
        asyncio.get_running_loop().add_reader(sock, drain)
        return await _cpu_of(seconds)

    cpu_s = uvloop.run(run())
    sock.close()
    return read, cpu_s


def our_reader(path: str, agents: int, seconds: float) -> tuple[int, float]:
    async def run() -> tuple[int, float]:
        hub, heart = await _heart(agents)
        way = UnixDatagrams(Path(path))
        await way.open(heart)
        cpu_s = await _cpu_of(seconds)
        await way.close()
        heart.tell()
        return sum(view.beats for view in hub.snapshot.agents.in_order()), cpu_s

    return uvloop.run(run())


async def _heart(agents: int) -> tuple[Hub, Heart]:
    clock = SystemClock()
    hub = Hub(NodeName("bench"), clock)
    heart = Heart(hub, clock, FakeWatchdog(), None)
    names = [AgentId(f"agent-{n}") for n in range(agents)]
    specs = [AgentSettings(spec=AgentSpec(agent=name)) for name in names]
    await heart.keep_to(Settings(agents=tuple(specs)))
    return hub, heart


async def _cpu_of(seconds: float) -> float:
    """Return the CPU that this process takes in `seconds`."""
    began = time.process_time()
    await asyncio.sleep(seconds)
    return time.process_time() - began


def _flood(read: Read, agents: int, seconds: float) -> float:
    """Return datagrams per CPU second of `read`, while another process sends."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/beats.sock"
        sender = _CONTEXT.Process(target=_send, args=(path, agents, seconds + 2))
        sender.start()
        count, cpu_s = read(path, agents, seconds)
        sender.terminate()
        sender.join()
    return count / cpu_s


def _datagrams(agents: int) -> list[bytes]:
    said = json.dumps({"cpu": 45.2, "rss_mb": 120, "host": "web-7", "ok": True})
    return [f"agent-{n} {said}".encode() for n in range(agents)]


def _send(path: str, agents: int, seconds: float) -> None:
    """Send as fast as the reader reads: a unix socket makes its sender wait."""
    datagrams, ends = _datagrams(agents), time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        while True:
            try:
                sock.connect(path)
                break
            except OSError:
                time.sleep(0.01)
        while time.monotonic() < ends:
            try:
                for datagram in datagrams:
                    sock.send(datagram)
            except OSError:  # the reader has gone
                return


def _steady(agents: int, seconds: float) -> tuple[int, int]:
    """Return datagrams sent by UDP at a steady rate, and heard by our engine."""

    async def run() -> tuple[int, int]:
        hub, heart = await _heart(agents)
        way = UdpDatagrams("127.0.0.1:0")
        await way.open(heart)
        ours, theirs = _CONTEXT.Pipe()
        port = int(way.address.rpartition(":")[2])
        sender = _CONTEXT.Process(
            target=_send_steadily, args=(port, agents, seconds, theirs)
        )
        sender.start()
        sent = await asyncio.to_thread(ours.recv)
        await asyncio.sleep(0.5)
        await way.close()
        heart.tell()
        sender.join()
        return sent, sum(view.beats for view in hub.snapshot.agents.in_order())

    return uvloop.run(run())


def _send_steadily(port: int, agents: int, seconds: float, told: Connection) -> None:
    datagrams, sent, began = _datagrams(agents), 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        while (elapsed := time.monotonic() - began) < seconds:
            while sent < elapsed * _STEADY:
                sock.send(datagrams[sent % agents])
                sent += 1
            time.sleep(0.001)
    told.send(sent)


if __name__ == "__main__":
    main()
