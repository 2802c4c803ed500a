"""`kill -9` in the midst of requests: does one that was accepted vanish?

    python -m tests.bench.letters [REQUESTS] [KILLS]

A real daemon sends requests to a real plug-in, which fails at random, before and after
it did what it was asked for, and now and then ends its process; meanwhile its breaker
is tripped and reset, its worker killed, and the daemon itself KILLS times. Each request
has a key and is sent again until it was accepted. In the end every one must have been
done, and, for the plug-in goes by the key, done once.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from conductor_tui.adapters.api.client import Client
from conductor_tui.domain.errors import AskRefused, NobodyListens

SENDERS = 8
ROUNDS = 200
SETTINGS = """
[listen]
datagrams = false
[requests]
redrive_rate = 1000
redrives = 50
[plugin.target]
restarts = 1000
[plugin.target.config]
folder = "{folder}"
[[platform]]
name = "target"
probe = "plugin"
target = "target"
interval = "1s"
breaker = {{ failures = 20, reset_after = "500ms" }}
"""
TARGET = """
import os, random
from conductor_tui.plugin import PluginError, PluginHealth, Reply

class Plugin:
    async def initialize(self, config):
        self.folder = config["folder"]
        self.effects = os.path.join(self.folder, "effects")
        with open(self.effects, "a+") as there:
            there.seek(0)
            self.done = {line.strip() for line in there}
    async def health_check(self):
        return PluginHealth(is_healthy=True)
    async def handle_request(self, request):
        chance = random.random()
        if chance < 0.08:
            raise PluginError("not now")
        key = request.metadata["idempotency-key"]
        with open(os.path.join(self.folder, "deliveries"), "a") as there:
            there.write(key + "\\n")
        if key not in self.done:  # whoever comes with it again changes nothing
            with open(self.effects, "a") as there:  # one write: all of it, or nothing
                there.write(key + "\\n")
            self.done.add(key)
        if chance < 0.12:
            raise PluginError("the answer was lost")
        if chance < 0.122 and not os.path.exists(os.path.join(self.folder, "calm")):
            os._exit(1)
        return Reply(payload=request.payload)
    async def shutdown(self):
        pass
"""


@dataclass
class Tally:
    """What the senders saw."""

    delivered: int = 0
    kept: int = 0
    again: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Place:
    """A folder with settings, a plug-in, a journal, and a daemon now and then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "plugins").mkdir(mode=0o700)
        (folder / "plugins" / "target.py").write_text(TARGET)
        self.settings = folder / "conductor.toml"
        self.settings.write_text(SETTINGS.format(folder=folder))
        self.environ = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
        self.environ |= {"XDG_STATE_HOME": str(folder), "HOME": str(folder)}
        self.client = Client(f"unix:{folder}/conductor-tui/conductor.sock", None)
        self.daemon: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [sys.executable, "-m", "conductor_tui", "serve"]
        with open(self.folder / "log", "ab") as log:
            self.daemon = subprocess.Popen(
                [*words, "--config", str(self.settings)],
                env=self.environ,
                stdout=log,
                stderr=log,
            )
        while not self._is_there():
            time.sleep(0.05)

    def _is_there(self) -> bool:
        with suppress(NobodyListens, AskRefused):
            self.client.ask("GET", "/v1/hello", key="version")
            return True
        return False

    def kill(self) -> None:
        assert self.daemon is not None
        self.daemon.kill()
        self.daemon.wait()

    def stop(self) -> None:
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait()

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().split() if path.exists() else []

    @property
    def letters(self) -> int:
        return int(self.client.ask("GET", "/v1/dead-letters", key="total")["total"])


def run(place: Place, requests: int, kills: int) -> Tally:
    """Send them all, in the midst of everything; return once each was accepted."""
    tally, numbers = Tally(), count()
    over = threading.Event()
    place.start()

    def send() -> None:
        while (number := next(numbers)) < requests:
            _until_accepted(place.client, number, tally)

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    trouble = threading.Thread(target=_make_trouble, args=(place, over))
    for thread in (*senders, trouble):
        thread.start()
    for nth in range(1, kills + 1):
        while tally.delivered + tally.kept < nth * requests // (kills + 1):
            time.sleep(0.01)
        place.kill()
        place.start()
    for thread in senders:
        thread.join()
    over.set()
    trouble.join()
    return tally


def settle(place: Place) -> None:
    """Let what waits be delivered, as a person would."""
    with suppress(AskRefused):
        place.client.ask("POST", "/v1/breakers/target/reset")
    (place.folder / "calm").touch()
    for _ in range(ROUNDS):
        if not place.letters:
            return
        with suppress(AskRefused):
            place.client.ask("POST", "/v1/dead-letters/redrive")
        time.sleep(5)
    raise SystemExit(f"{place.letters} letters are left after {ROUNDS} redrives")


def _until_accepted(client: Client, number: int, tally: Tally) -> None:
    said = {"payload": number, "key": f"k-{number}", "wait": number % 2 == 0}
    while True:
        try:
            answer = client.ask(
                "POST", "/v1/platforms/target/requests", said, key="outcome"
            )
        except NobodyListens:
            why = "nobody there"
        except AskRefused as refused:
            why = f"{refused.status}"
        else:
            with tally.lock:
                tally.delivered += answer["outcome"] == "delivered"
                tally.kept += answer["outcome"] == "kept"
            return
        with tally.lock:
            tally.again[why] += 1
        time.sleep(0.02)


def _make_trouble(place: Place, over: threading.Event) -> None:
    dice = random.Random(9)
    while not over.wait(dice.uniform(0.2, 0.8)):
        with suppress(NobodyListens, AskRefused, OSError):
            if dice.random() < 0.5:
                place.client.ask("POST", "/v1/breakers/target/trip", {"why": "trouble"})
                over.wait(dice.uniform(0.05, 0.4))
                place.client.ask("POST", "/v1/breakers/target/reset")
            else:
                found = place.client.ask("GET", "/v1/plugins/target", key="pid")
                if found["pid"]:
                    os.kill(found["pid"], signal.SIGKILL)


@contextmanager
def somewhere() -> Iterator[Place]:
    home = Path.home() / ".cache"  # /tmp may be written by others: no place for code
    home.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as name:
        place = Place(Path(name))
        try:
            yield place
        finally:
            place.stop()


def main(requests: int = 10_000, kills: int = 50) -> None:
    began = time.monotonic()
    with somewhere() as place:
        tally = run(place, requests, kills)
        sent_s = time.monotonic() - began
        waiting = place.letters
        settle(place)
        deliveries, effects = place.lines("deliveries"), place.lines("effects")
    wanted = {f"k-{number}" for number in range(requests)}
    lost, twice = wanted - {*effects}, len(effects) - len({*effects})
    print(f"{requests} requests, {kills} kill -9 of the daemon, {sent_s:.0f} s")
    print(f"  delivered at once      {tally.delivered}")
    print(f"  accepted as letters    {tally.kept}, {waiting} left at the end")
    print(f"  sent again             {json.dumps(tally.again)}")
    print(f"  deliveries             {len(deliveries)}")
    print(f"  accepted and vanished  {len(lost)}")
    print(f"  done more than once    {twice}")
    if lost or twice:
        sys.exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
