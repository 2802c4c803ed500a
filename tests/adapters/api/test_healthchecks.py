import json
from pathlib import Path

import pytest

from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.engine.heart import Heart
from conductor_tui.testing import FakeClock
from tests.adapters.api.visit import UUID, Visitor, agent, heart_of, last_of, send

RID = "123e4567-e89b-12d3-a456-426614174000"
KEY = "ping-key-1"


async def backup() -> tuple[Heart, Visitor]:
    heart = await heart_of(agent("Backup (db)", uuid=UUID), ping_key=KEY)
    return heart, Visitor(heart)


@pytest.mark.parametrize("start", [f"/ping/{UUID}", f"/ping/{KEY}/backup-db"])
@pytest.mark.parametrize(
    ("end", "kind", "code"),
    [
        ("", BeatKind.BEAT, None),
        ("/start", BeatKind.START, None),
        ("/fail", BeatKind.FAIL, None),
        ("/log", BeatKind.LOG, None),
        ("/0", BeatKind.BEAT, 0),
        ("/7", BeatKind.FAIL, 7),
        ("/255", BeatKind.FAIL, 255),
    ],
)
async def test_the_end_of_the_url_says_what_happened(
    start: str, end: str, kind: BeatKind, code: int | None
) -> None:
    heart, outside = await backup()
    given = await outside.ask("GET", f"{start}{end}", query={"rid": RID})
    assert (given.status, given.body) == (200, b"OK")
    last = last_of(heart, "Backup (db)")
    assert (last.kind, last.exit_code, last.run) == (kind, code, RID)


@pytest.mark.parametrize("method", ["HEAD", "GET", "POST", "PUT", "OPTIONS"])
async def test_any_method_is_a_ping(method: str) -> None:
    heart, outside = await backup()
    assert (await outside.ask(method, f"/ping/{UUID}/")).status == 200
    assert last_of(heart, "Backup (db)").kind is BeatKind.BEAT


async def test_the_answer_has_the_headers_that_clients_look_for() -> None:
    _, outside = await backup()
    headers = (await outside.ask("GET", f"/ping/{UUID}")).headers
    assert headers["Ping-Body-Limit"] == "10000"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/ping/00000000-0000-4000-8000-000000000000", 404, b"not found"),
        (f"/ping/{UUID}/stop", 404, b"not found"),
        (f"/ping/{UUID}/start/twice", 404, b"not found"),
        (f"/ping/{UUID}/256", 400, b"invalid url format"),
        (f"/ping/{UUID}/{'9' * 5000}", 400, b"invalid url format"),
        ("/ping/", 404, b"not found"),
        ("/ping/wrong-key/backup-db", 404, b"not found"),
        (f"/ping/{KEY}/Backup-db", 400, b"invalid url format"),
        (f"/ping/{KEY}/backup-db/", 404, b"not found"),
        (f"/ping/{KEY}/nobody", 404, b"not found"),
        (f"/ping/{KEY}", 404, b"not found"),
    ],
)
async def test_what_is_wrong_with_a_url_is_said_as_healthchecks_does(
    path: str, status: int, body: bytes
) -> None:
    heart, outside = await backup()
    given = await outside.ask("POST", path)
    assert (given.status, given.body) == (status, body)
    view = heart.view(AgentId("Backup (db)"))
    assert view is not None
    assert view.beats == 0


async def test_a_run_is_named_by_a_uuid_of_any_case() -> None:
    heart, outside = await backup()
    given = await outside.ask("GET", f"/ping/{UUID}", query={"rid": "x"})
    assert (given.status, given.body) == (400, b"invalid uuid format")
    upper = {"rid": RID.upper()}
    assert (await outside.ask("GET", f"/ping/{UUID}", query=upper)).status == 200
    assert last_of(heart, "Backup (db)").run == RID


async def test_two_agents_with_one_slug_are_ambiguous() -> None:
    heart = await heart_of(agent("my.job"), agent("MyJob"), ping_key=KEY)
    given = await Visitor(heart).ask("GET", f"/ping/{KEY}/myjob")
    assert (given.status, given.body) == (409, b"ambiguous slug")


async def test_without_a_ping_key_nobody_pings_by_name() -> None:
    outside = Visitor(await heart_of(agent("backup")))
    assert (await outside.ask("GET", "/ping/any/backup")).status == 404


async def test_a_ping_may_create_its_agent_with_a_day_and_an_hour() -> None:
    heart = await heart_of(ping_key=KEY, names="job-.*", limit=1)
    outside = Visitor(heart)
    create = {"create": "1"}
    first = await outside.ask("POST", f"/ping/{KEY}/job-1/start", query=create)
    assert (first.status, first.body) == (201, b"Created")
    spec = heart.agents[AgentId("job-1")].spec
    assert (spec.interval_s, spec.grace_s, spec.is_created) == (86_400, 3600, True)
    assert last_of(heart, "job-1").kind is BeatKind.START
    again = await outside.ask("POST", f"/ping/{KEY}/job-1", query=create)
    assert (again.status, again.body) == (200, b"OK")
    more = await outside.ask("POST", f"/ping/{KEY}/job-2", query=create)
    assert (more.status, b"no room" in more.body) == (403, True)
    bad = await outside.ask("POST", f"/ping/{KEY}/job-3", query={**create, "rid": "x"})
    assert bad.status == 400


async def test_an_agent_that_may_come_by_itself_needs_no_create() -> None:
    heart = await heart_of(ping_key=KEY, names="job-.*")
    given = await Visitor(heart).ask("GET", f"/ping/{KEY}/job-1")
    assert (given.status, given.body) == (201, b"Created")


async def test_a_body_becomes_words_its_end_where_it_is_long() -> None:
    heart, outside = await backup()
    await outside.ask("POST", f"/ping/{UUID}/fail", b"disk\n full \xff")
    assert last_of(heart, "Backup (db)").words == "disk full \ufffd"
    await outside.ask("POST", f"/ping/{UUID}/fail", b"x" * 9000 + b"\nNo space left")
    words = last_of(heart, "Backup (db)").words
    assert (len(words), words[0], words[-14:]) == (200, "…", " No space left")


async def test_a_json_object_becomes_metadata() -> None:
    heart, outside = await backup()
    await outside.ask("POST", f"/ping/{UUID}", b'{"rows": 12}')
    last = last_of(heart, "Backup (db)")
    assert (json.loads(last.note), last.words) == ({"rows": 12}, "")
    await outside.ask("POST", f"/ping/{UUID}", b'{"rows": 12')
    assert last_of(heart, "Backup (db)").words == '{"rows": 12'


async def test_more_than_the_body_limit_is_dropped(tmp_path: Path) -> None:
    heart, _ = await backup()
    way = HttpWay(tmp_path / "c.sock")
    await way.open(heart)
    body = b"x" * 9_990 + b"\nkept too!" + b"y" * 500_000
    assert (await send(way, "POST", f"/ping/{UUID}", body)).status == 200
    await way.close()
    assert last_of(heart, "Backup (db)").words.endswith("x kept too!")


async def test_what_a_script_does_is_what_a_person_sees() -> None:
    clock = FakeClock()
    heart = await heart_of(agent("job", uuid=UUID), clock=clock)
    outside = Visitor(heart)
    healths = []
    for end in ("", "/start", "/3", "/log", "/start", ""):
        await outside.ask("POST", f"/ping/{UUID}{end}")
        await clock.advance(1.0)
        view = heart.view(AgentId("job"))
        assert view is not None
        healths.append(view.health)
    well, failed = Health.HEALTHY, Health.FAILED
    assert healths == [well, well, failed, failed, failed, well]
    assert last_of(heart, "job").duration_s == pytest.approx(1.0)
