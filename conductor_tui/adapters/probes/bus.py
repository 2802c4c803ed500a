"""A connection to a D-Bus message bus, shared by all the probes of one loop.

dbus-fast speaks the protocol (dbus.freedesktop.org/doc/dbus-specification.html); here
is when to connect, whom to share with, and when to give up.
"""

import asyncio
import logging
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from conductor_tui.domain.errors import ConductorError
from conductor_tui.domain.text import one_line

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus
    from dbus_fast.message import Message

_MOST_UNANSWERED = 16  # in a row: the connection is no good
_TO_NOWHERE = logging.NullHandler()  # warnings would be printed into the screen


class BusError(ConductorError):
    """The bus, or who was asked, said no. `name` is D-Bus's, such as
    "org.freedesktop.DBus.Error.AccessDenied"; "" where there is none.
    """

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


class Bus:
    """One connection, made when first needed and again after it was lost."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._users: set[object] = set()
        self._kept: MessageBus | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._unanswered = 0

    def join(self, user: object) -> None:
        """Keep the connection until this user has left, and every other one."""
        self._users.add(user)

    def leave(self, user: object) -> bool:
        """Return True when nobody is left, and the connection is gone."""
        self._users.discard(user)
        if not self._users:
            self._drop()
        return not self._users

    async def call(
        self, to: str, path: str, method: str, signature: str, *arguments: object
    ) -> Sequence[object]:
        """Call "interface.Method" of the service `to`; return what it answers.

        Asks once more on a fresh connection where a kept one turns out to be lost.
        Raises OSError when the bus cannot be reached, BusError for every other no.
        """
        await _let_an_end_be_noticed()
        is_kept = self._kept is not None and self._kept.connected
        reply = await self._ask(to, path, method, signature, arguments)
        if reply is None and is_kept:
            reply = await self._ask(to, path, method, signature, arguments)
        if reply is None:
            raise BusError("", "the bus closed the connection")
        return _body(reply)

    async def _ask(
        self,
        to: str,
        path: str,
        method: str,
        signature: str,
        arguments: Sequence[object],
    ) -> "Message | None":
        """Return the reply; None when the connection was lost meanwhile."""
        from dbus_fast.constants import MessageFlag
        from dbus_fast.message import Message

        interface, _, member = method.rpartition(".")
        message = Message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            flags=MessageFlag.NO_AUTOSTART,
            signature=signature,
            body=list(arguments),
        )
        bus = await self._connected()
        try:
            reply: Message | None = await bus.call(message)
        except (EOFError, OSError):
            return None
        except asyncio.CancelledError:
            self._give_up(bus)
            raise
        except Exception as error:  # foreign code: what it makes of foreign bytes
            raise BusError("", _no_bus_words(error)) from error
        self._unanswered = 0
        return reply

    def _give_up(self, bus: "MessageBus") -> None:
        """Count a call that came to its deadline. dbus-fast remembers each one until
        the answer comes, so a silent connection must not be kept for ever.
        """
        self._unanswered += 1
        if self._unanswered >= _MOST_UNANSWERED and bus is self._kept:
            self._drop()

    async def _connected(self) -> "MessageBus":
        """Return the connection. A cancelled call leaves the connecting to go on: what
        comes of it is there for the next one.

        dbus-fast, cancelled in the turn in which the bus has let it in, closes a socket
        that the loop still watches, and uvloop aborts the process then.
        """
        while self._kept is None or not self._kept.connected:
            if self._connecting is None or self._connecting.done():
                connecting = self._connect()
                name = f"connecting to {self._address}"
                self._connecting = asyncio.create_task(connecting, name=name)
                self._connecting.add_done_callback(_take_note)
            await asyncio.shield(self._connecting)
            if not self._users:
                raise BusError("", "the probe was closed during its check")
        return self._kept

    async def _connect(self) -> None:
        self._unanswered = 0
        self._kept = await _connect(self._address)
        if not self._users:  # they have all left meanwhile
            self._drop()

    def _drop(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.disconnect()


_buses: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Bus]] = (
    WeakKeyDictionary()
)


def join_bus(address: str, user: object) -> Bus:
    """Return the running loop's bus of that address, and keep it for `user`."""
    of_loop = _buses.setdefault(asyncio.get_running_loop(), {})
    bus = of_loop.setdefault(address, Bus(address))
    bus.join(user)
    return bus


def leave_bus(bus: Bus, user: object) -> None:
    """Let go of it: the last user closes the connection, and it is forgotten."""
    if bus.leave(user):
        for of_loop in list(_buses.values()):
            for address in [key for key, one in of_loop.items() if one is bus]:
                del of_loop[address]


def load_dbus() -> None:
    """Import dbus-fast: it takes some 30 ms, which no check should have to wait for."""
    import_module("dbus_fast.aio")


def _take_note(connecting: "asyncio.Task[None]") -> None:
    """Fetch the exception: whoever waited for it may have been cancelled."""
    if not connecting.cancelled():
        connecting.exception()


async def _let_an_end_be_noticed() -> None:
    """Give the loop a turn to read what has come. A write to a connection that the
    other side has closed would leave an exception in dbus-fast that nobody can fetch.
    """
    for _ in range(2):  # what has come is read after what is ready to run
        await asyncio.sleep(0)


async def _connect(address: str) -> "MessageBus":
    from dbus_fast.aio import MessageBus
    from dbus_fast.errors import AuthError, InvalidAddressError

    logging.getLogger("dbus_fast").addHandler(_TO_NOWHERE)
    try:
        bus = await MessageBus(address).connect()
    except AuthError as error:
        raise BusError("", f"the bus does not let us in: {error}") from error
    except InvalidAddressError as error:
        raise BusError("", f"no address of a bus: {address}") from error
    except EOFError as error:
        raise BusError("", "the bus closed the connection") from error
    except OSError:
        raise
    except Exception as error:  # foreign code: what it makes of foreign bytes
        raise BusError("", _no_bus_words(error)) from error
    bus.add_message_handler(_nobody_asked)
    return bus


def _no_bus_words(error: Exception) -> str:
    return one_line(f"the bus says what is no D-Bus: {error or type(error).__name__}")


def _nobody_asked(_: "Message") -> None:
    """Take no part in anything. With a handler set, dbus-fast knows that the end of
    the connection is noticed, and leaves no exception for the loop to complain of.
    """


def _body(reply: "Message") -> Sequence[object]:
    from dbus_fast.constants import MessageType
    from dbus_fast.unpack import unpack_variants

    if reply.message_type is MessageType.ERROR:
        said = reply.body[0] if reply.body and isinstance(reply.body[0], str) else ""
        name = reply.error_name or ""
        raise BusError(name, one_line(said or name))
    body: Sequence[object] = unpack_variants(reply.body)
    return body
