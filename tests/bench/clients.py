"""A key press in the dashboard, and the calls of other processes to a real Redis.

    python -m tests.bench.clients trip [PROCESSES TRIPS]
    python -m tests.bench.clients admit
    python -m tests.bench.clients restart
    python -m tests.bench.clients trial [PROCESSES THREADS]

trip: redis-server, a daemon, a dashboard on a pty that is attached to it, and processes
that PING the server 200 times a second through `@client.breaker("redis")`. Somebody
presses t, a reason, Enter; then r, Enter. Told is the time from the deciding key to the
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


def measure_trips(folder: Path, count: int, trips: int) -> None:
    port = free_port()
    path, dashboard = prepare(folder, port), [sys.executable, "-m", "conductor_tui"]
    with redis_server(folder, port), daemon(path), callers(count, port) as seen:
        collect(seen, count, "through")
        client, watch = Client("bench"), Redis(port)
        until(lambda: status(client, "platforms")[0]["traffic"]["clients"] == count)
        rejected: list[float] = []
        resumed: list[float] = []
        leaked, shown = 0, ""
        with PtyRun(dashboard, (120, 40)) as screen:
            assert screen.until(lambda: b"redis" in screen.written, 20)
            screen.listen(1.0)
            for _ in range(trips):
                screen.send(b"t")
                screen.listen(0.15)
                screen.send(CTRL_U + b"bench")
                screen.listen(0.15)
                pressed = time.monotonic()
                screen.send(b"\r")
                rejected += [at - pressed for at in collect(seen, count, "rejected")]
                before = watch.pings()
                screen.listen(0.6)
                leaked += watch.pings() - before
                shown = applied(screen)
                screen.send(b"r")
                screen.listen(0.15)
                pressed = time.monotonic()
                screen.send(b"\r")
                resumed += [at - pressed for at in collect(seen, count, "through")]
                screen.listen(0.1)
        told = status(client, "platforms")[0]["traffic"]
    print(f"{count} processes, {trips} trips by key, each calling every 5 ms")
    print(f"  Enter -> first rejected call  {spread(rejected)}")
    print(f"  Enter -> first call after r   {spread(resumed)}")
    print(f"  PINGs that Redis counted while all were rejected: {leaked}")
    print(f"  the screen says {shown!r}, the API {told['applied']}/{told['clients']}")


def applied(screen: PtyRun) -> str:
    found = re.findall(rb"applied on (\d+/\d+)", bytes(screen.written[-200_000:]))
    return found[-1].decode() if found else "nothing"


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
    """Counts the calls that reach it; each takes a moment."""

    def __init__(self) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.calls, self.most, self._now = 0, 0, 0
        self.is_well = False
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                one, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(one,), daemon=True).start()

    def _answer(self, one: socket.socket) -> None:
        with self._lock:
            self.calls += 1
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.02 if self.is_well else 0.2)
        with self._lock:
            self._now -= 1
        with one, suppress(OSError):
            one.sendall(b"well" if self.is_well else b"ill!")


def crowd(
    number: int, port: int, threads: int, reports: bool, ready: Any, stop: Event
) -> None:
    """So many threads call through one breaker, as fast as 20 times a second each."""
    client = Client(f"bot-{number:02d}", report=reports)
    breaker = client.breaker("redis")

    @breaker
    def call() -> None:
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            if sock.recv(16) != b"well":
                raise OSError("ill")

    def run() -> None:
        while not stop.is_set():
            with suppress(Rejected, OSError):
                call()
            stop.wait(0.05)

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
        backend.calls = backend.most = 0
        time.sleep(REST_S)  # once in it a trial is due; it fails
        trials, most = backend.calls, backend.most
        backend.is_well = True
        began = time.monotonic()
        until(lambda: backend.calls > 10 * count)
        whose = "the daemon's" if reports else "each process's own"
        print(
            f"  {count} x {threads} callers, {whose} breaker (the daemon's is {state}):"
            f" {trials} call reached the server in one rest, {most} at once at the"
            f" most; well again, all call after {time.monotonic() - began:.1f} s"
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
