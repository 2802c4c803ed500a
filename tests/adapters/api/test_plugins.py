"""Plug-ins over HTTP, and all that is told of them elsewhere."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from conductor_tui.adapters.metrics.counting import Counts
from conductor_tui.adapters.metrics.rendering import Metrics
from conductor_tui.adapters.wire.events import event_document
from conductor_tui.adapters.wire.frames import (
    decode_envelope,
    decode_snapshot,
    encode_envelope,
    encode_snapshot,
)
from conductor_tui.cli.daemon_words import line_of, plugin_lines
from conductor_tui.domain.events import Envelope, Event
from conductor_tui.domain.fold import replay
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    LogLine,
    PluginFigures,
    PluginSpec,
    PluginState,
)
from conductor_tui.domain.plugin_events import (
    PluginAdded,
    PluginChanged,
    PluginErred,
    PluginLogged,
    PluginRemoved,
    PluginsSampled,
)
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.local_session import LocalSession
from conductor_tui.testing import EPOCH, FakeClock
from tests import build
from tests.adapters.api.visit import Visitor
from tests.engine.plugins.fakes import PluginStage, plugin, plugin_stage, source

ECHO, DB = PluginName("echo"), PluginName("db")
P = PluginState


class Asking:
    """Somebody on the unix socket of an engine with plug-ins."""

    def __init__(self, made: PluginStage) -> None:
        session = LocalSession(made.staged.hub)
        control = made.staged.conductor.control.handle
        session.attach(asyncio.get_running_loop(), control)
        self.made = made
        self._visitor = Visitor(
            made.staged.conductor.heart, is_local=True, session=session
        )

    async def get(self, path: str) -> tuple[int, Any]:
        given = await self._visitor.ask("GET", path)
        return given.status, json.loads(given.body)

    async def post(self, path: str, **said: object) -> tuple[int, Any]:
        body = json.dumps(said).encode() if said else b""
        asked = asyncio.create_task(self._visitor.ask("POST", path, body))
        while not asked.done():
            await self.made.rest()
        given = asked.result()
        return given.status, json.loads(given.body)


@asynccontextmanager
async def asking() -> AsyncIterator[Asking]:
    async with plugin_stage(plugin("echo"), plugin("db", enabled=False)) as made:
        yield Asking(made)


async def test_all_are_listed_and_one_is_told_whole() -> None:
    async with asking() as here:
        worker = here.made.host.worker("echo")
        worker.log = [LogLine(at=EPOCH, text="hello", stream="stderr")]
        await here.made.staged.clock.advance(1)
        status, listed = await here.get("/v1/plugins")
        assert status == 200
        names = [(one["name"], one["state"]) for one in listed["plugins"]]
        assert names == [("echo", "ACTIVE"), ("db", "DISABLED")]
        status, one = await here.get("/v1/plugins/echo")
        assert (status, one["pid"], one["platforms"]) == (200, 100, ["echo"])
        assert one["limits"]["memory_bytes"] == 512 * 1024 * 1024
        assert one["log"][-1]["stream"] == "stderr"
        assert one["log"][-1]["text"] == "hello"


async def test_the_status_has_them_with_what_they_watch() -> None:
    async with asking() as here:
        _, status = await here.get("/v1/status")
        [echo, _] = status["plugins"]
        assert echo["platforms"] == ["echo"]


async def test_each_verb_does_what_it_says() -> None:
    async with asking() as here:
        for name, verb, state in (
            ("echo", "disable", P.DISABLED),
            ("db", "enable", P.ACTIVE),
            ("db", "reload", P.ACTIVE),
        ):
            status, said = await here.post(f"/v1/plugins/{name}/{verb}", by="ann")
            assert status == 200
            assert said["words"]
            assert here.made.view(name).state is state


async def test_over_commands_it_is_the_same() -> None:
    async with asking() as here:
        asked = {"command": "reload plugin", "plugin": "echo"}
        status, said = await here.post("/v1/commands", **asked)
        assert (status, said["words"]) == (200, "it ends and begins anew")


@pytest.mark.parametrize(
    ("path", "said", "status", "words"),
    [
        ("/v1/plugins/ecko/enable", {}, 404, "no plug-in is called 'ecko'"),
        ("/v1/plugins/echo/dance", {}, 404, "cannot be asked for here: enable"),
        ("/v1/plugins/echo/enable", {}, 409, "it is ACTIVE already"),
        ("/v1/plugins/echo/enable", {"plugin": "db"}, 422, "stands in the address"),
        ("/v1/plugins/echo/enable", {"now": 1}, 422, "'now' is no field of enable"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(
    path: str, said: dict[str, object], status: int, words: str
) -> None:
    async with asking() as here:
        found, answer = await here.post(path, **said)
        assert found == status
        assert words in json.dumps(answer)


async def test_what_was_installed_a_moment_ago_can_be_enabled_at_once() -> None:
    async with asking() as here:
        here.made.registry.sources.append(source("matrix"))
        status, said = await here.post("/v1/plugins/matrix/enable")
        assert (status, said["words"]) == (200, "enabled: it begins now")
        assert here.made.view("matrix").state is P.ACTIVE


async def test_a_name_that_is_not_there_says_which_one_was_meant() -> None:
    async with asking() as here:
        status, said = await here.get("/v1/plugins/ecko")
        assert status == 404
        assert "did you mean 'echo'?" in json.dumps(said)


EVENTS: tuple[Event, ...] = (
    PluginAdded(spec=PluginSpec(plugin=ECHO, source="echo 1.0", requires=(DB,))),
    PluginAdded(spec=PluginSpec(plugin=DB), state=P.DISABLED),
    PluginChanged(plugin=ECHO, was=P.DISCOVERED, now=P.LOADING, why="enabled by ann"),
    PluginChanged(plugin=ECHO, was=P.LOADING, now=P.ACTIVE, pid=812),
    PluginLogged(plugin=ECHO, lines=(LogLine(at=EPOCH, text="hello"),)),
    PluginErred(plugin=ECHO, why="health_check raised KeyError", count=3),
    PluginsSampled(figures=((ECHO, PluginFigures(pid=812, rss_bytes=5_000_000)),)),
    PluginChanged(
        plugin=ECHO,
        was=P.ACTIVE,
        now=P.LOADING,
        why="it hung",
        is_failure=True,
        restarts=1,
        retry_at=EPOCH,
    ),
)


def told(*events: Event) -> list[Envelope]:
    return list(build.history(*events))


def test_every_event_of_theirs_and_all_that_is_known_comes_back_as_it_was() -> None:
    envelopes = told(*EVENTS, PluginRemoved(plugin=DB, why="uninstalled"))
    assert [decode_envelope(encode_envelope(one)) for one in envelopes] == envelopes
    snapshot = replay(Snapshot(), told(*EVENTS))
    found = decode_snapshot(encode_snapshot(snapshot))
    assert found.plugins == snapshot.plugins
    assert list(found.plugins) == ["echo", "db"]


def test_a_conductor_that_knows_no_plug_ins_is_understood() -> None:
    old = json.loads(encode_snapshot(Snapshot()))
    del old["plugins"]
    assert decode_snapshot(json.dumps(old)).plugins == {}


def test_each_has_its_name_and_a_line_for_who_reads_json() -> None:
    documents = [event_document(one) for one in told(*EVENTS)]
    words = [(one["about"], one["words"]) for one in documents]
    assert words == [
        ("echo", "found, DISCOVERED: echo 1.0"),
        ("db", "found, DISABLED"),
        ("echo", "DISCOVERED -> LOADING: enabled by ann"),
        ("echo", "LOADING -> ACTIVE"),
        ("echo", "hello"),
        ("echo", "health_check raised KeyError (3 times)"),
        ("", ""),
        ("echo", "ACTIVE -> LOADING: it hung"),
    ]


async def test_its_failures_its_state_and_what_it_takes_are_metrics() -> None:
    snapshot = replay(Snapshot(host=build.NODE), told(*EVENTS[:-1]))
    metrics = Metrics(Counts(), lambda: snapshot, FakeClock(), dict)
    text = (await metrics.render()).decode()
    for line in (
        'plugin_failure_total{plugin="echo"} 3',
        'plugin_failure_total{plugin="db"} 0',
        'conductor_plugin_state{plugin="echo",state="ACTIVE"} 1',
        'conductor_plugin_state{plugin="db",state="ACTIVE"} 0',
        'conductor_plugin_resident_memory_bytes{plugin="echo"} 5000000',
        'conductor_plugin_restarts_total{plugin="echo"} 0',
    ):
        assert line in text.splitlines()
    assert 'conductor_plugin_processes{plugin="db"}' not in text


def test_the_daemons_log_has_what_happens_and_what_they_write() -> None:
    lines = [line_of(one, is_verbose=False) for one in told(*EVENTS)]
    assert [(one[0], one[1]) for one in lines if one is not None] == [
        ("info", "echo plug-in found: echo 1.0"),
        ("info", "db plug-in found"),
        ("info", "echo plug-in LOADING: enabled by ann"),
        ("info", "echo plug-in ACTIVE"),
        ("warning", "echo plug-in error 3 times: health_check raised KeyError"),
        ("warning", "echo plug-in ended: it hung"),
    ]
    logged = PluginLogged(
        plugin=ECHO, lines=(LogLine(at=EPOCH, text="oh", stream="stderr"),)
    )
    [(level, words, fields)] = plugin_lines(logged)
    assert (level, words, fields["stream"]) == ("info", "echo: oh", "stderr")


def test_a_failed_one_is_an_error_in_the_log() -> None:
    failed = PluginChanged(plugin=ECHO, was=P.LOADING, now=P.FAILED, why="no such code")
    [envelope] = told(failed)
    line = line_of(envelope, is_verbose=False)
    assert line is not None
    assert line[0] == "error"
