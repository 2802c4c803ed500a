"""Our side of the warden, the process that forks the workers.

See conductor_tui.worker. It begins with the first worker, and anew when it has died.
Not asyncio's subprocess: nothing but this module may wait for the warden.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import conductor_tui
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.plugin import PluginLimits
from conductor_tui.domain.text import one_line

_PACKET = 256 * 1024
_OURS = "CONDUCTOR_"  # variables that are nobody else's business: tokens, places
_CODE = (
    "import sys; sys.path.append(sys.argv[2]); "
    "from conductor_tui.worker.warden import main; main(int(sys.argv[1]))"
)
_TITLE = "conductor-tui: warden of plug-ins"
_ENDS_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A worker is gone, and all that it started. `code` is minus the signal's number
    where one killed it; `cause` the limit that it broke, "" for none.
    """

    code: int
    cause: str = ""
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears of a worker."""

    used: Callable[[int, float, int], object]  # rss_bytes, cpu_s, processes
    ended: Callable[[Ended], object]


class Warden:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: list[subprocess.Popen[bytes]] = []
        self._control: socket.socket | None = None
        self._errors = -1
        self._told: dict[int, Told] = {}
        self._forking: dict[int, asyncio.Future[int]] = {}
        self._next_key = 1
        self._beginning = asyncio.Lock()

    async def fork(
        self, name: str, limits: PluginLimits, fds: Sequence[int], told: Told
    ) -> tuple[int, int]:
        """Begin a worker with these descriptors (frames, stdout, stderr), which stay
        ours to close. Returns what to call it by here, and its pid.

        Raises PluginFailed in words.
        """
        await self._begin()
        key, self._next_key = self._next_key, self._next_key + 1
        self._told[key] = told
        forked = asyncio.get_running_loop().create_future()
        self._forking[key] = forked
        message = {
            "fork": key,
            "name": name,
            "memory_bytes": limits.memory_bytes,
            "open_files": limits.open_files,
            "cpu_s": limits.cpu_s,
            "processes": limits.processes,
        }
        try:
            self._send(message, fds)
            return key, await forked
        except OSError as error:
            words = f"the warden of plug-ins does not answer: {error.strerror or error}"
            raise PluginFailed(words) from error
        finally:
            self._forking.pop(key, None)

    def kill(self, key: int) -> None:
        """Have a worker killed, and all that it started; its end is told then."""
        if key in self._told:
            with suppress(OSError):  # it is gone, and so are all its workers
                self._send({"kill": key})

    async def close(self) -> None:
        """Let it kill all and end. Safe to call twice."""
        self._let_go()
        await self._buried()

    async def _buried(self) -> None:
        """Wait for those that have ended, or are about to."""
        while self._ending:
            await asyncio.to_thread(_wait, self._ending.pop())

    async def _begin(self) -> None:
        async with self._beginning:
            if self._control is not None:
                return
            await self._buried()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._errors = os.memfd_create("warden's errors", os.MFD_CLOEXEC)
            try:
                with theirs:
                    self._process = await asyncio.to_thread(self._start, theirs)
            except OSError as error:
                ours.close()
                os.close(self._errors)
                words = f"no process can be started: {error.strerror or error}"
                raise PluginFailed(words) from error
            ours.setblocking(False)
            self._control = ours
            asyncio.get_running_loop().add_reader(ours.fileno(), self._hear)

    def _start(self, theirs: socket.socket) -> "subprocess.Popen[bytes]":
        number = theirs.fileno()
        root = str(Path(conductor_tui.__file__).parent.parent)
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE, str(number), root, _TITLE],
            pass_fds=[number],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if not k.startswith(_OURS)},
        )

    def _send(self, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        if self._control is None:
            raise OSError("it has ended")
        socket.send_fds(self._control, [json.dumps(message).encode()], list(fds))

    def _hear(self) -> None:
        """Take one packet: the loop has other things to do."""
        if self._control is None:
            return
        try:
            packet = self._control.recv(_PACKET)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if packet:
            self._take(json.loads(packet))
        else:
            self._has_died()

    def _take(self, message: dict[str, Any]) -> None:
        if "used" in message:
            for key, rss_bytes, cpu_s, processes in message["used"]:
                told = self._told.get(key)
                if told is not None:
                    told.used(rss_bytes, cpu_s, processes)
        elif "forked" in message:
            forked = self._forking.get(message["forked"])
            if forked is not None and not forked.done():
                forked.set_result(message["pid"])
        else:
            self._over(int(message["ended"]), _ended(message))

    def _over(self, key: int, ended: Ended) -> None:
        forked = self._forking.get(key)
        if forked is not None and not forked.done():
            words = f"no process can be forked: {os.strerror(int(ended.took))}"
            forked.set_exception(PluginFailed(words))
        told = self._told.pop(key, None)
        if told is not None:
            told.ended(ended)

    def _has_died(self) -> None:
        """Take note that it is gone, and that the kernel has killed its workers."""
        said = self._last_words()
        self._let_go()
        words = f"the warden of plug-ins has died{said}"
        for forked in self._forking.values():
            if not forked.done():
                forked.set_exception(PluginFailed(words))
        for key in list(self._told):
            self._over(key, Ended(-signal.SIGKILL, cause="warden"))

    def _last_words(self) -> str:
        said = os.pread(
            self._errors, 4096, max(0, os.fstat(self._errors).st_size - 4096)
        )
        lines = said.decode(errors="replace").strip().splitlines()
        return f": {one_line(lines[-1])}" if lines else ""

    def _let_go(self) -> None:
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            os.close(self._errors)
            self._control = None
        if self._process is not None:
            self._ending.append(self._process)
            self._process = None


def _wait(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ended(message: dict[str, Any]) -> Ended:
    status = int(message.get("status", 0))
    code = os.waitstatus_to_exitcode(status)
    return Ended(code, str(message["cause"]), float(message["took"]))
