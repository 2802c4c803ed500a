"""Dead letters over HTTP, and what is told of them elsewhere."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

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
from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.dead_letter import DeadLetter, LetterState, LetterView
from conductor_tui.domain.fold import replay
from conductor_tui.domain.ids import LetterId
from conductor_tui.domain.letter_events import LettersTold
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.local_session import LocalSession
from conductor_tui.testing import EPOCH, FakeClock
from tests import build
from tests.adapters.api.visit import Visitor
from tests.engine.dispatch.fakes import Sender, sender


class Reading:
    """Somebody on the unix socket of an engine that keeps letters."""

    def __init__(self, here: Sender) -> None:
        session = LocalSession(here.staged.hub)
        session.attach(asyncio.get_running_loop(), here.staged.conductor.control.handle)
        inside = Inside(session=session, requests=here.requests)
        self.here = here
        self._visitor = Visitor(
            here.staged.conductor.heart, is_local=True, inside=inside
        )

    async def ask(self, method: str, path: str, said: object = None) -> tuple[int, Any]:
        body = b"" if said is None else json.dumps(said).encode()
        place, _, query = path.partition("?")
        wanted = dict(parse_qsl(query))
        asking = self._visitor.ask(method, place, body, query=wanted)
        asked = asyncio.create_task(asking)
        while not asked.done():
            await self.here.made.rest()
        given = asked.result()
        return given.status, json.loads(given.body)

    async def numbers(self, query: str = "") -> list[int]:
        status, said = await self.ask("GET", f"/v1/dead-letters{query}")
        assert status == 200
        return [one["id"] for one in said["letters"]]


@asynccontextmanager
async def reading() -> AsyncIterator[Reading]:
    async with sender("echo", "db") as here:
        for name in ("echo", "db"):
            await here.trip(name)
        for n in range(3):
            await here.send({"n": n}, type=f"news.{n}", by="ann")
        await here.send("other", to="db")
        yield Reading(here)


async def test_they_are_listed_by_what_is_asked_for() -> None:
    async with reading() as there:
        _, said = await there.ask("GET", "/v1/dead-letters")
        assert (said["total"], said["waiting"]) == (4, 4)
        first = adapter(LetterView).validate_python(said["letters"][0])
        assert (first.to, first.type, first.by) == ("echo", "news.0", "ann")
        assert await there.numbers("?to=echo") == [1, 2, 3]
        assert await there.numbers("?type=news.1") == [2]
        assert await there.numbers("?after=2&limit=1") == [3]
        assert await there.numbers("?state=given_up") == []
        assert await there.numbers("?state=waiting&text=NEWS.2") == [3]


@pytest.mark.parametrize(
    ("method", "path", "said", "status", "words"),
    [
        ("GET", "/9", None, 404, "there is no dead letter 9"),
        ("GET", "/x", None, 404, "'x' is no number"),
        ("GET", "?state=lost", None, 400, "state must be WAITING or GIVEN UP"),
        ("GET", "?limit=0", None, 400, "limit must be"),
        ("GET", "?after=x", None, 400, "after must be"),
        ("POST", "/1/keep", {}, 404, "'keep' cannot be asked for here"),
        ("POST", "/1/redrive", {"to": "echo"}, 422, "stands in the address already"),
        ("POST", "/1/discard", {}, 422, "why: say it"),
        ("POST", "/discard", {"why": " "}, 409, "with a reason only"),
        ("POST", "/99/redrive", {}, 409, "no dead letter 99"),
        ("POST", "/redrive", {"letters": ["x"]}, 422, "letters.0"),
        ("GET", "/1/redrive", None, 405, "POST"),
    ],
)
async def test_what_cannot_be_is_told_in_words(
    method: str, path: str, said: object, status: int, words: str
) -> None:
    async with reading() as there:
        found, answer = await there.ask(method, f"/v1/dead-letters{path}", said)
        assert (found, words in answer["detail"]) == (status, True)
        assert await there.numbers() == [1, 2, 3, 4]


async def test_one_is_told_whole() -> None:
    async with reading() as there:
        _, said = await there.ask("GET", "/v1/dead-letters/2")
        letter: DeadLetter = adapter(DeadLetter).validate_python(said)
        assert letter == there.here.requests.letter(LetterId(2))
        assert letter.request.payload == {"n": 1}


async def test_people_redrive_and_discard_and_it_is_in_the_audit() -> None:
    async with reading() as there:
        status, said = await there.ask("POST", "/v1/dead-letters/1/redrive")
        assert (status, said["words"]) == (
            200,
            "1 is redriven later: its breaker is HELD",
        )
        status, said = await there.ask(
            "POST", "/v1/dead-letters/discard", {"letters": [1, 2], "why": "by hand"}
        )
        assert (status, said["words"]) == (200, "2 discarded")
        status, said = await there.ask(
            "POST", "/v1/dead-letters/discard", {"to": "db", "why": "by hand"}
        )
        assert await there.numbers() == [3]
        [*_, last] = there.here.staged.answers
        assert (last.verb, last.about, last.why) == (
            "discard letters",
            "dead letters for db",
            "by hand",
        )


def view(number: int, to: str = "echo", **more: Any) -> LetterView:
    return LetterView(id=LetterId(number), to=to, at=EPOCH, size_bytes=10, **more)


def snapshot() -> Snapshot:
    given_up = view(2, state=LetterState.GIVEN_UP)
    events = build.history(
        LettersTold(letters=(view(1), given_up, view(3, "db"))),
        LettersTold(letters=(view(4),), gone=(LetterId(1),)),
    )
    assert [decode_envelope(encode_envelope(one)) for one in events] == events
    return replay(Snapshot(), events)


def test_a_remote_session_has_them_too() -> None:
    found = snapshot()
    assert list(found.letters) == [2, 3, 4]
    assert decode_snapshot(encode_snapshot(found)).letters == found.letters


async def test_they_are_in_the_metrics() -> None:
    found = snapshot()
    text = (await Metrics(Counts(), lambda: found, FakeClock(), dict).render()).decode()
    for line in (
        'conductor_dead_letters{state="waiting",to="echo"} 1',
        'conductor_dead_letters{state="given_up",to="echo"} 1',
        'conductor_dead_letters{state="given_up",to="db"} 0',
        "conductor_dead_letters_bytes 30",
        'conductor_dead_letters_oldest_timestamp_seconds{to="db"} 1893499200',
    ):
        assert line in text
