"""A memory hog on a small host: is it told in time, who goes, and who comes back?

    python -m tests.bench.memory_hog [MiB_PER_SECOND]

Real processes share a host of 1000 MiB: two bots of low priority, an API that is
protected, and a hog that grows. The host is a tree of cgroup v2 files in which the real
resident memory of the processes is written twice a second, so that nothing else here
counts. A real engine watches them and sheds by itself (`shed = "auto"`), with commands
that end the bots and start them again. Prints what it did and when, with the RAM of
that moment, and fails where it should have done something else. Takes 12 minutes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from conductor_tui.adapters.api.client import Client
from conductor_tui.domain.errors import AskRefused, NobodyListens

MIB = 1024 * 1024
HOST_MIB, CALM_S, MOST_S = 1000, 150.0, 900.0
SIZES = {"api": 260, "bot": 120, "bridge": 110}  # MiB
SHEDS = {"bot": 10, "bridge": 20}  # priorities
HOLD = """
import sys, time
held = [bytearray(1024 * 1024) for _ in range(int(sys.argv[1]))]
step, most = float(sys.argv[2]), int(sys.argv[3])
while True:
    time.sleep(1)
    if len(held) < most:
        wanted = min(most, int(int(sys.argv[1]) + step * (time.monotonic() - BEGAN)))
        held += [bytearray(1024 * 1024) for _ in range(wanted - len(held))]
"""
ENGINE = """
import sys
from pathlib import Path
from conductor_tui.adapters import sampler
root = Path(sys.argv[2])
sampler.HostSampler.__init__.__defaults__ = (root, root / "own")
from conductor_tui.cli.local_engine import LocalEngine
from conductor_tui.cli.options import settings_source
source = settings_source(sys.argv[1])
LocalEngine(source.load(), source=source, is_daemon=True).run()
"""


@dataclass
class Host:
    """The processes by their pid files, and the files that tell of them."""

    folder: Path
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def tree(self) -> Path:
        return self.folder / "cgroup"

    @property
    def client(self) -> Client:
        return Client(f"unix:{self.folder}/run/conductor-tui/conductor.sock")

    def prepare(self) -> None:
        self.folder.chmod(0o700)
        for name in ("run", "pids", "cgroup"):
            (self.folder / name).mkdir(mode=0o700)
        (self.tree / "own").write_text("0::/\n")
        (self.tree / "memory.max").write_text(f"{HOST_MIB * MIB}\n")
        self._tell()
        text = '[listen]\ndatagrams = false\n[load]\nshed = "auto"\n'
        for name in SIZES:
            text += f'[[platform]]\nname = "{name}"\nprobe = "process"\n'
            text += f'pid_file = "{self.folder}/pids/{name}"\n'
            if name in SHEDS:
                text += f"priority = {SHEDS[name]}\n"
                text += f"on_shed = {{ command = {self._command('stop', name)} }}\n"
                text += f"on_restore = {{ command = {self._command('start', name)} }}\n"
            else:
                text += "protected = true\n"
        (self.folder / "c.toml").write_text(text)

    def _command(self, verb: str, name: str) -> list[str]:
        module = "tests.bench.memory_hog"
        return [sys.executable, "-m", module, verb, name, str(self.folder)]

    def start(self, name: str, size: int, step: float = 0.0, most: int = 0) -> None:
        code = f"import time; BEGAN = time.monotonic()\n{HOLD}"
        command = [sys.executable, "-c", code, str(size), str(step), str(most)]
        child = subprocess.Popen(command, start_new_session=True)
        (self.folder / "pids" / name).write_text(f"{child.pid}\n")

    def stop(self, name: str) -> None:
        pid_file = self.folder / "pids" / name
        with suppress(OSError, ValueError):
            os.kill(int(pid_file.read_text()), signal.SIGKILL)
        pid_file.unlink(missing_ok=True)

    def follow(self) -> None:
        """Keep the files true until it is over."""
        while not self.is_over.wait(0.5):
            self._tell()

    def _tell(self) -> None:
        used = 0
        for pid_file in (self.folder / "pids").iterdir():
            with suppress(psutil.Error, OSError, ValueError):
                used += psutil.Process(int(pid_file.read_text())).memory_info().rss
        written = self.tree / "new"
        written.write_text(f"{used}\n")
        written.rename(self.tree / "memory.current")

    @contextmanager
    def engine(self) -> Iterator[None]:
        env = os.environ | {
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }
        place = [str(self.folder / "c.toml"), str(self.tree)]
        child = subprocess.Popen([sys.executable, "-c", ENGINE, *place], env=env)
        try:
            wait_until(lambda: self.status() is not None, 30)
            yield
        finally:
            child.terminate()
            child.wait(20)

    def status(self) -> "Status | None":
        try:
            return Status.of(self.client.ask("GET", "/v1/status", key="platforms"))
        except (AskRefused, NobodyListens):
            return None


@dataclass(frozen=True, slots=True)
class Status:
    """What matters here of the engine's own document."""

    ram: float
    load: str
    advice: str
    shed: tuple[str, ...]

    @classmethod
    def of(cls, said: object) -> "Status":
        assert isinstance(said, dict)
        resources, advice = said["resources"] or {}, said["advice"]
        gone = [
            (one["paused"]["at"], one["name"])
            for one in said["platforms"]
            if one["paused"] and one["paused"]["kind"] == "SHED"
        ]
        words = ""
        if advice:
            ahead = " (ahead)" if advice["ahead"] else ""
            words = f"{advice['step']} {advice['platform']}: {advice['why']}{ahead}"
        return cls(
            ram=resources.get("ram_percent", 0.0),
            load=said["load"],
            advice=words,
            shed=tuple(name for _, name in sorted(gone)),
        )


def wait_until(holds: Callable[[], bool], within_s: float) -> None:
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            raise SystemExit(f"nothing of the kind within {within_s:g} s")
        time.sleep(0.5)


def watch(host: Host, began: float, until: Callable[[Status], bool]) -> list[Status]:
    """Print each change until `until` holds; return what was seen."""
    seen: list[Status] = []
    while not seen or not until(seen[-1]):
        status = host.status()
        now = time.monotonic() - began
        if now > MOST_S:
            raise SystemExit(f"not within {MOST_S:g} s: {status}")
        if status is not None:
            last = seen[-1] if seen else None
            shown = (status.load, status.advice.split(":")[0], status.shed)
            if not last or shown != (last.load, last.advice.split(":")[0], last.shed):
                gone = ", ".join(status.shed) or "nobody"
                words = f"{status.load:<9}  shed: {gone:<12}  {status.advice}"
                print(f"{now:6.0f} s  RAM {status.ram:4.1f} %  {words}", flush=True)
            seen.append(status)
        time.sleep(1)
    return seen


def play(host: Host, step: float) -> None:
    """Let the hog grow until both bots went, then end it until both are back."""
    for name, size in SIZES.items():
        host.start(name, size)
    began = time.monotonic()
    with host.engine():
        watch(host, began, lambda _: time.monotonic() - began > CALM_S)
        print(f"        the hog begins: {step:g} MiB a second", flush=True)
        host.start("hog", 1, step, 520)
        grown = watch(host, began, lambda one: len(one.shed) == 2)
        print("        the hog is ended", flush=True)
        host.stop("hog")
        back = watch(host, began, lambda one: not one.shed)
    told = next((one.ram for one in grown if one.advice), 100.0)
    print(f"told at {told:.0f} % of RAM, before the limit of 80 %: {told < 80}")
    orders = [tuple(dict.fromkeys(one.shed for one in part)) for part in (grown, back)]
    right = (
        ((), ("bot",), ("bot", "bridge")),
        (("bot", "bridge"), ("bot",), ()),
    )
    print(f"shed in order, restored in reverse: {tuple(orders) == right}")
    if told >= 80 or tuple(orders) != right:
        raise SystemExit(1)


def main() -> None:
    match sys.argv[1:]:
        case ["stop", name, folder]:
            Host(Path(folder)).stop(name)
        case ["start", name, folder]:
            Host(Path(folder)).start(name, SIZES[name])
        case [*rest]:
            with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
                host = Host(Path(folder))
                host.prepare()
                following = threading.Thread(target=host.follow)
                following.start()
                try:
                    play(host, float(rest[0]) if rest else 1.2)
                finally:
                    host.is_over.set()
                    following.join()
                    for name in (*SIZES, "hog"):
                        host.stop(name)


if __name__ == "__main__":
    main()
