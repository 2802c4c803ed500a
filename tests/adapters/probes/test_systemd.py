"""The systemd probe, over a real dbus-daemon, against a systemd made up for it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from conductor_tui.adapters.probes.systemd import (
    Options,
    bus_address,
    open_probe,
    shown_target,
    unit_path,
)
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.ports import Probe
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops, open_files, until
from tests.servers.bus import Systemd, bus_daemon, properties, systemd
from tests.servers.hostile import Behaviour, black_hole, hang_up, saying

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
RUNNING = Finding(PASSED, "active (running) since 2030-03-17 17:46:40 UTC")


def speaking_in_turn(*chunks: bytes) -> Behaviour:
    """Answer each thing that is said with the next of these, then hang up."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for chunk in chunks:
            await reader.read(65536)
            writer.write(chunk)
            await writer.drain()
        await reader.read()

    return speak


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bus_daemon(tmp_path_factory.mktemp("bus")) as address:
        yield address


@pytest.fixture(autouse=True)
def no_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")


def use(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[Probe]:
    probe = open_probe(Options(**{"target": "web", **options}))
    try:
        yield probe
    finally:
        probe.close()
        await settle()


@asynccontextmanager
async def watched(address: str, **options: Any) -> AsyncIterator[tuple[Systemd, Probe]]:
    with pytest.MonkeyPatch.context() as patch:
        use(patch, address)
        async with systemd(address) as told, opened(**options) as probe:
            yield told, probe


@pytest.mark.server
@pytest.mark.parametrize(
    ("unit", "options", "finding"),
    [
        pytest.param(properties("active", "running"), {}, RUNNING, id="running"),
        pytest.param(
            properties("active", "exited", ActiveEnterTimestamp=0),
            {},
            Finding(PASSED, "active (exited)"),
            id="a one-shot",
        ),
        pytest.param(
            properties("activating", "start-pre"),
            {},
            Finding(PASSED, "activating (start-pre)", warns=True),
            id="on its way",
        ),
        pytest.param(
            properties("reloading", "reload"),
            {},
            Finding(PASSED, "reloading (reload)", warns=True),
            id="reloading",
        ),
        pytest.param(
            properties("activating", "auto-restart", Result="exit-code"),
            {},
            Finding(
                FAILED,
                "activating (auto-restart): it ended with an error (exit-code)",
            ),
            id="between two crashes",
        ),
        pytest.param(
            properties("failed", "failed", Result="oom-kill"),
            {},
            Finding(
                FAILED, "failed (failed): it was killed for want of memory (oom-kill)"
            ),
            id="failed",
        ),
        pytest.param(
            properties("failed", "failed", Result="new\nreason\x1b"),
            {},
            Finding(FAILED, "failed (failed): new reason\\x1b"),
            id="a reason of a later systemd",
        ),
        pytest.param(
            properties("inactive", "dead"),
            {},
            Finding(FAILED, "inactive (dead)"),
            id="stopped",
        ),
        pytest.param(
            properties("inactive", "dead"),
            {"expect": ("inactive",)},
            Finding(PASSED, "inactive (dead)"),
            id="stopped, as it should be",
        ),
        pytest.param(
            properties("activating", "start"),
            {"expect": ("inactive",)},
            Finding(FAILED, "activating (start)"),
            id="on the way to where it should not be",
        ),
        pytest.param(
            properties("inactive", "dead", load="masked"),
            {},
            Finding(FAILED, "masked: see systemctl unmask"),
            id="masked",
        ),
        pytest.param(
            properties(
                "inactive",
                "dead",
                load="bad-setting",
                LoadError=("a.b", "no ExecStart"),
            ),
            {},
            Finding(FAILED, "its file cannot be used (bad-setting): no ExecStart"),
            id="a bad file",
        ),
        pytest.param(
            properties("inactive", "dead", load="error"),
            {},
            Finding(FAILED, "its file cannot be used (error)"),
            id="a bad file, without words",
        ),
        pytest.param(
            properties("active", "running", load="not-found"),
            {},
            RUNNING,
            id="still running without its file",
        ),
    ],
)
async def test_a_unit_is_as_well_as_systemd_says(
    address: str, unit: dict[str, Any], options: dict[str, Any], finding: Finding
) -> None:
    async with watched(address, **options) as (told, probe):
        told.units["web.service"] = unit
        assert await probe() == finding


@pytest.mark.server
async def test_a_unit_that_is_not_there_fails(address: str) -> None:
    async with watched(address) as (_, probe):
        assert await probe() == Finding(FAILED, "there is no unit web.service")


@pytest.mark.server
@pytest.mark.parametrize("target", ["backup.timer", "app.slice", "getty@tty1", "a.b-c"])
async def test_every_type_of_unit_is_found_under_its_name(
    address: str, target: str
) -> None:
    name = target if target.endswith(("timer", "slice")) else f"{target}.service"
    async with watched(address, target=target) as (told, probe):
        told.units[name] = properties("active", "running")
        assert await probe() == RUNNING


@pytest.mark.server
async def test_a_restart_between_two_checks_is_a_warning(address: str) -> None:
    details = []
    async with watched(address) as (told, probe):
        for restarts in (3, 4, 4, 6, 0):
            told.units["web.service"] = properties(
                "active", "running", ActiveEnterTimestamp=0, NRestarts=restarts
            )
            finding = await probe()
            details.append((finding.detail, finding.warns))

    assert details == [
        ("active (running)", False),
        ("active (running), restarted once since the last check", True),
        ("active (running)", False),
        ("active (running), restarted 2 times since the last check", True),
        ("active (running)", False),
    ]


@pytest.mark.server
@on_both_loops
async def test_all_probes_share_one_connection_and_the_last_one_closes_it(
    address: str,
) -> None:
    before = open_files()
    async with watched(address) as (told, probe), opened(target="db") as other:
        told.units["web.service"] = properties("active", "running")
        told.units["db.service"] = properties("active", "running")
        found = tuple(await asyncio.gather(probe(), other(), probe(), other()))
        assert len(set(told.callers)) == 1
        probe.close()
        await settle()
        assert await other() == RUNNING
        assert len(set(told.callers)) == 1
        assert await probe() == RUNNING
    await settle()

    assert found == (RUNNING,) * 4
    assert open_files() <= before


@pytest.mark.server
@on_both_loops
async def test_a_bus_that_was_restarted_is_joined_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, f"unix:path={tmp_path}/bus")
    with bus_daemon(tmp_path) as address:
        async with watched(address) as (told, probe):
            told.units["web.service"] = properties("active", "running")
            before = await probe()
            kept = open_probe(Options(target="web"))
            assert await kept() == before
    gone = await kept()
    with bus_daemon(tmp_path) as address:
        nobody = await kept()
        async with systemd(address) as told:
            told.units["web.service"] = properties("active", "running")
            after = await kept()
        kept.close()
        await settle()

    assert (before, after) == (RUNNING, RUNNING)
    assert gone.detail.startswith(f"no D-Bus at {tmp_path}/bus: is this machine run")
    words = f"no systemd for the system answers on the bus {tmp_path}/bus"
    assert nobody == Finding(FAILED, words)


@pytest.mark.server
async def test_a_silent_systemd_costs_no_connection_for_ever(address: str) -> None:
    async with watched(address) as (told, probe):
        told.units["web.service"] = properties("active", "running")
        told.is_silent = True
        for asked in range(1, 17):
            check = asyncio.ensure_future(probe())
            await until(lambda: len(told.callers) == asked)  # noqa: B023
            check.cancel()
            with pytest.raises(asyncio.CancelledError):
                await check
        told.is_silent = False
        assert await probe() == RUNNING

    assert len(set(told.callers[:16])) == 1
    assert told.callers[16] != told.callers[0]


@pytest.mark.server
@on_both_loops
async def test_a_check_cancelled_at_any_moment_leaves_nothing(address: str) -> None:
    """Cancelled after 0, 1, 2 ... turns of the loop, until one is over by then."""

    async def is_cancelled_after(turns: int) -> bool:
        async with opened() as fresh:
            check = asyncio.ensure_future(fresh())
            for _ in range(turns):
                await asyncio.sleep(0)
            check.cancel()
            await asyncio.gather(check, return_exceptions=True)
            return check.cancelled()

    async with systemd(address) as told:
        told.units["web.service"] = properties("active", "running")
        before = open_files()
        with pytest.MonkeyPatch.context() as patch:
            use(patch, address)
            turns = 0
            while await is_cancelled_after(turns):
                turns += 1
            assert turns > 3
            async with opened() as fresh:
                assert await fresh() == RUNNING
        await until(lambda: open_files() <= before)


@pytest.mark.server
async def test_a_probe_closed_during_its_check_ends_it(address: str) -> None:
    async with systemd(address):
        with pytest.MonkeyPatch.context() as patch:
            use(patch, address)
            fresh = open_probe(Options(target="web"))
        check = asyncio.ensure_future(fresh())
        await settle(1)
        fresh.close()

        words = "the probe was closed during its check"
        assert await check == Finding(FAILED, words)


@pytest.mark.server
async def test_a_bus_that_denies_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bus_daemon(tmp_path, denies=True) as address:
        async with systemd(address):
            use(monkeypatch, address)
            async with opened() as probe:
                finding = await probe()

    assert finding.outcome is FAILED
    assert finding.detail.startswith("systemd lets user ")


@on_both_loops
async def test_without_a_bus_the_way_out_is_said(tmp_path: Path) -> None:
    async with opened() as probe:
        finding = await probe()

    assert finding.outcome is FAILED
    assert finding.detail.startswith(f"no D-Bus at {tmp_path}/none: is this machine")


@on_both_loops
async def test_without_a_bus_no_attempt_leaves_anything_in_the_log() -> None:
    async with opened() as probe:
        await probe()
        before = list(logging.getLogger("dbus_fast").handlers)
        for _ in range(3):
            await probe()

    assert logging.getLogger("dbus_fast").handlers == before


@on_both_loops
@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        pytest.param(hang_up, "", id="nothing"),
        pytest.param(
            saying(b"REJECTED KERBEROS\r\n"),
            "the bus does not let us in: authentication failed: REJECTED",
            id="another way to log in",
        ),
        pytest.param(
            saying(b"\x1b]0;x\r\n"),
            "the bus does not let us in: authentication failed: unknown response",
            id="no bus",
        ),
        pytest.param(
            speaking_in_turn(b"OK 0123456789abcdef\r\n", b"\xff" * 64),
            "the bus says what is no D-Bus: ",
            id="no messages",
        ),
    ],
)
async def test_what_is_no_bus_fails_in_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
    words: str,
) -> None:
    use(monkeypatch, f"unix:path={tmp_path}/no")
    before = open_files()
    async with talking(tmp_path / "no", behaviour), opened() as probe:
        finding = await probe()
    await settle()

    assert finding.outcome is FAILED
    assert finding.detail.startswith(words)
    assert finding.detail.isprintable()
    assert open_files() <= before


@on_both_loops
async def test_a_bus_that_hangs_holds_nothing_up_but_its_own_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, f"unix:path={tmp_path}/no")
    before = open_files()
    async with talking(tmp_path / "no", black_hole), opened() as probe:
        for _ in range(3):
            check = asyncio.ensure_future(probe())
            await settle()
            check.cancel()
            with pytest.raises(asyncio.CancelledError):
                await check
        assert len(open_files() - before) <= 3  # the listener, both ends of one
    await until(lambda: open_files() <= before)


@asynccontextmanager
async def talking(path: Path, behaviour: Behaviour) -> AsyncIterator[None]:
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await behaviour(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_unix_server(talk, str(path))
    yield
    server.close()
    for writer in writers:
        writer.transport.abort()
    await settle()


def test_the_bus_is_where_its_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SYSTEM_BUS_ADDRESS")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    said = [bus_address(user=user) for user in (False, True)]
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:abstract=x")

    assert said == [
        "unix:path=/run/dbus/system_bus_socket",
        "unix:path=/run/user/7/bus",
    ]
    assert bus_address(user=True) == "unix:abstract=x"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("nginx.service", "nginx_2eservice", id="a dot"),
        pytest.param("7zip.service", "_37zip_2eservice", id="a digit in front"),
        pytest.param("a-b@c_d.timer", "a_2db_40c_5fd_2etimer", id="other characters"),
    ],
)
def test_a_unit_s_path_is_made_as_systemd_makes_it(name: str, path: str) -> None:
    assert unit_path(name) == f"/org/freedesktop/systemd1/unit/{path}"


def test_what_is_shown_is_the_whole_name() -> None:
    assert shown_target(Options(target="web")) == "web.service"
    assert shown_target(Options(target="a.socket", user=True)) == "a.socket (user)"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"target": ""}, "must be a unit such as", id="nothing"),
        pytest.param({"target": "a b"}, "must be a unit such as", id="a space"),
        pytest.param({"target": "/etc/x"}, "must be a unit such as", id="a path"),
        pytest.param({"target": "x" * 300}, "must be a unit such as", id="too long"),
        pytest.param({"target": "getty@"}, "is a template", id="a template"),
        pytest.param({"expect": ()}, "expect must have a state", id="no state"),
    ],
)
def test_options_that_cannot_work_are_refused_in_words(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**{"target": "web", **options})
