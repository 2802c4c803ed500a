"""Heartbeats by HTTP, judged and kept, beside a bare aiohttp handler.

    python -m tests.bench.http_beats [--seconds 4] [--rounds 3] [--agents 100]

One process sends requests on a few connections as fast as they are answered; another
serves on uvloop. The bare handler reads the body and says ok; ours finds the agent,
reads the JSON, judges and keeps it by the real engine's heart. Both get the same bytes.
Prints requests per second of CPU of the server, and their ratio.
"""

import argparse
import asyncio
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from statistics import median

import uvloop
from aiohttp import web

from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.ids import AgentId, NodeName
from conductor_tui.domain.settings import AgentSettings, Settings
from conductor_tui.engine.heart import Heart
from conductor_tui.engine.hub import Hub
from conductor_tui.testing import FakeWatchdog

_CONNECTIONS = 8
_CONTEXT = multiprocessing.get_context("spawn")
_ANSWERED = b"HTTP/1.1 200 OK\r\n"
Serve = Callable[[str, int, float], Coroutine[None, None, "tuple[int, float]"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--agents", type=int, default=100)
    args = parser.parse_args()
    ratios = []
    for _ in range(args.rounds):
        bare = _flood(bare_handler, args.agents, args.seconds)
        ours = _flood(our_way, args.agents, args.seconds)
        ratios.append(ours / bare)
        print(
            f"bare {bare:9,.0f}   ours {ours:9,.0f} per s of CPU   {ours / bare:.2f}x"
        )
    print(f"median {median(ratios):.2f}x")


async def bare_handler(path: str, agents: int, seconds: float) -> tuple[int, float]:
    """Return requests answered and CPU seconds."""
    answered = 0

    async def say_ok(request: web.BaseRequest) -> web.Response:
        nonlocal answered
        await request.read()
        answered += 1
        return web.Response(body=b"ok")

    server = web.Server(say_ok, access_log=None)
    listener = await asyncio.get_running_loop().create_unix_server(server, path)
    cpu_s = await _cpu_of(seconds)
    counted = answered
    listener.close()
    await server.shutdown(0.1)
    return counted, cpu_s


async def our_way(path: str, agents: int, seconds: float) -> tuple[int, float]:
    clock = SystemClock()
    hub = Hub(NodeName("bench"), clock)
    heart = Heart(hub, clock, FakeWatchdog(), None)
    names = [AgentId(f"agent-{n}") for n in range(agents)]
    specs = [AgentSettings(spec=AgentSpec(agent=name)) for name in names]
    await heart.keep_to(Settings(agents=tuple(specs)))
    way = HttpWay(Path(path))
    await way.open(heart)
    cpu_s = await _cpu_of(seconds)
    heart.tell()
    counted = sum(view.beats for view in hub.snapshot.agents.in_order())
    await way.close()
    return counted, cpu_s


async def _cpu_of(seconds: float) -> float:
    """Return the CPU that this process takes in `seconds`, imports not counted."""
    began = time.process_time()
    await asyncio.sleep(seconds)
    return time.process_time() - began


def _flood(serve: Serve, agents: int, seconds: float) -> float:
    """Return requests per CPU second of `serve`, while another process asks."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/http.sock"
        sender = _CONTEXT.Process(target=_send, args=(path, agents))
        sender.start()
        try:
            count, cpu_s = uvloop.run(serve(path, agents, seconds))
        finally:
            sender.terminate()
            sender.join()
    return count / cpu_s


def _requests(agents: int) -> list[bytes]:
    said = {"cpu": 45.2, "rss_mb": 120, "host": "web-7", "ok": True}
    body = json.dumps({"metadata": said}).encode()
    return [
        f"POST /v1/agents/agent-{n}/beat HTTP/1.1\r\nHost: conductor\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        "".encode()
        + body
        for n in range(agents)
    ]


def _send(path: str, agents: int) -> None:
    uvloop.run(_send_all(path, _requests(agents)))


async def _send_all(path: str, requests: list[bytes]) -> None:
    await asyncio.gather(*(_ask(path, requests) for _ in range(_CONNECTIONS)))


async def _ask(path: str, requests: list[bytes]) -> None:
    """Ask one after the other, until the server goes."""
    reader, writer = await _connected(path)
    while True:
        for request in requests:
            writer.write(request)
            if not await _is_answered(reader):
                return


async def _is_answered(reader: asyncio.StreamReader) -> bool:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    if not head.startswith(_ANSWERED):
        raise AssertionError(f"not answered: {head!r}")
    return True


async def _connected(
    path: str,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.open_unix_connection(path)
        except OSError:
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    main()
