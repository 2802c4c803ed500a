import json

import pytest

from conductor_tui.adapters.api.go_duration import go_seconds
from conductor_tui.adapters.api.known import gatus_key, slug
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import AgentId
from tests.adapters.api.visit import Visitor, agent, heart_of, last_of

PUSH = "/api/push/tok-en"
EXTERNAL = "/api/v1/endpoints/core_my-job/external"
BEARER = {"Authorization": "Bearer tok-en"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_kuma_any_method_is_a_push(method: str) -> None:
    heart = await heart_of(agent("job", token="tok-en"))
    query = {"status": "up", "msg": "OK", "ping": "250"}
    given = await Visitor(heart).ask(method, PUSH, query=query)
    assert (given.status, given.body) == (200, b'{"ok":true}')
    last = last_of(heart, "job")
    assert (last.kind, last.words, last.duration_s) == (BeatKind.BEAT, "", 0.25)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({}, BeatKind.BEAT),
        ({"status": ""}, BeatKind.BEAT),
        ({"status": "down", "msg": "no db"}, BeatKind.FAIL),
        ({"status": "UP"}, BeatKind.FAIL),
        ({"ping": ""}, BeatKind.BEAT),
        ({"ping": "nan"}, BeatKind.BEAT),
    ],
)
async def test_kuma_whatever_is_not_up_is_down(
    query: dict[str, str], kind: BeatKind
) -> None:
    heart = await heart_of(agent("job", token="tok-en"))
    assert (await Visitor(heart).ask("GET", PUSH, query=query)).status == 200
    last = last_of(heart, "job")
    assert (last.kind, last.words) == (kind, query.get("msg", ""))
    assert last.duration_s is None


async def test_kuma_a_token_that_nobody_has_is_not_found() -> None:
    heart = await heart_of(agent("job", token="tok-en"))
    for path in ("/api/push/other", "/api/push/", "/api/push/tok-en/x"):
        given = await Visitor(heart).ask("GET", path)
        assert given.status == 404
        assert json.loads(given.body) == {
            "ok": False,
            "msg": "Monitor not found or not active.",
        }


@pytest.mark.parametrize("ping", ["-1", "1e12", "inf"])
async def test_kuma_a_ping_beyond_all_bounds_is_refused(ping: str) -> None:
    heart = await heart_of(agent("job", token="tok-en"))
    given = await Visitor(heart).ask("GET", PUSH, query={"ping": ping})
    assert given.status == 404
    assert "Invalid ping value" in json.loads(given.body)["msg"]
    view = heart.view(AgentId("job"))
    assert view is not None
    assert view.beats == 0


async def test_gatus_a_result_is_taken_with_its_error_and_duration() -> None:
    heart = await heart_of(agent("My Job", token="tok-en", group="Core"))
    outside = Visitor(heart)
    well = {"success": "true", "error": "", "duration": "1m1.5s"}
    given = await outside.ask("POST", EXTERNAL, headers=BEARER, query=well)
    assert (given.status, given.body) == (200, b"")
    last = last_of(heart, "My Job")
    assert (last.kind, last.duration_s) == (BeatKind.BEAT, 61.5)
    unwell = {"success": "false", "error": "no db"}
    await outside.ask("POST", EXTERNAL, headers=BEARER, query=unwell)
    last = last_of(heart, "My Job")
    assert (last.kind, last.words) == (BeatKind.FAIL, "no db")


WELL = {"success": "true"}
_BAD = {"Authorization": "Bearer bad"}
_NOBODY = "/api/v1/endpoints/core_nobody/external"


@pytest.mark.parametrize(
    ("path", "headers", "query", "status", "body"),
    [
        (_NOBODY, {}, {}, 400, "missing or invalid success query parameter"),
        (
            EXTERNAL,
            BEARER,
            {"success": "yes"},
            400,
            "missing or invalid success query parameter",
        ),
        (_NOBODY, {}, WELL, 401, "invalid Authorization header"),
        (
            EXTERNAL,
            {"Authorization": "Basic x"},
            WELL,
            401,
            "invalid Authorization header",
        ),
        (
            EXTERNAL,
            {"Authorization": "Bearer  "},
            WELL,
            401,
            "bearer token must not be empty",
        ),
        (_NOBODY, _BAD, WELL, 404, "not found"),
        (EXTERNAL, _BAD, {**WELL, "duration": "x"}, 401, "invalid token"),
        (
            EXTERNAL,
            BEARER,
            {**WELL, "duration": "x"},
            400,
            'invalid duration: time: invalid duration "x"',
        ),
        ("/api/v1/endpoints/statuses", BEARER, WELL, 404, "not found"),
    ],
)
async def test_gatus_what_is_wrong_is_said_in_its_order(
    path: str, headers: dict[str, str], query: dict[str, str], status: int, body: str
) -> None:
    heart = await heart_of(agent("My Job", token="tok-en", group="Core"))
    given = await Visitor(heart).ask("POST", path, headers=headers, query=query)
    assert (given.status, given.body.decode()) == (status, body)
    view = heart.view(AgentId("My Job"))
    assert view is not None
    assert view.beats == 0


async def test_gatus_wants_a_post() -> None:
    outside = Visitor(await heart_of(agent("My Job", token="tok-en", group="Core")))
    given = await outside.ask("GET", EXTERNAL, headers=BEARER, query=WELL)
    assert (given.status, given.headers["Allow"]) == (405, "POST")


async def test_gatus_agents_that_share_a_key_are_told_apart_by_their_token() -> None:
    heart = await heart_of(
        agent("my job", token="first", group="core"),
        agent("my.job", token="tok-en", group="core"),
    )
    given = await Visitor(heart).ask("POST", EXTERNAL, headers=BEARER, query=WELL)
    assert given.status == 200
    assert last_of(heart, "my.job").via == "gatus"


@pytest.mark.parametrize(
    ("group", "name", "key"),
    [
        ("Core", "My Job", "core_my-job"),
        ("", "a/b_c.d,e f#g+h&i", "_a-b-c-d-e-f-g-h-i"),
        (" x ", " y ", "x_y"),
    ],
)
def test_keys_are_made_as_gatus_makes_them(group: str, name: str, key: str) -> None:
    assert gatus_key(group, name) == key


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Backup (db)", "backup-db"), ("a.b:c", "abc"), ("--É_x  y-", "e_x-y")],
)
def test_slugs_are_made_as_django_makes_them(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("10s", 10),
        ("1h2m3s", 3723),
        ("-1.5h", -5400),
        ("250ms", 0.25),
        (".5s", 0.5),
        ("+3us", 3e-6),
        ("3µs", 3e-6),
    ],
)
def test_durations_are_read_as_go_reads_them(text: str, seconds: float) -> None:
    assert go_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10", 'time: missing unit in duration "10"'),
        ("", 'time: invalid duration ""'),
        ("s", 'time: invalid duration "s"'),
        ("1d", 'time: invalid duration "1d"'),
        ("9999999999999h", 'time: invalid duration "9999999999999h"'),
    ],
)
def test_what_is_no_duration_is_said_as_go_says_it(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        go_seconds(text)
