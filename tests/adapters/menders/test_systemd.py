"""The restart of a unit, over a real dbus-daemon, by a systemd made up for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from conductor_tui.adapters.menders.kinds import open_mender
from conductor_tui.adapters.menders.systemd import Options
from conductor_tui.domain.alert import Subject, SubjectKind
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.servers.bus import SYSTEMD, bus_daemon

REDIS = Subject(kind=SubjectKind.PLATFORM, name="redis")
_JOB = "/org/freedesktop/systemd1/job/7"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bus_daemon(tmp_path_factory.mktemp("bus")) as address:
        yield address


@pytest.fixture(autouse=True)
def on_that_bus(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)


class Manager:
    """Restarts what it is told to: the job lasts for two questions, then the unit is
    in `state`. `refusal` is the name of an error to answer with.
    """

    def __init__(self, state: str = "active", refusal: str = "") -> None:
        self.state, self.refusal = state, refusal
        self.asked: list[object] = []
        self.method = ""
        self.job_questions = 0

    def answer(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.member in ("RestartUnit", "StopUnit", "StartUnit"):
            self.asked.append(tuple(message.body))
            self.method = message.member
            if self.refusal:
                return Message.new_error(message, self.refusal, "Access denied")
            return Message.new_method_return(message, "o", [_JOB])
        if message.member != "Get":
            return None
        value = self._value(message.body[1])
        return Message.new_method_return(message, "v", [value])

    def _value(self, name: str) -> Variant:
        if name != "Job":
            return Variant("s", self.state if name == "ActiveState" else "running")
        self.job_questions += 1
        return Variant("(uo)", [7, _JOB] if self.job_questions < 3 else [0, "/"])


async def restart(
    manager: Manager | None, address: str, verb: str = "restart"
) -> Finding:
    options = Options(unit="redis.service", verb=verb)
    bus = await MessageBus(address).connect()
    try:
        if manager is not None:
            bus.add_message_handler(manager.answer)
            await bus.request_name(SYSTEMD)
        return await open_mender(options)(REDIS, "refused")
    finally:
        await settle()
        bus.disconnect()
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


async def test_a_unit_is_restarted_and_the_end_of_its_job_waited_for(
    address: str,
) -> None:
    manager = Manager()
    found = await restart(manager, address)

    assert found == Finding(Outcome.PASSED, "restarted: active (running)")
    assert manager.asked == [("redis.service", "replace")]
    assert manager.job_questions == 3


async def test_a_unit_that_does_not_come_up_again_has_failed(address: str) -> None:
    found = await restart(Manager("failed"), address)

    assert found == Finding(Outcome.FAILED, "restarted: failed (running)")


@pytest.mark.parametrize(
    ("verb", "state", "method", "found"),
    [
        ("stop", "inactive", "StopUnit", Outcome.PASSED),
        ("stop", "failed", "StopUnit", Outcome.PASSED),
        ("stop", "active", "StopUnit", Outcome.FAILED),
        ("start", "active", "StartUnit", Outcome.PASSED),
        ("start", "failed", "StartUnit", Outcome.FAILED),
    ],
)
async def test_a_unit_is_stopped_and_started(
    address: str, verb: str, state: str, method: str, found: Outcome
) -> None:
    manager = Manager(state)
    assert (await restart(manager, address, verb)).outcome is found
    assert manager.method == method


async def test_a_missing_right_is_told_with_the_way_out(address: str) -> None:
    denied = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
    found = await restart(Manager(refusal=denied), address)

    assert found.outcome is Outcome.FAILED
    assert "polkit rule for org.freedesktop.systemd1.manage-units" in found.detail


async def test_without_systemd_it_says_so(address: str) -> None:
    found = await restart(None, address)

    assert found.outcome is Outcome.FAILED
    assert SYSTEMD in found.detail


async def test_without_a_bus_it_says_where_there_should_be_one(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    found = await restart(None, address)

    assert found.detail.startswith(f"no D-Bus at {tmp_path}/none: ")
