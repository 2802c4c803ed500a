"""From a key in the dashboard to the first call that is rejected elsewhere."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import pyte

from conductor_tui.client import Client, Rejected
from tests.bench.client_place import (
    SPAWN,
    Redis,
    daemon,
    free_port,
    prepare,
    redis_server,
    spread,
    status,
    until,
)
from tests.bench.pty_run import PtyRun

EVERY_S = 0.005
CTRL_U = b"\x15"
Change = tuple[int, str, float]  # which process, what it sees now, when (monotonic)


def caller(number: int, port: int, seen: "Queue[Change]", stop: Event) -> None:
    """PING 200 times a second, and tell whenever that begins or ceases to go."""
    client, redis, before = Client(f"bot-{number:02d}"), Redis(port), ""

    @client.breaker("redis")
    def ping() -> None:
        redis.ask(b"PING")

    while not stop.is_set():
        try:
            ping()
            now = "through"
        except Rejected:
            now = "rejected"
        if now != before:
            seen.put((number, now, time.monotonic()))
            before = now
        time.sleep(EVERY_S)
    redis.close()
    client.close()


@contextmanager
def callers(count: int, port: int) -> Iterator["Queue[Change]"]:
    seen: Queue[Change] = SPAWN.Queue()
    stop = SPAWN.Event()
    processes = [
        SPAWN.Process(target=caller, args=(number, port, seen, stop))
        for number in range(count)
    ]
    for process in processes:
        process.start()
    try:
        yield seen
    finally:
        stop.set()
        for process in processes:
            process.join(10)


def collect(seen: "Queue[Change]", count: int, wanted: str) -> list[float]:
    """Return when each of the processes saw it."""
    moments: dict[int, float] = {}
    while len(moments) < count:
        number, now, at = seen.get(timeout=20)
        if now != wanted:
            raise AssertionError(f"process {number} sees {now}, not {wanted}")
        moments[number] = at
    return list(moments.values())


class Keyboard:
    """A dashboard, read all the time: one whose terminal is full waits."""

    def __init__(self, run: PtyRun) -> None:
        self._run, self._is_over = run, threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> "Keyboard":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._is_over.is_set():
            self._run.listen(0.05)

    def press(self, keys: bytes) -> float:
        """Return when it was pressed."""
        at = time.monotonic()
        self._run.send(keys)
        return at

    @property
    def lines(self) -> list[str]:
        """What stands on the screen now."""
        screen = pyte.Screen(120, 40)
        pyte.ByteStream(screen).feed(bytes(self._run.written))
        return screen.display

    def until(self, words: str) -> str:
        """Wait for the line with these words, and return it."""
        found: list[str] = []

        def is_there() -> bool:
            found[:] = [line.strip() for line in self.lines if words in line]
            return bool(found)

        until(is_there)
        return found[0]


class Trips:
    """Trips by key, and what came of them. `shown` is what the screen says of one."""

    def __init__(self, keys: Keyboard, seen: "Queue[Change]", count: int) -> None:
        self._keys, self._seen, self._count = keys, seen, count
        self.rejected: list[float] = []
        self.tried: list[float] = []
        self.forced: list[float] = []
        self.shown, self.leaked = "", 0

    def trip(self, pings: Callable[[], int]) -> None:
        self._keys.press(b"t")
        time.sleep(0.25)
        self._keys.press(CTRL_U + b"bench")
        time.sleep(0.25)
        self._take("\r", "rejected", self.rejected)
        before = pings()
        time.sleep(0.3)
        self.leaked += pings() - before

    def try_now(self) -> None:
        self._take("r", "through", self.tried)

    def force(self) -> None:
        self._keys.press(b"R")
        time.sleep(0.25)
        self._take("R", "through", self.forced)

    def _take(self, key: str, wanted: str, into: list[float]) -> None:
        pressed = self._keys.press(key.encode())
        try:
            moments = collect(self._seen, self._count, wanted)
        except Exception:
            print("\n".join(self._keys.lines))
            raise
        into += [at - pressed for at in moments]
        time.sleep(0.4)  # a dialog aims at what the screen shows, and paints last


def measure_trips(folder: Path, count: int, trips: int) -> None:
    port = free_port()
    path, dashboard = prepare(folder, port), [sys.executable, "-m", "conductor_tui"]
    with redis_server(folder, port), daemon(path), callers(count, port) as seen:
        collect(seen, count, "through")
        client, watch = Client("bench"), Redis(port)
        until(lambda: status(client, "platforms")[0]["traffic"]["clients"] == count)
        with PtyRun(dashboard, (120, 40)) as run, Keyboard(run) as keys:
            keys.until("redis")
            time.sleep(1.0)
            table = Trips(keys, seen, count)
            for number in range(trips):
                table.trip(watch.pings)
                (table.force if number % 2 else table.try_now)()
            table.trip(watch.pings)
            shown = keys.until(f"applied on {count}/{count}")
            told = status(client, "platforms")[0]["traffic"]
        client.close()
        watch.close()
    print(f"{count} processes, {trips} trips by key, each calling every 5 ms")
    print(f"  Enter -> first rejected call  {spread(table.rejected)}")
    print(f"  r (a check first) -> a call   {spread(table.tried)}")
    print(f"  R (by force) -> a call        {spread(table.forced)}")
    print(f"  PINGs that Redis counted while all were rejected: {table.leaked}")
    print(
        f"  the API says {told['applied']}/{told['clients']}, the screen:\n    {shown}"
    )
