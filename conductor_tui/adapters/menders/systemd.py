"""A systemd unit restarted, stopped or started, by D-Bus: RestartUnit, StopUnit and
StartUnit of org.freedesktop.systemd1(5).

It is done when the unit has no job any more: then its ActiveState says how it went.
"""

import asyncio
import os
from dataclasses import dataclass
from typing import cast

from conductor_tui.adapters.probes.bus import (
    Bus,
    BusError,
    join_bus,
    leave_bus,
    load_dbus,
)
from conductor_tui.adapters.probes.systemd import bus_address, unit_path
from conductor_tui.domain.alert import Subject
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Mender

_MANAGER = "org.freedesktop.systemd1"
_PATH = "/org/freedesktop/systemd1"
_UNIT = f"{_MANAGER}.Unit"
_POLL_S = 0.1
_METHODS = {"restart": "RestartUnit", "stop": "StopUnit", "start": "StartUnit"}
_DONE = {"restart": "restarted", "stop": "stopped", "start": "started"}
_DENIED = (".AccessDenied", ".InteractiveAuthorizationRequired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`unit` with its suffix, such as redis.service; `user`: of the user's manager;
    `verb`: restart, stop or start.
    """

    unit: str
    user: bool = False
    verb: str = "restart"

    def __post_init__(self) -> None:
        if "." not in self.unit or any(char.isspace() for char in self.unit):
            raise ValueError(
                f"systemd must name a unit such as redis.service, not {self.unit!r}"
            )


def words_of(options: Options) -> str:
    return f"{options.verb} {visible(options.unit, 80)}"


class SystemdMender:
    """Restarts, stops or starts the unit and waits for the end of it. Satisfies
    ports.Mender.

    Cancelled, it waits no longer; the job is systemd's, and goes on.
    """

    def __init__(self, options: Options, address: str) -> None:
        self._unit, self._address = options.unit, address
        self._verb = options.verb

    async def __call__(self, subject: Subject, why: str) -> Finding:
        bus = join_bus(self._address, self)
        try:
            return await self._do(bus)
        except BusError as error:
            return Finding(Outcome.FAILED, one_line(_refused_words(error, self._verb)))
        except OSError as error:
            shown = self._address.removeprefix("unix:path=")
            words = f"no D-Bus at {shown}: {error.strerror or error}"
            return Finding(Outcome.FAILED, one_line(words))
        finally:
            leave_bus(bus, self)

    async def _do(self, bus: Bus) -> Finding:
        method = f"{_MANAGER}.Manager.{_METHODS[self._verb]}"
        await bus.call(_MANAGER, _PATH, method, "ss", self._unit, "replace")
        while await self._has_job(bus):  # noqa: ASYNC110 - JobRemoved is only told to who subscribes
            await asyncio.sleep(_POLL_S)
        state = str(await self._get(bus, "ActiveState"))
        words = f"{_DONE[self._verb]}: {state} ({await self._get(bus, 'SubState')})"
        # a service that has done its work is inactive; a start that fails is not
        is_done = state in ("active", "reloading", "inactive")
        if self._verb == "stop":  # what had failed is stopped as well
            is_done = state in ("inactive", "failed")
        return Finding(Outcome.PASSED if is_done else Outcome.FAILED, one_line(words))

    async def _has_job(self, bus: Bus) -> bool:
        """The property is (number, path) of the job, 0 where there is none."""
        job = await self._get(bus, "Job")
        return isinstance(job, list | tuple) and bool(job) and job[0] != 0

    async def _get(self, bus: Bus, name: str) -> object:
        method, path = "org.freedesktop.DBus.Properties.Get", unit_path(self._unit)
        [value] = await bus.call(_MANAGER, path, method, "ss", _UNIT, name)
        return value


def open_mender(action: object) -> Mender:
    load_dbus()
    options = cast(Options, action)
    return SystemdMender(options, bus_address(user=options.user))


def _refused_words(error: BusError, verb: str) -> str:
    if error.name.endswith(_DENIED):
        return (
            f"systemd lets user {os.geteuid()} not {verb} units: {error}; allow it "
            "with a polkit rule for org.freedesktop.systemd1.manage-units"
        )
    return str(error)
