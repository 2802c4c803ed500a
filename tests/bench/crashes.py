"""`kill -9` at random moments: is everything there that was acknowledged?

    python -m tests.bench.crashes [ROUNDS]

Each round starts a real engine in a process of its own on the journal of the round
before, sends random commands and heartbeats over its socket from several threads, and
kills it in the midst of them. The engine that comes next must know each platform as its
last acknowledged command left it (or as the one did that was under way), and have heard
every heartbeat that it said it has.
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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conductor_tui.adapters.api.client import Client
from conductor_tui.domain.errors import AskRefused, NobodyListens

PLATFORMS, AGENTS = 6, 4
ENGINE = """
import sys
from conductor_tui.cli.local_engine import LocalEngine
from conductor_tui.cli.options import settings_source
source = settings_source(sys.argv[1])
LocalEngine(source.load(), source=source, is_daemon=True).run()
"""
Known = tuple[str, int, str, bool]  # breaker, epoch, why it is held, paused


@dataclass
class Model:
    """What was acknowledged of one platform; `under_way` is a body without answer."""

    known: Known = ("CLOSED", 0, "", False)
    under_way: dict[str, Any] | None = None
    answers: int = 0

    def after(self, body: dict[str, Any]) -> Known:
        state, epoch, why, paused = self.known
        match body["command"]:
            case "trip":
                return "HELD", epoch + 1, body["why"], paused
            case "reset":
                return "CLOSED", epoch + 1, "", paused
            case "pause":
                return state, epoch, why, True
            case _:
                return state, epoch, why, False

    def possible(self) -> set[Known]:
        if self.under_way is None:
            return {self.known}
        return {self.known, self.after(self.under_way)}


@dataclass
class World:
    folder: Path
    platforms: dict[str, Model] = field(default_factory=dict)
    beats: dict[str, int] = field(default_factory=dict)

    @property
    def client(self) -> Client:
        return Client(f"unix:{self.folder}/run/conductor-tui/conductor.sock")

    def prepare(self) -> None:
        self.folder.chmod(0o700)
        (self.folder / "run").mkdir(mode=0o700)
        text = "[listen]\ndatagrams = false\n"
        for number in range(PLATFORMS):
            self.platforms[f"p{number}"] = Model()
            text += f'[[platform]]\nname = "p{number}"\nprobe = "file"\n'
            text += f'target = "{self.folder}/c.toml"\ninterval = "10m"\n'
        for number in range(AGENTS):
            self.beats[f"a{number}"] = 0
            text += f'[[agent]]\nname = "a{number}"\ninterval = "1h"\n'
        (self.folder / "c.toml").write_text(text)

    @contextmanager
    def engine(self) -> Iterator["subprocess.Popen[bytes]"]:
        environ = {
            **os.environ,
            "XDG_RUNTIME_DIR": f"{self.folder}/run",
            "XDG_STATE_HOME": f"{self.folder}/state",
        }
        argv = [sys.executable, "-c", ENGINE, f"{self.folder}/c.toml"]
        process = subprocess.Popen(argv, env=environ)
        try:
            self._await_ready(process)
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.wait()

    def _await_ready(self, process: "subprocess.Popen[bytes]") -> None:
        while True:
            assert process.poll() is None, "the engine ended by itself"
            with suppress(NobodyListens, AskRefused):
                said = self.client.ask("GET", "/v1/status", key="platforms")
                heard = self.client.ask("GET", "/v1/agents", key="agents")
                if len(said["platforms"]) == PLATFORMS and heard["agents"]:
                    return
            time.sleep(0.02)

    def look(self) -> list[str]:
        """Return what is not as it was acknowledged, and take what is for known."""
        wrong = []
        said = self.client.ask("GET", "/v1/status", key="platforms")
        for one in said["platforms"]:
            model, hold = self.platforms[one["name"]], one["hold"]
            found = (
                one["breaker"],
                one["epoch"],
                hold["why"] if hold else "",
                one["paused"] is not None,
            )
            if found not in model.possible():
                wrong.append(f"{one['name']}: {found}, not {model.possible()}")
            model.known, model.under_way = found, None
        for agent in said["agents"]:
            name, beats = agent["name"], agent["beats"]
            if beats < self.beats[name]:
                wrong.append(f"{name}: {beats} beats, not {self.beats[name]}")
            self.beats[name] = beats
        return wrong


def command(world: World, name: str, stop: threading.Event, seed: int) -> None:
    """Send one command after the other at a platform, until nobody answers."""
    model, dice = world.platforms[name], random.Random(seed)
    while not stop.is_set():
        held, paused = model.known[0] == "HELD", model.known[3]
        verb = dice.choice(["trip", "reset" if held else "trip", "pause"])
        if verb == "pause" and paused:
            verb = "resume"
        body = {"command": verb, "platform": name}
        if verb in ("trip", "pause"):
            body["why"] = f"reason {dice.randrange(10**6)}"
        model.under_way = body
        try:
            world.client.ask("POST", "/v1/commands", body)
        except NobodyListens:
            return
        model.known, model.under_way = model.after(body), None
        model.answers += 1


def beat(world: World, name: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            world.client.ask("POST", f"/v1/agents/{name}/beat", key="heard")
        except NobodyListens:
            return
        world.beats[name] += 1


def rounds(folder: Path, count: int, seed: int = 1) -> tuple[list[str], int, int]:
    """Return what was lost, and how many commands and beats were acknowledged."""
    world, dice = World(folder), random.Random(seed)
    world.prepare()
    wrong: list[str] = []
    heard = 0
    for number in range(count):
        with world.engine() as process:
            wrong += [f"round {number}: {one}" for one in world.look()]
            before = sum(world.beats.values())
            stop = threading.Event()
            threads = [
                threading.Thread(
                    target=command, args=(world, name, stop, dice.randrange(10**9))
                )
                for name in world.platforms
            ]
            threads += [
                threading.Thread(target=beat, args=(world, name, stop))
                for name in world.beats
            ]
            for thread in threads:
                thread.start()
            time.sleep(dice.uniform(0.05, 0.4))
            process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join()
            heard += sum(world.beats.values()) - before
    with world.engine():
        wrong += [f"at the end: {one}" for one in world.look()]
    answers = sum(model.answers for model in world.platforms.values())
    return wrong, answers, heard


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    # not the usual place for temporary files: others may write there
    with tempfile.TemporaryDirectory(prefix=".crashes-", dir=Path.home()) as folder:
        wrong, answers, heard = rounds(Path(folder), count)
    for one in wrong:
        print(one)
    said = {"rounds": count, "commands": answers, "beats": heard, "lost": len(wrong)}
    print(json.dumps(said))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
