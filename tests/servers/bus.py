"""A real dbus-daemon of our own, and on it a systemd that tells what the test says.

No systemd runs where the tests do. What is said has the names, types and errors of
org.freedesktop.systemd1(5), version 252.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from conductor_tui.adapters.probes.systemd import unit_path
from tests.servers.daemon import binary, stop

SYSTEMD = "org.freedesktop.systemd1"
_TYPES = {str: "s", int: "t", tuple: "(ss)"}
_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>{denied}
  </policy>
</busconfig>
"""
_DENIED = '<deny send_destination="org.freedesktop.systemd1"/>'


@contextmanager
def bus_daemon(folder: Path, *, denies: bool = False) -> Iterator[str]:
    """Run a daemon for the time of a block and give the address of its bus."""
    config = folder / "bus.conf"
    denied = _DENIED if denies else ""
    config.write_text(_CONFIG.format(folder=folder, denied=denied), "utf-8")
    argv = [binary("dbus-daemon"), f"--config-file={config}", "--nofork"]
    (folder / "bus").unlink(missing_ok=True)  # left behind by one that was killed
    with (folder / "bus.log").open("wb") as log:
        daemon = Popen(
            [*argv, "--nopidfile", "--print-address"],
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=log,
        )
    assert daemon.stdout
    try:
        if not daemon.stdout.readline():  # its address, once it listens
            raise RuntimeError((folder / "bus.log").read_text("utf-8"))
        yield f"unix:path={folder}/bus"
    finally:
        daemon.stdout.close()
        stop(daemon)


@dataclass(slots=True)
class Systemd:
    """`units` by name: properties by name, of whichever interface. `is_silent`: no
    call is answered any more.
    """

    bus: MessageBus
    units: dict[str, dict[str, Any]] = field(default_factory=dict)
    callers: list[str] = field(default_factory=list)
    is_silent: bool = False

    def answer(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.interface != "org.freedesktop.DBus.Properties":
            return None
        self.callers.append(message.sender or "")
        if self.is_silent:
            return True  # taken care of, and never answered
        unit = self._unit(message.path or "")
        if message.member == "GetAll":
            return Message.new_method_return(message, "a{sv}", [variants(unit)])
        name = message.body[1]
        return Message.new_method_return(message, "v", [variants(unit)[name]])

    def _unit(self, path: str) -> dict[str, Any]:
        """Systemd makes up a unit for every name: one that is not there."""
        found = [one for name, one in self.units.items() if unit_path(name) == path]
        return found[0] if found else properties("inactive", "dead", load="not-found")


def properties(
    active: str, sub: str, *, load: str = "loaded", **more: object
) -> dict[str, Any]:
    return {
        "LoadState": load,
        "ActiveState": active,
        "SubState": sub,
        "LoadError": ("", ""),
        "ActiveEnterTimestamp": 1_900_000_000_000_000,
        "InactiveEnterTimestamp": 0,
        "Result": "success",
        "NRestarts": 0,
        **more,
    }


def variants(unit: dict[str, Any]) -> dict[str, Variant]:
    return {
        name: Variant("u" if name == "NRestarts" else _TYPES[type(value)], value)
        for name, value in unit.items()
    }


@asynccontextmanager
async def systemd(address: str) -> AsyncIterator[Systemd]:
    """Be systemd on that bus for the time of a block."""
    bus = await MessageBus(address).connect()
    told = Systemd(bus)
    bus.add_message_handler(told.answer)
    await bus.request_name(SYSTEMD)
    try:
        yield told
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
