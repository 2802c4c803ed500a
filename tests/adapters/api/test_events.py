"""GET /v1/events of a whole engine, with and without a journal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from pydantic import TypeAdapter

from conductor_tui.adapters.wire.schema import EventDocument
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.snapshot import Snapshot
from tests.adapters.api.conducting import Client, Document, conductor
from tests.build import spec


class FakeArchive:
    """Knows what it is given, or fails. Satisfies ports.Archive."""

    def __init__(self) -> None:
        self.known: Sequence[Envelope] = ()
        self.trouble = ""

    def past(self, at: datetime) -> Snapshot:
        raise JournalFailed("not asked for here")

    def step(self, at: datetime, by: int) -> datetime | None:
        return None

    def events(
        self, since: datetime, until: datetime | None = None, *, limit: int = 1000
    ) -> tuple[Envelope, ...]:
        if self.trouble:
            raise JournalFailed(self.trouble)
        known = (one for one in self.known if one.at >= since)
        return tuple(one for one in known if until is None or one.at < until)[-limit:]


async def events(client: Client, **query: str) -> list[Document]:
    status, document = await client.get("/v1/events", **query)
    assert status == 200, document
    found: list[Document] = document["events"]
    TypeAdapter(list[EventDocument]).validate_python(found)
    return found


async def test_what_happened_is_told_oldest_first_in_words() -> None:
    async with conductor() as client:
        await client.post("/v1/breakers/api/trip", why="swap the disk")
        told = [one for one in await events(client) if one["about"] == "api"]
    assert [one["seq"] for one in told] == sorted(one["seq"] for one in told)
    moved, answered = told[-2:]
    assert moved["kind"] == "BreakerChanged"
    assert moved["words"].startswith("CLOSED -> HELD by ")
    assert moved["words"].endswith(": swap the disk")
    assert answered["kind"] == "CommandAnswered"
    assert answered["words"].endswith("granted: HELD until somebody resets it")


async def test_only_what_is_about_a_platform_is_told_when_it_is_asked_for() -> None:
    async with conductor(spec("web"), spec("db")) as client:
        for name in ("web", "db", "web"):
            await client.post(f"/v1/platforms/{name}/check")
        found = await events(client, platform="db")
        newest = await events(client, platform="db", limit="1")
    assert {one["about"] for one in found} == {"db"}
    assert newest == found[-1:]


async def test_events_are_told_from_since_on_and_before_until() -> None:
    async with conductor() as client:
        since = client.on.clock.now() + timedelta(seconds=30)
        until = since + timedelta(seconds=60)
        for _ in range(3):
            await client.on.pass_time(31)
            await client.post("/v1/platforms/api/check")
        found = await events(client, since=since.isoformat(), until=until.isoformat())
        blank = since.isoformat().replace("+", " ")  # a query that was not quoted
        assert await events(client, since=blank, until=until.isoformat()) == found
    moments = [datetime.fromisoformat(one["at"]) for one in found]
    assert moments
    assert all(since <= one < until for one in moments)


async def test_with_a_journal_it_is_asked_as_far_back_as_it_goes() -> None:
    archive = FakeArchive()
    async with conductor(archive=archive) as client:
        await client.post("/v1/platforms/api/check")
        archive.known = client.on.hub.snapshot.events[-2:]
        found = await events(client)
        assert [one["seq"] for one in found] == [one.seq for one in archive.known]
        assert await events(client, platform="api", limit="1") == found[-1:]


async def test_a_journal_that_cannot_be_read_is_said_in_words() -> None:
    archive = FakeArchive()
    archive.trouble = "journal.db: disk I/O error"
    async with conductor(archive=archive) as client:
        status, document = await client.get("/v1/events")
    assert (status, document["detail"]) == (503, "journal.db: disk I/O error")


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"since": "yesterday"}, 400, "since must be a moment with a time zone"),
        ({"since": "2030-01-01T12:00:00"}, 400, "not '2030-01-01T12:00:00'"),
        ({"until": "0001-01-01T00:00:00+23:59"}, 400, "until must be a moment"),
        ({"limit": "0"}, 400, "limit must be 1 to 10000, not '0'"),
        ({"limit": "9" * 5000}, 400, "limit must be 1 to 10000"),
        ({"platform": "nix"}, 404, "no platform is called 'nix'"),
        ({"name": "api"}, 400, "'name' is none of since, until, limit, platform"),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_words(
    query: dict[str, str], status: int, words: str
) -> None:
    async with conductor() as client:
        got, document = await client.get("/v1/events", **query)
    assert (got, words in document["detail"]) == (status, True), document
