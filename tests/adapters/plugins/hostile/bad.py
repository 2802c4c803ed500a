"""What plug-ins do badly, each in a class of its own."""

import asyncio
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from conductor_tui.plugin import PluginHealth, Reply, Request

# Of one run of tests: others may look for theirs at the same time. Its workers inherit
# the number, and do not look like their own children.
MARK = (
    f"conductor-hostile-child-of-{os.environ.setdefault('HOSTILE', str(os.getpid()))}"
)
WELL = PluginHealth(is_healthy=True, detail="well")


class Good:
    """Does no harm: what the others only do in one method."""

    async def initialize(self, config: Any) -> None:
        self.config = config

    async def health_check(self) -> PluginHealth:
        return WELL

    async def handle_request(self, request: Request) -> Reply:
        return Reply(payload=request.payload)

    async def shutdown(self) -> None: ...


class LoopsInCheck(Good):
    async def health_check(self) -> PluginHealth:
        while True:
            pass


class LoopsInRequest(Good):
    async def handle_request(self, request: Request) -> Reply:
        while True:
            pass


class LoopsInInitialize(Good):
    async def initialize(self, config: Any) -> None:
        while True:
            pass


class SleepsBlocking(Good):
    async def health_check(self) -> PluginHealth:
        time.sleep(3600)
        return WELL


class WaitsInInitialize(Good):
    async def initialize(self, config: Any) -> None:
        await asyncio.Event().wait()


class Allocates(Good):
    async def health_check(self) -> PluginHealth:
        hoard = []
        while True:
            hoard.append(bytearray(1 << 20))


class AllocatesInChildren(Good):
    """Each child stays below the limit of one process; together they do not."""

    async def health_check(self) -> PluginHealth:
        code = "import time; x = bytearray(60 << 20); time.sleep(3600)"
        for _ in range(4):
            subprocess.Popen([sys.executable, "-c", code, MARK])
        await asyncio.sleep(3600)
        return WELL


class FloodsStdout(Good):
    async def health_check(self) -> PluginHealth:
        while True:
            print("x" * 1000)
            await asyncio.sleep(0)


class FloodsStderrWithoutLines(Good):
    async def health_check(self) -> PluginHealth:
        while True:
            os.write(2, b"y" * 4096)
            await asyncio.sleep(0)


class PrintsBinary(Good):
    async def health_check(self) -> PluginHealth:
        os.write(1, bytes(range(256)) * 8 + b"\n\x1b[2J\x1b]0;owned\x07\n")
        return WELL


class ForksChildren(Good):
    """One as it is, one with a session of its own, one forked twice with everything
    closed.
    """

    async def health_check(self) -> PluginHealth:
        sleep = ["sleep", "3600"]
        marked = {**os.environ, "MARK": MARK}
        subprocess.Popen(sleep, env=marked)
        subprocess.Popen(sleep, env=marked, start_new_session=True)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 256)
                os.execve("/bin/sleep", sleep, marked)
            os._exit(0)
        return WELL


class ForksAndExits(ForksChildren):
    async def health_check(self) -> PluginHealth:
        await super().health_check()
        os._exit(3)


class ForksWithoutEnd(Good):
    async def health_check(self) -> PluginHealth:
        for _ in range(60):
            if os.fork() == 0:
                time.sleep(3600)
        await asyncio.sleep(3600)
        return WELL


class Exits(Good):
    async def health_check(self) -> PluginHealth:
        os._exit(7)


class ExitsInInitialize(Good):
    async def initialize(self, config: Any) -> None:
        os._exit(7)


class ExitsByException(Good):
    async def health_check(self) -> PluginHealth:
        raise SystemExit(9)


class InterruptsItself(Good):
    async def health_check(self) -> PluginHealth:
        raise KeyboardInterrupt


class CancelsItself(Good):
    async def health_check(self) -> PluginHealth:
        raise asyncio.CancelledError


class RaisesEverywhere:
    async def initialize(self, config: Any) -> None:
        raise RuntimeError("not today")

    async def health_check(self) -> PluginHealth:
        raise RuntimeError("not today")

    async def handle_request(self, request: Request) -> Reply:
        raise RuntimeError("not today")

    async def shutdown(self) -> None:
        raise RuntimeError("not today")


class RaisesInCheck(Good):
    async def health_check(self) -> PluginHealth:
        raise RuntimeError("not today")

    async def handle_request(self, request: Request) -> Reply:
        raise RuntimeError("not today either")

    async def shutdown(self) -> None:
        raise RuntimeError("nor at the end")


class HangsInShutdown(Good):
    async def shutdown(self) -> None:
        while True:
            time.sleep(1)


class WillNotDie(Good):
    """Ignores signals, and every cancellation."""

    async def initialize(self, config: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    async def health_check(self) -> PluginHealth:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue


class ClosesItsPipes(Good):
    async def health_check(self) -> PluginHealth:
        os.closerange(0, 512)
        await asyncio.sleep(3600)
        return WELL


class WritesGarbage(Good):
    """Writes into every socket it finds: one is ours."""

    async def health_check(self) -> PluginHealth:
        for number in range(3, 256):
            try:
                os.write(number, b"\xff\xff\xff\xffgarbage")
            except OSError:
                continue
        await asyncio.sleep(3600)
        return WELL


class WritesStrangeFrames(Good):
    """Speaks the protocol, but answers what nobody asked."""

    async def health_check(self) -> PluginHealth:
        body = b'{"n":987654,"ok":{"is_healthy":true}}'
        for number in range(3, 256):
            try:
                os.write(number, len(body).to_bytes(4, "big") + body)
            except OSError:
                continue
        await asyncio.sleep(3600)
        return WELL


class AnswersWithGarbage(Good):
    async def health_check(self) -> PluginHealth:
        return "all is well"  # type: ignore[return-value]

    async def handle_request(self, request: Request) -> Reply:
        match request.payload:
            case "object":
                return Reply(payload=object())  # type: ignore[arg-type]
            case "nan":
                return Reply(payload=float("nan"))
            case "deep":
                deep: Any = []
                for _ in range(100_000):
                    deep = [deep]
                return Reply(payload=deep)
            case "circle":
                circle: Any = []
                circle.append(circle)
                return Reply(payload=circle)
            case "huge":
                return Reply(payload="x" * (8 << 20))
            case "detail":
                return Reply(detail=7)  # type: ignore[arg-type]
            case _:
                return None  # type: ignore[return-value]


class HalfHealthy(Good):
    async def health_check(self) -> PluginHealth:
        return PluginHealth(is_healthy="yes", detail=None)  # type: ignore[arg-type]


class IsNotAsync(Good):
    def health_check(self) -> PluginHealth:  # type: ignore[override]
        return WELL


class OpensFiles(Good):
    async def health_check(self) -> PluginHealth:
        kept = []
        while True:
            kept.append(open("/dev/null"))  # noqa: SIM115


class RecursesWithoutEnd(Good):
    async def health_check(self) -> PluginHealth:
        def deeper() -> None:
            deeper()

        deeper()
        return WELL


class ThreadsWithoutEnd(Good):
    async def health_check(self) -> PluginHealth:
        while True:
            threading.Thread(target=time.sleep, args=(3600,)).start()


class LeavesThreads(Good):
    """Threads that are no daemons keep a Python process from its end."""

    async def health_check(self) -> PluginHealth:
        threading.Thread(target=time.sleep, args=(3600,)).start()
        return WELL


class RaisesItsLimits(Good):
    async def health_check(self) -> PluginHealth:
        endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.setrlimit(resource.RLIMIT_AS, endless)
        return WELL


class LeavesItsGroup(Good):
    """Starts a group of its own in its session, and a child in it."""

    async def health_check(self) -> PluginHealth:
        marked = {**os.environ, "MARK": MARK}
        subprocess.Popen(["sleep", "3600"], env=marked, process_group=0)
        return WELL


class Crashes(Good):
    async def health_check(self) -> PluginHealth:
        ctypes.string_at(0)
        return WELL


class LoopsBehindItsBack(Good):
    """Answers its first check, then a task of its own takes the loop away."""

    async def initialize(self, config: Any) -> None:
        async def spin() -> None:
            await asyncio.sleep(0.2)
            while True:
                pass

        self.task = asyncio.create_task(spin())


class RaisesBehindItsBack(Good):
    async def initialize(self, config: Any) -> None:
        async def leave() -> None:
            await asyncio.sleep(0.1)
            raise SystemExit(4)

        self.task = asyncio.create_task(leave())


class BurnsTheCpu(Good):
    """Answers everybody, but a thread of its own never rests."""

    async def initialize(self, config: Any) -> None:
        def burn() -> None:
            while True:
                pass

        threading.Thread(target=burn, daemon=True).start()


class ChildrenBurnTheCpu(Good):
    async def initialize(self, config: Any) -> None:
        for _ in range(2):
            subprocess.Popen([sys.executable, "-c", "while True: pass", MARK])
