"""The warden: forks the workers, minds what they take, kills and sweeps.

It speaks with the conductor over a SOCK_SEQPACKET socket, one JSON object a packet:

* in: `{"fork": key, "name", "memory_bytes", "open_files", "cpu_s", "processes"}` with
  three descriptors: the socket for frames, stdout, stderr; `{"kill": key}`
* out: `{"forked": key, "pid"}`, once a second `{"used": [[key, rss_bytes, cpu_s,
  processes], ...]}`, and `{"ended": key, "status", "cause", "took"}`, once nothing of
  it is left. `status` is that of waitpid(2), `cause` the limit that it broke ("memory",
  "cpu", "processes"; "" for none) and `took` how much it took of that.

No thread, no asyncio: what forks must be simple. What comes to us as an orphan is
killed at once: its parent is dead, and nothing may outlive its plug-in.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from conductor_tui.worker import kernel, loading, serving
from conductor_tui.worker.tree import (
    Use,
    children_of,
    descendants_of,
    shared_out,
    use_of,
)

LOOK_S, TELL_S = 0.25, 1.0
MINUTE_S = 60.0
SWEEP_S, _NAP_S = 2.0, 0.002
LARGEST = 64 * 1024
_FDS = 3
_MOST_FILES = 1 << 20
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(slots=True)
class _Worker:
    key: int
    pid: int
    memory_bytes: int
    cpu_s: float
    processes: int
    use: Use = field(default_factory=Use)
    spent: deque[tuple[float, float]] = field(default_factory=deque)
    broke: tuple[str, float] = ("", 0)

    def broken(self, now: float) -> tuple[str, float]:
        """Return the limit that it breaks now, and what it took of that."""
        if self.use.processes > self.processes:
            return "processes", self.use.processes
        if self.use.rss_bytes > self.memory_bytes:  # what is shared was counted twice
            took = shared_out(self.pid)
            if took > self.memory_bytes:
                return "memory", took
        while len(self.spent) > 1 and self.spent[1][0] <= now - MINUTE_S:
            self.spent.popleft()
        before = self.spent[0][1] if self.spent else 0.0
        if self.use.cpu_s - before > self.cpu_s:
            return "cpu", self.use.cpu_s - before
        return "", 0


def main(descriptor: int) -> None:
    """Serve the conductor at the other end of `descriptor`, until it is gone."""
    with socket.socket(fileno=descriptor) as control:
        _Warden(control).run()


class _Warden:
    def __init__(self, control: socket.socket) -> None:
        self._control, self._pid = control, os.getpid()
        self._workers: dict[int, _Worker] = {}  # by pid
        self._outbox: deque[bytes] = deque()
        self._told_at = 0.0
        self._woken, self._wake = os.pipe()
        self._poll = select.poll()

    def run(self) -> None:
        self._begin()
        is_open = True
        while is_open:
            wants_out = select.POLLOUT if self._outbox else 0
            self._poll.register(self._control, select.POLLIN | wants_out)
            ready = dict(self._poll.poll(LOOK_S * 1000 if self._workers else None))
            with suppress(BlockingIOError):
                os.read(self._woken, 4096)
            if ready.get(self._control.fileno(), 0) & ~select.POLLOUT:
                is_open = self._hear()
            self._reap()
            self._look()
            self._flush()
        self._end()

    def _begin(self) -> None:
        for number in _SIGNALS:  # no SIG_IGN: what plug-ins start would inherit it
            signal.signal(number, _heard)
        signal.signal(signal.SIGCHLD, _heard)
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        self._control.setblocking(False)
        self._poll.register(self._woken, select.POLLIN)
        loading.warm_up()
        kernel.be_called("plug-in warden")
        kernel.adopt_orphans()
        gc.collect()
        gc.freeze()  # what all workers share stays shared

    def _hear(self) -> bool:
        """Do what was asked for; False when the conductor is gone."""
        try:
            packet, fds, _, _ = socket.recv_fds(self._control, LARGEST, _FDS)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not packet:
            return False
        message = json.loads(packet)
        if "fork" in message:
            try:
                self._fork(message, fds)
            finally:
                for one in fds:
                    os.close(one)
        else:
            for worker in list(self._workers.values()):
                if worker.key == message["kill"]:
                    _kill(worker.pid)
        return True

    def _fork(self, message: dict[str, Any], fds: list[int]) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            self._tell({"ended": message["fork"], "cause": "fork", "took": error.errno})
            return
        if pid == 0:
            code = 1
            try:
                self._be_worker(message, fds)
                code = 0
            finally:
                os._exit(code)
        self._workers[pid] = _Worker(
            key=message["fork"],
            pid=pid,
            memory_bytes=message["memory_bytes"],
            cpu_s=message["cpu_s"],
            processes=message["processes"],
        )
        self._tell({"forked": message["fork"], "pid": pid})

    def _be_worker(self, message: dict[str, Any], fds: list[int]) -> None:
        """In the child: become a worker, and serve to the end."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        kernel.die_with_parent(self._pid)
        kernel.be_called(f"plug-in {message['name']}")
        frames = socket.socket(fileno=_settled(fds))
        kernel.limit(
            memory_bytes=message["memory_bytes"], open_files=message["open_files"]
        )
        try:
            serving.serve(frames)
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()

    def _reap(self) -> None:
        """Take note of who died; sweep what they left behind, then tell it."""
        ended: list[tuple[_Worker, int]] = []
        while (pid := _dead()) is not None:
            worker = self._workers.get(pid)
            if worker is not None:  # still a zombie: its number is nobody else's
                _kill(pid)
            _, status = os.waitpid(pid, 0)
            if worker is not None:
                ended.append((worker, status))
                del self._workers[pid]
        if ended:
            self._sweep()
        for worker, status in ended:
            cause, took = worker.broke
            told = {"ended": worker.key, "status": status}
            self._tell({**told, "cause": cause, "took": took})

    def _sweep(self) -> None:
        """Kill every orphan that came to us, until there is none."""
        until = time.monotonic() + SWEEP_S
        while orphans := self._orphans():
            for pid in orphans:
                _kill(pid)
                os.waitpid(pid, os.WNOHANG)
            if time.monotonic() > until:
                return  # one that cannot die just now: the next look tries again
            time.sleep(_NAP_S)

    def _orphans(self) -> list[int]:
        return [pid for pid in children_of(self._pid) if pid not in self._workers]

    def _look(self) -> None:
        """See what everybody takes, and kill who takes too much."""
        if not self._workers:
            return
        if self._orphans():
            self._sweep()
        now = time.monotonic()
        is_second = now - self._told_at >= TELL_S
        for worker in self._workers.values():
            worker.use = use_of(worker.pid)
            if is_second:
                worker.spent.append((now, worker.use.cpu_s))
            broke = worker.broken(now)
            if broke[0] and not worker.broke[0]:
                worker.broke = broke
                _kill(worker.pid)
        if is_second and not self._outbox:
            self._told_at = now
            self._tell({"used": [_used(one) for one in self._workers.values()]})

    def _tell(self, message: dict[str, Any]) -> None:
        self._outbox.append(json.dumps(message).encode())
        self._flush()

    def _flush(self) -> None:
        """Send what there is room for: a conductor that stands still stops nobody."""
        while self._outbox:
            try:
                self._control.send(self._outbox[0])
            except BlockingIOError:
                return
            except OSError:  # it is gone: the next look at the socket tells
                self._outbox.clear()
                return
            self._outbox.popleft()

    def _end(self) -> None:
        for pid in self._workers:
            _kill(pid)
        self._workers.clear()  # from now on they are orphans as all others
        self._sweep()


def _heard(number: int, frame: object) -> None:
    """A signal came: only to wake the poll. What ends us is the conductor's end."""


def _dead() -> int | None:
    """Return a child that has died and is not reaped yet."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None


def _kill(pid: int) -> None:
    """Kill a process, its group, and all that is below it in whatever session."""
    family = descendants_of(pid)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for one in (pid, *family):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


def _settled(fds: list[int]) -> int:
    """Put the descriptors in their places and close all others; return the socket's."""
    frames, out, err = fds
    highest = max(fds) + 1
    kept = os.dup2(frames, highest, inheritable=False)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.closerange(3, highest)
    os.closerange(highest + 1, _MOST_FILES)
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = open(  # noqa: SIM115 - for as long as the process lives
            number, "w", buffering=1, encoding="utf-8", errors="backslashreplace"
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    return kept


def _used(worker: _Worker) -> list[float]:
    use = worker.use
    return [worker.key, use.rss_bytes, round(use.cpu_s, 3), use.processes]
