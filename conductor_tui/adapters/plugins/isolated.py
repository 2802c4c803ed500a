"""A plug-in in a process of its own. Satisfies ports.Worker."""

import asyncio
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from conductor_tui.adapters.plugins.answers import (
    NoAnswer,
    Trouble,
    finding_of,
    health_of,
    names_of,
    reply_of,
)
from conductor_tui.adapters.plugins.connection import Connection, Gone
from conductor_tui.adapters.plugins.output import Output
from conductor_tui.adapters.plugins.warden import Ended, Told, Warden
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    MIB,
    LogLine,
    PluginFigures,
    PluginOrigin,
    PluginSettings,
    PluginSource,
)
from conductor_tui.domain.plugin_calls import (
    PluginBusy,
    PluginError,
    Reply,
    Request,
    RequestRefused,
)
from conductor_tui.domain.size import format_size
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Clock

T = TypeVar("T")
DIES_WITHIN_S = 3.0  # of SIGKILL: longer only where the kernel itself is stuck
SPEAKS_LAST_S = 0.5  # from the end of its connection to its death, when it exits
OURS_S = 0.25  # a timeout that rings later: our own loop was blocked
_FINAL = ("config", "load", "garbage")
_ERRORS_KEPT = 20


class IsolatedWorker:
    """One worker process, from its fork to its end."""

    def __init__(
        self,
        settings: PluginSettings,
        source: PluginSource,
        warden: Warden,
        clock: Clock,
    ) -> None:
        self._settings, self._source, self._limits = settings, source, settings.limits
        self._warden, self._clock = warden, clock
        self._key: int | None = None
        self._pid: int | None = None
        self._connection: Connection | None = None
        self._output: Output | None = None
        self._errors: deque[str] = deque(maxlen=_ERRORS_KEPT)
        self._slots = asyncio.Semaphore(self._limits.at_once)
        self._waiting = self._asked = self._failed = 0
        self._is_begun = self._is_stopping = False
        self._why = ""
        self._over = asyncio.Event()
        self._used: tuple[int, float, int] = (0, 0.0, 0)
        self._cpu_percent, self._used_at = 0.0, 0.0

    # Its life

    async def load(self) -> Sequence[PluginName]:
        await self._within(self._limits.start_s, "be imported", self._fork())
        answer = await self._within(
            self._limits.start_s,
            "be imported",
            self._call(
                "load",
                path=sys.path,
                reference=self._source.reference,
                is_file=self._source.origin is PluginOrigin.FILE,
                config=dict(self._settings.config),
            ),
        )
        return [PluginName(one) for one in self._believed(names_of, answer)]

    async def initialize(self) -> None:
        self._is_begun = True
        await self._within(self._limits.start_s, "initialize", self._call("initialize"))

    async def stop(self) -> None:
        if self._is_stopping:
            return
        self._is_stopping = True
        if self._is_begun and not self._over.is_set() and not self._why:
            await self._shut_down()
        await self._end()

    async def ended(self) -> str:
        """See ports.Worker. Pings it meanwhile: one whose loop stands still is dead
        for us too.
        """
        while not self._why:
            await self._ping()
            await self._pause(self._limits.hang_s / 2)
        await self._gone()
        if self._is_stopping:
            await asyncio.Event().wait()
        return self._why

    # What it is asked

    async def check(self) -> Finding:
        self._asked += 1
        try:
            health = self._believed(health_of, await self._call("check"))
        except (Trouble, Gone, PluginError) as error:
            self._failed += 1
            if isinstance(error, Trouble):
                self._note(str(error))
            return Finding(Outcome.FAILED, one_line(str(error)))
        return finding_of(health)

    async def ask(self, request: Request) -> Reply:
        limit_s = min(request.deadline_s, self._limits.request_s)
        try:
            async with self._clock.timeout(limit_s):
                await self._take_slot()
                try:
                    return await self._asked_for(request)
                finally:
                    self._slots.release()
        except TimeoutError:
            self._failed += 1
            words = f"no reply within {format_duration(limit_s)}"
            raise PluginError(words) from None

    @property
    def figures(self) -> PluginFigures:
        rss_bytes, _, processes = self._used
        return PluginFigures(
            pid=self._pid,
            rss_bytes=rss_bytes,
            cpu_percent=self._cpu_percent,
            processes=processes,
            in_flight=self._connection.in_flight if self._connection else 0,
            waiting=self._waiting,
            asked=self._asked,
            failed=self._failed,
        )

    def take_log(self) -> Sequence[LogLine]:
        return self._output.take() if self._output else ()

    def take_errors(self) -> Sequence[str]:
        errors = tuple(self._errors)
        self._errors.clear()
        return errors

    # Behind it

    async def _fork(self) -> None:
        ours, theirs = socket.socketpair()
        self._connection = Connection(ours, self._broke)
        self._output = Output(self._limits.output_bytes, self._clock.now, self._flooded)
        ends = self._output.open()
        told = Told(used=self._has_used, ended=self._has_ended)
        try:
            self._key, self._pid = await self._warden.fork(
                self._settings.name, self._limits, (theirs.fileno(), *ends), told
            )
        finally:
            theirs.close()
            for end in ends:
                os.close(end)
        await self._connection.greeted()

    async def _within(self, limit_s: float, what: str, work: Awaitable[T]) -> T:
        """Return what `work` gives. Raises PluginFailed, in words, for all else."""
        try:
            async with self._clock.timeout(limit_s):
                return await work
        except TimeoutError:
            words = f"it took longer than {format_duration(limit_s)} to {what}: killed"
            self._kill(words)
            raise PluginFailed(words) from None
        except Trouble as trouble:
            is_final = trouble.kind in _FINAL
            said = f"its settings: {trouble}" if trouble.kind == "config" else trouble
            raise PluginFailed(str(said), is_final=is_final) from trouble
        except (Gone, PluginError, OSError) as error:
            await self._gone()
            raise PluginFailed(self._why or one_line(str(error))) from error
        except ValueError as error:
            words = f"its settings cannot be sent: {error}"
            raise PluginFailed(words, is_final=True) from error

    async def _call(self, do: str, **arguments: Any) -> dict[str, Any]:
        if self._connection is None:
            raise Gone("it has not begun")
        try:
            return await self._connection.call(do, **arguments)
        except Gone as gone:
            raise Gone(self._why or str(gone)) from None

    async def _asked_for(self, request: Request) -> Reply:
        self._asked += 1
        told = {
            "id": request.id,
            "payload": request.payload,
            "metadata": dict(request.metadata),
            "attempt": request.attempt,
            "deadline_s": request.deadline_s,
        }
        try:
            return self._believed(reply_of, await self._call("ask", request=told))
        except Trouble as trouble:
            self._failed += 1
            if trouble.kind in ("raised", "garbage"):
                self._note(str(trouble))
            raise trouble.as_plugin_error() from trouble
        except Gone as gone:
            self._failed += 1
            raise PluginError(str(gone)) from gone
        except (ValueError, TypeError, RecursionError) as error:
            self._failed += 1
            raise RequestRefused(f"it cannot be sent: {error}") from error

    async def _take_slot(self) -> None:
        if self._slots.locked():
            if self._waiting >= self._limits.waiting:
                at_once, waiting = self._limits.at_once, self._waiting
                words = f"{at_once} requests are under way and {waiting} wait already"
                raise PluginBusy(words)
            self._waiting += 1
            try:
                await self._slots.acquire()
            finally:
                self._waiting -= 1
        else:
            await self._slots.acquire()

    def _believed(
        self, look: Callable[[dict[str, Any]], T], answer: dict[str, Any]
    ) -> T:
        """Return what `look` makes of an answer; a worker that answers anything else is
        not itself any more.
        """
        try:
            return look(answer)
        except NoAnswer as error:
            words = f"it sent garbage: no answer that is {error}"
            self._kill(words)
            raise Gone(words) from error

    async def _ping(self) -> None:
        limit_s, began = self._limits.hang_s, self._clock.monotonic()
        try:
            async with self._clock.timeout(limit_s):
                await self._call("ping")
        except TimeoutError:
            if self._clock.monotonic() - began > limit_s + OURS_S:
                return  # we stood still ourselves: its answer may lie before us
            held = format_duration(limit_s)
            self._kill(f"it hung: its loop did not answer for {held}")
        except (Gone, PluginBusy):
            self._broke("it closed its connection")
        except Trouble as trouble:
            self._kill(f"it sent garbage: {trouble}")
        connection = self._connection
        if connection is not None and connection.oldest_given_up_s() > limit_s:
            held = format_duration(limit_s)
            self._kill(f"it hung: it did not let go of a cancelled call for {held}")

    async def _pause(self, seconds: float) -> None:
        try:
            async with self._clock.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return

    async def _shut_down(self) -> None:
        limit_s = self._limits.stop_s
        try:
            async with self._clock.timeout(limit_s):
                await self._call("shutdown")
        except TimeoutError:
            held = format_duration(limit_s)
            self._note(f"its shutdown took longer than {held}: killed")
        except (Trouble, PluginError) as error:
            self._note(f"at shutdown: {error}")
        except Gone:
            pass  # it has ended by itself

    async def _end(self) -> None:
        """Kill what is left, and let go of everything."""
        if self._key is not None:
            self._kill("it was stopped")
            await self._gone()
        if self._connection is not None:
            self._connection.close("it was stopped")
        if self._output is not None:
            self._output.close()

    async def _gone(self) -> None:
        """Wait for its end, which comes soon."""
        if self._key is None:
            return
        try:
            async with self._clock.timeout(DIES_WITHIN_S):
                await self._over.wait()
        except TimeoutError:
            self._note(f"process {self._pid} does not die: look at it")

    def _kill(self, why: str) -> None:
        self._why = self._why or why
        if self._key is not None and not self._over.is_set():
            self._warden.kill(self._key)

    def _broke(self, why: str) -> None:
        """Its connection ended. One that exits is dead in a moment, and tells more."""
        if not self._over.is_set() and not self._why:
            loop = asyncio.get_running_loop()
            loop.call_later(SPEAKS_LAST_S, self._kill_if_here, why)

    def _kill_if_here(self, why: str) -> None:
        if not self._over.is_set():
            self._kill(f"{why}: killed")

    def _flooded(self) -> None:
        most = format_size(self._limits.output_bytes)
        self._kill(f"it flooded its output: more than {most} in a minute")

    def _note(self, words: str) -> None:
        self._errors.append(one_line(words, 400))

    def _has_used(self, rss_bytes: int, cpu_s: float, processes: int) -> None:
        now, spent = self._clock.monotonic(), cpu_s - self._used[1]
        if self._used_at and now > self._used_at:
            percent = 100 * max(0.0, spent) / (now - self._used_at)
            self._cpu_percent = round(percent, 1)
        self._used, self._used_at = (rss_bytes, cpu_s, processes), now

    def _has_ended(self, ended: Ended) -> None:
        self._why = self._why or self._words_of(ended)
        self._pid = None
        self._used, self._cpu_percent = (0, 0.0, 0), 0.0
        self._over.set()
        if self._connection is not None:
            self._connection.close(self._why)

    def _words_of(self, ended: Ended) -> str:
        limits = self._limits
        match ended.cause:
            case "memory":
                most, took = format_size(limits.memory_bytes), ended.took / MIB
                return f"it took {took:.0f}MiB of memory: at most {most}, killed"
            case "cpu":
                most = format_duration(limits.cpu_s)
                return f"it took more than {most} of CPU time in a minute: killed"
            case "processes":
                most_of = limits.processes
                return f"it started {ended.took:g} processes: at most {most_of}, killed"
            case "warden":
                return "it was killed: the warden of plug-ins has died"
            case _ if ended.code < 0:
                return f"it was killed by {_signal(-ended.code)}"
            case _:
                return f"it exited by itself with code {ended.code}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
