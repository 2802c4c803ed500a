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
import multiprocessing
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pyte

from conductor_tui.client import Client, Rejected
from tests.bench.pty_run import PtyRun

EVERY_S, REST_S, ROUNDS = 0.005, 6.0, 5
SPAWN = multiprocessing.get_context("spawn")
CTRL_U = b"\x15"
Change = tuple[int, str, float]  # which process, what it sees now, when (monotonic)


class Redis:
    """A connection that knows two commands."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._sock: socket.socket | None = None

    def ask(self, command: bytes) -> bytes:
        try:
            if self._sock is None:
                self._sock = socket.create_connection(("127.0.0.1", self._port), 1.0)
            self._sock.sendall(command + b"\r\n")
            answer = self._sock.recv(65_536)
            if not answer:
                raise ConnectionResetError("it hung up")
        except OSError:
            self.close()
            raise
        return answer

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()
        self._sock = None

    def pings(self) -> int:
        """Return how many PING it has answered, as it says itself."""
        found = re.search(rb"cmdstat_ping:calls=(\d+)", self.ask(b"INFO commandstats"))
        return int(found[1]) if found else 0


@contextmanager
def redis_server(folder: Path, port: int) -> Iterator[None]:
    argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1"]
    argv += ["--save", "", "--dir", str(folder), "--logfile", str(folder / "redis.log")]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: is_there(port))
            yield
        finally:
            process.terminate()
            process.wait()


def is_there(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    return False


@contextmanager
def daemon(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    argv = [sys.executable, "-m", "conductor_tui", "serve", "--config", str(path)]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        try:
            with Client("bench", first_word_s=0) as client:
                until(lambda: bool(status(client, "platforms")))
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait()


def status(client: Client, key: str) -> list[dict[str, Any]]:
    with suppress(Exception):
        found: list[dict[str, Any]] = client.snapshot()[key]
        return found
    return []


def until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("it never came to that")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def prepare(folder: Path, port: int, breaker: str = "") -> Path:
    folder.chmod(0o700)
    (folder / "run").mkdir(mode=0o700)
    path = folder / "c.toml"
    path.write_text(
        f'[[platform]]\nname = "redis"\nprobe = "redis"\ntarget = "127.0.0.1:{port}"\n'
        f"interval = '1m'\n{breaker}"
    )
    os.environ |= {
        "XDG_RUNTIME_DIR": f"{folder}/run",
        "XDG_STATE_HOME": f"{folder}/state",
    }
    return path


def spread(seconds: list[float]) -> str:
    found = sorted(one * 1000 for one in seconds)

    def at(share: float) -> float:
        return found[min(len(found) - 1, int(len(found) * share))]

    return (
        f"p50 {at(0.5):6.1f}  p95 {at(0.95):6.1f}  p99 {at(0.99):6.1f}  "
        f"max {found[-1]:6.1f} ms  ({len(found)} of them)"
    )


# trip


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


# admit


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

    guarded, plain = breaker(empty), per_call_us(empty)
    rows = {
        "an empty function": plain,
        "admit": per_call_us(breaker.admit),
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


# restart


def measure_restarts(folder: Path) -> None:
    port = free_port()
    path = prepare(folder, port)
    longest, others = [0.0], list[str]()
    stop, redis_lock = threading.Event(), threading.Lock()
    with redis_server(folder, port):
        client, redis, counts = Client("bench"), Redis(port), [0, 0]
        breaker = client.breaker("redis")

        @breaker
        def ping() -> None:
            with redis_lock:
                redis.ask(b"PING")

        def call() -> None:
            while not stop.is_set():
                began = time.monotonic()
                try:
                    ping()
                    counts[0] += 1
                except Rejected:
                    counts[1] += 1
                except Exception as error:
                    others.append(repr(error))
                longest[0] = max(longest[0], time.monotonic() - began)
                time.sleep(0.001)

        threads = [threading.Thread(target=call) for _ in range(4)]
        with daemon(path) as process:
            for thread in threads:
                thread.start()
            assert client.wait(10)
            time.sleep(1)
            client.trip("redis", why="bench")
            time.sleep(0.5)
            through = counts[0]
            process.send_signal(signal.SIGKILL)
            process.wait()
        time.sleep(2)
        print(f"  dead for 2 s: {counts[0] - through} calls got through a hold")
        with daemon(path):
            assert client.wait(10)
            time.sleep(2)
            print(f"  another daemon for 2 s: {counts[0] - through} got through")
            client.reset("redis")
            time.sleep(0.5)
            print(f"  after the reset: {counts[0] - through} calls in 0.5 s")
        stop.set()
        for thread in threads:
            thread.join()
    print(f"  longest call {longest[0] * 1000:.1f} ms, other errors: {len(others)}")
    before = rss_kib()
    refuses = client.breaker("other")

    @refuses
    def nothing() -> None: ...

    for _ in range(1_000_000):
        nothing()
    print(f"  RSS {before} KiB, after a million calls {rss_kib()} KiB")
    client.close()


def rss_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


# trial


class Backend:
    """Counts the calls that reach it, by the moment at which they were begun: on a busy
    machine one may wait in its queue for longer than anybody would guess.
    """

    def __init__(self) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port = self.sock.getsockname()[1]
        self.begun: list[float] = []
        self.is_well = True
        threading.Thread(target=self._serve, daemon=True).start()

    def since(self, moment: float) -> int:
        return sum(one >= moment for one in self.begun)

    def _serve(self) -> None:
        while True:
            try:
                one, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(one,), daemon=True).start()

    def _answer(self, one: socket.socket) -> None:
        with one, suppress(OSError):
            self.begun.append(float(one.recv(64)))
            time.sleep(0.02 if self.is_well else 0.2)
            one.sendall(b"well" if self.is_well else b"ill!")


def crowd(
    number: int, port: int, threads: int, reports: bool, ready: Any, stop: Event
) -> None:
    """So many threads call through one breaker; 20 times a second when it says no."""
    client = Client(f"bot-{number:02d}", report=reports)
    breaker = client.breaker("redis")

    @breaker
    def call() -> None:
        began = b"%.6f" % time.monotonic()
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            sock.sendall(began)
            if sock.recv(16) != b"well":
                raise OSError("ill")

    def run() -> None:
        while not stop.is_set():
            wait_s = 1.0  # a server of Python's threads serves no more
            try:
                call()
            except Rejected:
                wait_s = 0.05
            except OSError:
                pass
            time.sleep(wait_s)

    assert client.wait(20)
    ready.release()
    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    client.close()


def measure_trials(folder: Path, count: int, threads: int) -> None:
    """Once with breakers that each process opened alone, and whose trials the daemon
    lends out one by one; once with the daemon's own, opened by a quorum of reports.
    """
    backend = Backend()
    for reports in (False, True):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            _measure_trial(Path(name), backend, count, threads, reports=reports)
    backend.sock.close()


def _measure_trial(
    folder: Path, backend: Backend, count: int, threads: int, *, reports: bool
) -> None:
    keys = f'failures = 3, reset_after = "{REST_S:g}s", trial = "any", quorum = 2'
    path = prepare(folder, free_port())
    path.write_text(  # the check itself never comes in time to be the trial
        f'[[platform]]\nname = "redis"\nprobe = "file"\ntarget = "{path}"\n'
        f'interval = "10m"\nbreaker = {{ {keys} }}\n'
    )
    ready, stop, backend.is_well = SPAWN.Semaphore(0), SPAWN.Event(), True
    with daemon(path), Client("bench", first_word_s=0) as client:
        processes = [
            SPAWN.Process(
                target=crowd,
                args=(number, backend.port, threads, reports, ready, stop),
            )
            for number in range(count)
        ]
        for process in processes:
            process.start()
        for _ in processes:
            ready.acquire()
        time.sleep(1.0)
        backend.is_well = False
        time.sleep(REST_S / 2)  # by now everybody's is open, or the daemon's is
        state = status(client, "platforms")[0]["breaker"]
        quiet = time.monotonic()
        time.sleep(REST_S)  # once in it a trial is due; it fails
        well = time.monotonic()
        trials = backend.since(quiet)
        backend.is_well = True
        until(lambda: backend.since(well) > 10 * count)
        whose = "the daemon's" if reports else "each process's own"
        print(
            f"  {count} x {threads} callers, {whose} breaker (the daemon's is {state}):"
            f" {trials} call was made in one rest; well again, all call after "
            f"{time.monotonic() - well:.1f} s"
        )
        stop.set()
        for process in processes:
            process.join(20)


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
