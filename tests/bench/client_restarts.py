"""A daemon that is killed while many call, and memory over a million calls."""

import os
import signal
import threading
import time
from pathlib import Path

from conductor_tui.client import Breaker, Client, Rejected
from tests.bench.client_place import Redis, daemon, free_port, prepare, redis_server


class Load:
    """Four threads that ping through a breaker, about 3000 times a second."""

    def __init__(self, breaker: Breaker, port: int) -> None:
        self._breaker, self._redis = breaker, Redis(port)
        self._over, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(4)]
        self.through = self.rejected = 0
        self.longest_s, self.errors = 0.0, list[str]()

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._redis.close()

    def _run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            try:
                with self._breaker, self._lock:
                    self._redis.ask(b"PING")
                self.through += 1
            except Rejected:
                self.rejected += 1
            except Exception as error:
                self.errors.append(repr(error))
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            time.sleep(0.001)


def measure_restarts(folder: Path) -> None:
    port = free_port()
    path = prepare(folder, port)
    client = Client("bench")
    with redis_server(folder, port), Load(client.breaker("redis"), port) as load:
        with daemon(path) as process:
            assert client.wait(10)
            client.trip("redis", why="bench")
            time.sleep(0.5)
            through = load.through
            process.send_signal(signal.SIGKILL)
            process.wait()
            time.sleep(2)
            print(f"  dead for 2 s: {load.through - through} calls get through a hold")
        with daemon(path):
            assert client.wait(10)
            time.sleep(2)
            print(f"  another daemon: {load.through - through} get through for 2 s")
            client.reset("redis")
            time.sleep(0.5)
            print(f"  after the reset: {load.through - through} in 0.5 s")
        for _ in range(5):
            with daemon(path) as process:
                assert client.wait(10)
                process.send_signal(signal.SIGKILL)
                process.wait()
        longest_ms = load.longest_s * 1000
        print("  and five more are killed, with the breaker CLOSED")
        print(f"  longest call {longest_ms:.1f} ms; {load.rejected} were rejected")
        print(f"  errors that are none of Rejected: {load.errors or 'none'}")
        with daemon(path):
            assert client.wait(10)
            measure_memory(client.breaker("redis"))
    client.close()


def measure_memory(breaker: Breaker) -> None:
    @breaker
    def nothing() -> None: ...

    print(f"  RSS {rss_kib()} KiB")
    for number in range(1, 5):
        for _ in range(250_000):
            nothing()
        print(f"  after {number * 250} 000 calls {rss_kib()} KiB")


def rss_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
