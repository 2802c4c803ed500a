"""The systemd probe: the state of a unit, as the service manager tells it by D-Bus.

The properties are those of org.freedesktop.systemd1(5). An object is asked for under
the path that its name makes: systemd loads the unit then, if it is not loaded.
"""

import errno
import os
import re
from dataclasses import dataclass
from typing import Literal

from conductor_tui.adapters.probes.address import network_finding
from conductor_tui.adapters.probes.bus import (
    Bus,
    BusError,
    join_bus,
    leave_bus,
    load_dbus,
)
from conductor_tui.adapters.probes.systemd_state import UnitReader
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe

_MANAGER = "org.freedesktop.systemd1"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_UNIT = f"{_MANAGER}.Unit"
_NAME = re.compile(r"[A-Za-z0-9:_.\\@-]{1,255}")
_WITH_RESULT = ("service", "socket", "mount", "automount", "swap", "timer", "path")
_TYPES = (*_WITH_RESULT, "target", "device", "slice", "scope")
_NOBODY = (
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
)
ActiveState = Literal[
    "active",
    "reloading",
    "inactive",
    "failed",
    "activating",
    "deactivating",
    "maintenance",
    "refreshing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is a unit; without a type, such as ".timer", it is a service.

    `expect` are the ActiveStates that pass. Where "active" is among them, a unit on
    its way there or reloading passes with a warning. `user`: ask the user's own
    manager instead of the system's.
    """

    target: str
    expect: tuple[ActiveState, ...] = ("active",)
    user: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.target):
            raise ValueError(
                'systemd target must be a unit such as "nginx.service", '
                f"not {self.target!r}"
            )
        if "@." in unit_name(self.target):
            raise ValueError(
                f"systemd target {self.target!r} is a template: name an instance of "
                'it, such as "getty@tty1.service"'
            )
        if not self.expect:
            raise ValueError('expect must have a state, such as ["active"]')


class SystemdProbe:
    """Asks for one unit over the bus that all units share. Satisfies ports.Probe."""

    def __init__(self, options: Options, address: str) -> None:
        self._options = options
        self._address = address
        self._unit = unit_name(options.target)
        self._path = unit_path(self._unit)
        self._reader = UnitReader(self._unit, options.expect)
        self._bus: Bus | None = None

    async def __call__(self) -> Finding:
        self._bus = bus = self._bus or join_bus(self._address, self)
        try:
            return await self._look(bus)
        except BusError as error:
            return Finding(Outcome.FAILED, one_line(self._refused_words(error)))
        except OSError as error:
            return self._unreachable(error)

    def close(self) -> None:
        """Leave the bus. A later call joins again."""
        bus, self._bus = self._bus, None
        if bus is not None:
            leave_bus(bus, self)

    async def _look(self, bus: Bus) -> Finding:
        [unit] = await bus.call(
            _MANAGER, self._path, f"{_PROPERTIES}.GetAll", "s", _UNIT
        )
        kind = self._unit.rpartition(".")[2]
        result: object = ""
        restarts: object = 0
        if kind in _WITH_RESULT:
            result = await self._get(bus, kind, "Result")
        if kind == "service":
            restarts = await self._get(bus, kind, "NRestarts")
        return self._reader.judge(unit, result, restarts)

    async def _get(self, bus: Bus, kind: str, name: str) -> object:
        interface = f"{_MANAGER}.{kind.capitalize()}"
        method = f"{_PROPERTIES}.Get"
        [value] = await bus.call(_MANAGER, self._path, method, "ss", interface, name)
        return value

    def _refused_words(self, error: BusError) -> str:
        if error.name in _NOBODY:
            return f"no systemd {self._whose} answers on the bus {self._shown_bus}"
        if error.name.endswith(".AccessDenied"):
            return f"systemd lets user {os.geteuid()} not ask for units: {error}"
        return str(error)

    def _unreachable(self, error: OSError) -> Finding:
        match error.errno:
            case errno.ENOENT | errno.ENOTDIR | errno.ECONNREFUSED:
                words = (
                    f"no D-Bus at {self._shown_bus}: is this machine run by systemd, "
                    "with dbus installed? In a container, mount that socket"
                )
            case errno.EACCES | errno.EPERM:
                words = f"no right to use the D-Bus at {self._shown_bus}"
            case _:
                return network_finding(error)
        return Finding(Outcome.FAILED, one_line(words))

    @property
    def _whose(self) -> str:
        return "for the user" if self._options.user else "for the system"

    @property
    def _shown_bus(self) -> str:
        return one_line(self._address.removeprefix("unix:path="), 80)


def open_probe(options: Options) -> Probe:
    load_dbus()
    return SystemdProbe(options, bus_address(user=options.user))


def shown_target(options: Options) -> str:
    name = unit_name(options.target)
    return f"{name} (user)" if options.user else name


def unit_name(target: str) -> str:
    """Return the name with its type."""
    is_whole = "." in target and target.rpartition(".")[2] in _TYPES
    return target if is_whole else f"{target}.service"


def unit_path(name: str) -> str:
    """Return the object's path: "/org/freedesktop/systemd1/unit/nginx_2eservice"."""
    first, rest = name[0], name[1:]
    escaped = [first if first.isalpha() else f"_{ord(first):02x}"]
    escaped += [char if char.isalnum() else f"_{ord(char):02x}" for char in rest]
    return f"/org/freedesktop/systemd1/unit/{''.join(escaped)}"


def bus_address(*, user: bool) -> str:
    """Return where the bus is, by the variables that every D-Bus program obeys."""
    if not user:
        default = "unix:path=/run/dbus/system_bus_socket"
        return os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") or default
    folder = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}"
    return os.environ.get("DBUS_SESSION_BUS_ADDRESS") or f"unix:path={folder}/bus"
