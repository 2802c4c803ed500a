"""Requests to platforms over HTTP, and what is told of them elsewhere."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.metrics.counting import Counts
from conductor_tui.adapters.metrics.rendering import Metrics
from conductor_tui.adapters.wire.frames import (
    decode_envelope,
    decode_snapshot,
    encode_envelope,
    encode_snapshot,
)
from conductor_tui.domain.commands import TripBreaker
from conductor_tui.domain.dispatch import DispatchFigures, DispatchOutcome
from conductor_tui.domain.events import CheckFinished, DispatchSampled, PlatformAdded
from conductor_tui.domain.fold import replay
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.plugin_calls import PluginError, RequestRefused
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.local_session import LocalSession
from conductor_tui.testing import FakeClock
from tests import build
from tests.adapters.api.visit import Visitor
from tests.engine.plugins.fakes import PluginStage, plugin, plugin_stage

ECHO = PlatformName("echo")


class Sending:
    """Somebody on the unix socket of an engine whose plug-in echoes."""

    def __init__(self, made: PluginStage) -> None:
        session = LocalSession(made.staged.hub)
        control = made.staged.conductor.control.handle
        session.attach(asyncio.get_running_loop(), control)
        inside = Inside(session=session, requests=made.staged.conductor.requests)
        self.made, self.headers = made, dict[str, str]()
        self._visitor = Visitor(
            made.staged.conductor.heart, is_local=True, inside=inside
        )

    async def send(self, name: str = "echo", **said: object) -> tuple[int, Any]:
        path = f"/v1/platforms/{name}/requests"
        body = json.dumps({"keep": False, **said}).encode()
        asked = asyncio.create_task(self._visitor.ask("POST", path, body))
        while not asked.done():
            await self.made.rest()
        given = asked.result()
        self.headers = dict(given.headers)
        return given.status, json.loads(given.body)


@asynccontextmanager
async def sending() -> AsyncIterator[Sending]:
    api = PlatformSettings(spec=build.spec("api"), options=None)
    settings = Settings(platforms=(api,))
    async with plugin_stage(plugin("echo"), settings=settings) as made:
        yield Sending(made)


async def test_the_reply_is_the_answer() -> None:
    async with sending() as here:
        status, said = await here.send(
            payload={"n": [1, None, "é"]}, metadata={"from": "ann"}, id="order-812"
        )
        assert (status, said["id"], said["outcome"]) == (200, "order-812", "delivered")
        assert said["reply"] == {"payload": {"n": [1, None, "é"]}, "detail": ""}
        assert said["attempts"] == 1
        [asked] = here.made.host.worker("echo").asked
        assert asked.id == "order-812"
        assert asked.metadata == {"from": "ann", "idempotency-key": "order-812"}


async def test_without_a_body_it_is_one_too() -> None:
    async with sending() as here:
        status, said = await here.send()
        assert (status, said["reply"]["payload"]) == (200, None)
        assert said["id"]


@pytest.mark.parametrize(
    ("error", "status", "outcome"),
    [
        (RequestRefused("no such room"), 422, "refused"),
        (PluginError("gone", retry_after_s=60.0), 502, "failed"),
    ],
)
async def test_what_comes_of_it_is_its_status(
    error: Exception, status: int, outcome: str
) -> None:
    async with sending() as here:
        here.made.host.worker("echo").replies = [error]
        found, said = await here.send(id="r-1")
        assert (found, said["outcome"], said["id"]) == (status, outcome, "r-1")
        assert said["detail"] == str(error)
        is_named = isinstance(error, PluginError) and error.retry_after_s
        assert here.headers.get("Retry-After") == ("60" if is_named else None)


async def test_while_it_is_held_it_is_503_and_its_deadline_is_504() -> None:
    async with sending() as here:
        here.made.host.worker("echo").replies = [asyncio.Event()]
        status, said = await here.send(deadline_s=0.05)
        assert (status, said["outcome"]) == (504, "timed_out")
        staged = here.made.staged
        trip = TripBreaker(
            id=staged.new_id(),
            platform=ECHO,
            by="ann",
            epoch=staged.view("echo").breaker.epoch,
            why="moving",
        )
        await staged.ask(trip)
        status, said = await here.send()
        assert (status, said["outcome"], said["attempts"]) == (503, "rejected", 0)
        assert said["detail"] == "breaker HELD"


@pytest.mark.parametrize(
    ("name", "said", "status", "words"),
    [
        ("nope", {}, 404, "no platform is called 'nope'"),
        ("api", {}, 404, "api is only watched: a plug-in takes requests"),
        ("echo", {"payloads": 1}, 422, "'payloads' is none of id, type, payload"),
        ("echo", {"metadata": {"a": 1}}, 422, "metadata.a"),
        ("echo", {"priority": 101}, 422, "priority"),
        ("echo", {"deadline_s": 0}, 422, "deadline_s"),
        ("echo", {"deadline_s": 1e9}, 422, "deadline_s"),
        ("echo", {"id": "a b"}, 422, "id"),
    ],
)
async def test_what_is_written_wrongly_is_told_by_its_key(
    name: str, said: dict[str, object], status: int, words: str
) -> None:
    async with sending() as here:
        found, answer = await here.send(name, **said)
        assert found == status
        assert words in answer["detail"]


FIGURES = DispatchFigures(
    under_way=2,
    waiting=1,
    ended={DispatchOutcome.DELIVERED: 5, DispatchOutcome.REJECTED: 3},
    p50_s=0.002,
    p99_s=0.4,
)


def known() -> Snapshot:
    told = build.history(
        PlatformAdded(spec=build.spec("echo")),
        PlatformAdded(spec=build.spec("quiet")),
        DispatchSampled(figures=((ECHO, FIGURES), (PlatformName("gone"), FIGURES))),
    )
    return replay(Snapshot(host=build.NODE), told)


def test_the_figures_come_back_as_they_were() -> None:
    snapshot = known()
    assert snapshot.platforms[ECHO].requests == FIGURES
    found = decode_snapshot(encode_snapshot(snapshot))
    assert found.platforms[ECHO].requests == FIGURES
    [_, _, envelope] = build.history(
        PlatformAdded(spec=build.spec("echo")),
        PlatformAdded(spec=build.spec("quiet")),
        DispatchSampled(figures=((ECHO, FIGURES),)),
    )
    assert decode_envelope(encode_envelope(envelope)) == envelope


async def test_they_are_metrics_of_those_platforms_that_were_asked() -> None:
    metrics = Metrics(Counts(), known, FakeClock(), dict)
    lines = (await metrics.render()).decode().splitlines()
    assert 'conductor_requests_total{outcome="delivered",platform="echo"} 5' in lines
    assert 'conductor_requests_under_way{platform="echo"} 2' in lines
    assert not [one for one in lines if "requests" in one and '"quiet"' in one]


async def test_the_status_tells_them() -> None:
    async with sending() as here:
        await here.send()
        await here.made.staged.clock.advance(1)
        given = await here._visitor.ask("GET", "/v1/platforms/echo")
        requests = json.loads(given.body)["requests"]
        assert (requests["delivered"], requests["under_way"]) == (1, 0)


def test_a_check_takes_none_of_them_away() -> None:
    checked = build.history(
        PlatformAdded(spec=build.spec("echo")),
        DispatchSampled(figures=((ECHO, FIGURES),)),
        CheckFinished(result=build.result("echo")),
    )
    snapshot = replay(Snapshot(host=build.NODE), checked)
    assert snapshot.platforms[ECHO].requests == FIGURES
