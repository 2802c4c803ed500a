"""The outbox, killed two hundred times: nothing lost, at most one duplicate each."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path

from tests.servers.killed import CHANNELS, Life

KILLS, NOTICES = 200, 12
ROOT = Path(__file__).parents[3]


class Server:
    """Takes notices. Its loop has the last word on who came when."""

    def __init__(self) -> None:
        self.taken: dict[str, list[str]] = {name: [] for name in CHANNELS}
        self.in_life: Counter[tuple[int, str]] = Counter()
        self.news, self.idle = asyncio.Event(), asyncio.Event()
        self.open = self.port = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.open += 1
        self.idle.clear()
        try:
            await self._take(reader, writer)
        except ConnectionError:  # it was killed meanwhile
            pass
        finally:
            writer.close()
            self.open -= 1
            if not self.open:
                self.idle.set()

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        line = (await reader.readline()).decode()
        if not line.endswith("\n"):
            return
        life, channel, notice = line.split()
        self.taken[channel].append(notice)
        self.in_life[int(life), channel] += 1
        self.news.set()
        writer.write(b"ok\n")
        await writer.drain()
        await reader.read()

    async def has_taken(self, life: int, each: int) -> None:
        """Wait until it took so many of a life through each channel."""
        while min(self.in_life[life, name] for name in CHANNELS) < each:
            self.news.clear()
            await self.news.wait()


class Victim:
    """The process whose children are killed. `kept` is what they said was kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.kept: list[str] = []

    async def begin(self, life: Life) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(life.line())
        return int(await self._until("pid"))

    async def ended(self) -> int:
        """Wait until a life is over; return its exit status."""
        return int(await self._until("ended"))

    async def _until(self, wanted: str) -> str:
        assert self._process.stdout is not None
        while True:
            word, value = (await self._process.stdout.readline()).decode().split()
            if word == wanted:
                return value
            self.kept.append(value)


@asynccontextmanager
async def victim() -> AsyncIterator[Victim]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.servers.killed",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    try:
        yield Victim(process)
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


async def kill_some(
    victim: Victim, server: Server, path: Path, kills: int, at_least: int
) -> None:
    """Kill a life after life, at any moment once `at_least` were taken of each channel;
    let a last one end by itself.
    """
    chance = random.Random(5)
    for number in range(kills):
        life = Life(path=str(path), port=server.port, number=number, notices=NOTICES)
        pid = await victim.begin(life)
        await server.has_taken(number, chance.randint(at_least, at_least + 3))
        await asyncio.sleep(chance.choice([0, 0, chance.uniform(0, 0.01)]))
        os.kill(pid, signal.SIGKILL)
        assert await victim.ended() == -signal.SIGKILL
        await server.idle.wait()
    end = Life(path=str(path), port=server.port, number=kills, ends=True)
    await victim.begin(end)
    assert await victim.ended() == 0


async def test_two_hundred_kills_lose_nothing_and_repeat_each_once_at_most(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    async with serving() as server, victim() as dying:
        await kill_some(dying, server, path, KILLS, at_least=2)

    assert len(dying.kept) > KILLS
    for taken in server.taken.values():
        assert set(dying.kept) <= set(taken)
        in_turn = [name for name, _ in groupby(taken)]
        assert in_turn == sorted(set(taken))  # so a repeat follows at once
        assert max(Counter(taken).values()) <= 2


async def test_kills_while_it_starts_lose_nothing_either(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with serving() as server, victim() as dying:
        await kill_some(dying, server, path, 40, at_least=0)

    for taken in server.taken.values():
        assert set(dying.kept) <= set(taken)
        assert [name for name, _ in groupby(taken)] == sorted(set(taken))
