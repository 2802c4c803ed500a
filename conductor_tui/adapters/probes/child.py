"""A command run once: its own process group, bounded output, nothing left behind.

Not asyncio's subprocess, for three reasons. Its wait() may hang for as long as a
grandchild holds the inherited pipe; its cancellation kills the child alone; and it
reaps the child by itself, after which the group's number may belong to somebody else.
Here a pidfd tells of the exit (in any thread, on any loop), the whole group is killed
while the child is still a zombie that keeps the number taken, and the pipes are our
own: what has been written by then is read, and nobody waits for their end.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from types import TracebackType

OUTPUT_LIMIT = 64 * 1024
_POLL_S = 0.01
_DYING_POLLS = 10


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `code` is minus the signal's number where one killed it.

    `out` and `err` are the first OUTPUT_LIMIT bytes; the rest was thrown away.
    """

    code: int
    out: bytes
    err: bytes


class Child:
    """Runs a command, one at a time."""

    def __init__(
        self, argv: Sequence[str], *, directory: str | None, env: Mapping[str, str]
    ) -> None:
        self._argv = argv
        self._directory = directory
        self._env = env
        self._dying: Thread | None = None

    async def run(
        self, *, said: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Ended:
        """Run to the end, then kill what is left of the group; so when cancelled.

        `said` is what stands on its stdin, `env` is for this run alone.

        A process that made a session of its own (setsid) escapes. Raises OSError
        when the command cannot be started, and ChildProcessError while the run before
        was killed and is not gone: one stuck process is enough.
        """
        for _ in range(_DYING_POLLS):
            if self._dying is None or not self._dying.is_alive():
                break
            await asyncio.sleep(_POLL_S)
        else:
            raise ChildProcessError("the run before was killed and does not die")
        with _Pipe() as out, _Pipe() as err, _stdin(said) as stdin:
            process = self._start(stdin, out, err, self._env if env is None else env)
            try:
                await _exited(process)
            finally:
                self._end(process)
            return Ended(process.wait(), out.rest(), err.rest())

    def _start(
        self, stdin: int, out: "_Pipe", err: "_Pipe", env: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            self._argv,
            stdin=stdin,
            stdout=out.write_end,
            stderr=err.write_end,
            cwd=self._directory,
            env=env,
            start_new_session=True,
        )
        out.close_write_end()
        err.close_write_end()
        return process

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        """Kill the group and reap the child, without an await: a cancellation cannot
        come between. A child that takes its time to die is reaped by a thread.
        """
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.poll() is None:
            self._dying = Thread(target=process.wait, name="reaper", daemon=True)
            self._dying.start()


class _Pipe:
    """Takes in what a child writes, so that the child never waits for us."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()  # not inherited, but by Popen
        os.set_blocking(self._read_end, False)
        self._taken = bytearray()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> "_Pipe":
        self._loop.add_reader(self._read_end, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)
        self.close_write_end()

    def close_write_end(self) -> None:
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1

    def rest(self) -> bytes:
        """Return all that was written, as far as it is kept."""
        while len(self._taken) < OUTPUT_LIMIT and self._take():
            pass
        return bytes(self._taken)

    def _take(self) -> bool:
        """Read once; False when there is nothing, now or any more."""
        try:
            chunk = os.read(self._read_end, OUTPUT_LIMIT)
        except BlockingIOError:
            return False
        if not chunk:
            self._loop.remove_reader(self._read_end)
        self._taken += chunk[: OUTPUT_LIMIT - len(self._taken)]
        return bool(chunk)


@contextmanager
def _stdin(said: bytes) -> Iterator[int]:
    """Give what Popen takes for stdin. A file in memory, not a pipe: nobody has to
    wait for a child that does not read, or not all.
    """
    if not said:
        yield subprocess.DEVNULL
        return
    file = os.memfd_create("stdin", os.MFD_CLOEXEC)
    try:
        with open(os.dup(file), "wb") as whole:
            whole.write(said)
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)


async def _exited(process: "subprocess.Popen[bytes]") -> None:
    """Wait until the process has exited; it is not reaped where there are pidfds."""
    try:
        pidfd = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # not Linux, or one older than 5.3
        while process.poll() is None:  # noqa: ASYNC110 - nothing else would tell us
            await asyncio.sleep(_POLL_S)
        return
    loop, exited = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pidfd, exited.set)
    try:
        await exited.wait()
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)
