import json
from datetime import timedelta

import pytest

from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.testing import EPOCH, FakeClock
from tests.adapters.api.visit import Visitor, agent, heart_of, last_of

BACKUP = AgentId("backup")
BEAT = "/v1/agents/backup/beat"


async def test_everything_a_beat_can_say_is_taken() -> None:
    heart = await heart_of(agent("backup"))
    said = {
        "kind": "fail",
        "metadata": {"cpu": 45.2, "né": True},
        "words": "disk full",
        "run": "a1",
        "exit_code": 3,
        "duration_s": 1.5,
    }
    here = Visitor(heart, is_local=True)
    given = await here.ask("POST", BEAT, json.dumps(said).encode())
    assert given.status == 200
    last = last_of(heart, "backup")
    assert last.kind is BeatKind.FAIL
    assert json.loads(last.note) == said["metadata"]
    assert last[3:7] == ("disk full", "a1", 3, 1.5)


async def test_an_agent_that_may_come_by_itself_is_created() -> None:
    heart = await heart_of(names="job-.*", limit=1)
    here = Visitor(heart, is_local=True)
    first = await here.ask("POST", "/v1/agents/job-1/beat")
    assert json.loads(first.body) == {"agent": "job-1", "heard": "created"}
    second = await here.ask("POST", "/v1/agents/job-2/beat")
    assert second.status == 429
    assert "1 agents came by themselves already" in json.loads(second.body)["error"]
    third = await here.ask("POST", "/v1/agents/other/beat")
    assert third.status == 404
    assert json.loads(third.body)["error"] == "no agent is called 'other'"


async def test_a_name_may_hold_a_slash_and_a_percent_sign() -> None:
    heart = await heart_of(agent("team/db%1"))
    here = Visitor(heart, is_local=True)
    given = await here.ask("POST", "/v1/agents/team%2Fdb%251/beat")
    assert json.loads(given.body)["agent"] == "team/db%1"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "the body must be a JSON object"),
        (b"{", "the body is no JSON"),
        (b"\xff", "the body is not UTF-8"),
        (b"[" * 60_000, "the body is JSON nested too deeply"),
        (b'{"kind": "beats"}', "kind is none of beat, warn, start, fail, log, stop"),
        (b'{"kind": []}', "kind is none of"),
        (b'{"exitcode": 3}', "'exitcode' is none of kind, metadata, words"),
        (b'{"exit_code": 256}', "exit_code must be a whole number from 0 to 255"),
        (b'{"exit_code": true}', "exit_code must be a whole number"),
        (b'{"duration_s": NaN}', "NaN is no number in JSON"),
        (b'{"duration_s": -1}', "duration_s must be a number of seconds"),
        (b'{"duration_s": 1e400}', "duration_s must be a number of seconds"),
        (b'{"words": 3}', "words must be a text"),
        (b'{"metadata": [1]}', "metadata must be an object"),
    ],
)
async def test_what_is_no_beat_is_refused_in_words(body: bytes, words: str) -> None:
    heart = await heart_of(agent("backup"))
    given = await Visitor(heart, is_local=True).ask("POST", BEAT, body)
    assert given.status == 400
    assert words in json.loads(given.body)["error"]
    view = heart.view(BACKUP)
    assert view is not None
    assert view.beats == 0


async def test_metadata_that_would_not_be_kept_is_refused() -> None:
    heart = await heart_of(agent("backup"))
    body = json.dumps({"metadata": {"log": "x" * 5000}}).encode()
    given = await Visitor(heart, is_local=True).ask("POST", BEAT, body)
    assert given.status == 413
    words = "metadata is longer than 4096 characters"
    assert json.loads(given.body)["error"] == words


@pytest.mark.parametrize(
    "body",
    [
        '{"metadata": {"cpu": 1, "words": "metadata"}}',
        ' { "metadata" :{"cpu": 1}  } ',
        '{"metadata": {"a": 1}, "metadata": {"b": 2}}',
        '{"\\u006detadata": {"metadata": {"a": 1}}}',
        '{"metadata": {"metadata": {"a": 1}}}',
        '{"metadata":\n {"a":\t1}}',
        '{"metadata": {"a": "\\ud800 \\n né"}}',
        '{"metadata": {}}',
        '{"metadata": {"a": 1}, "words": "x"}',
    ],
)
async def test_metadata_is_kept_as_it_was_meant(body: str) -> None:
    heart = await heart_of(agent("backup"))
    here = Visitor(heart, is_local=True)
    assert (await here.ask("POST", BEAT, body.encode())).status == 200
    note = last_of(heart, "backup").note
    assert json.loads(note or "{}") == json.loads(body)["metadata"]


async def test_a_name_that_may_not_be_is_refused() -> None:
    here = Visitor(await heart_of(names=".*"), is_local=True)
    given = await here.ask("POST", "/v1/agents/a%20b/beat")
    assert given.status == 400
    assert "spaces and control characters" in json.loads(given.body)["error"]


async def test_an_agent_s_token_opens_that_agent_alone() -> None:
    heart = await heart_of(agent("backup", token="mine-alone"), agent("other"))
    outside = Visitor(heart, "for-all")
    mine = {"Authorization": "bearer mine-alone"}
    assert (await outside.ask("POST", BEAT, headers=mine)).status == 200
    assert (await outside.ask("GET", "/v1/agents/backup", headers=mine)).status == 200
    other = await outside.ask("POST", "/v1/agents/other/beat", headers=mine)
    assert (other.status, b"mine-alone" in other.body) == (401, False)
    assert other.headers["WWW-Authenticate"].startswith("Bearer")
    assert (await outside.ask("GET", "/v1/agents", headers=mine)).status == 401


async def test_without_any_token_in_the_settings_nobody_comes_in_by_tcp() -> None:
    outside = Visitor(await heart_of(agent("backup")))
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}):
        assert (await outside.ask("POST", BEAT, headers=given)).status == 401


async def test_what_is_known_of_an_agent_can_be_asked() -> None:
    clock = FakeClock()
    heart = await heart_of(agent("backup", group="night", token="t0p"), clock=clock)
    here = Visitor(heart, is_local=True)
    await here.ask("POST", BEAT, b'{"metadata": {"cpu": 4}, "words": "up"}')
    given = await here.ask("GET", "/v1/agents/backup")
    shown = json.loads(given.body)
    assert (shown["health"], shown["group"], shown["beats"]) == ("HEALTHY", "night", 1)
    assert shown["last"]["metadata"] == {"cpu": 4}
    assert shown["heard_at"] == EPOCH.isoformat()
    assert shown["due_at"] == (EPOCH + timedelta(seconds=7.5)).isoformat()
    assert [one["kind"] for one in shown["history"]] == ["beat"]
    assert b"t0p" not in given.body
    assert (await here.ask("GET", "/v1/agents/nobody")).status == 404


async def test_all_agents_are_told_in_order() -> None:
    names = [f"agent-{number}" for number in range(250)]
    heart = await heart_of(*(agent(name) for name in names))
    given = await Visitor(heart, is_local=True).ask("GET", "/v1/agents")
    assert [one["agent"] for one in json.loads(given.body)["agents"]] == names


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", BEAT, 405),
        ("DELETE", "/v1/agents/backup", 405),
        ("GET", "/v1/agents/backup/beats", 404),
        ("GET", "/v1/nothing", 404),
    ],
)
async def test_what_is_not_there_is_said(method: str, path: str, status: int) -> None:
    here = Visitor(await heart_of(agent("backup")), is_local=True)
    given = await here.ask(method, path)
    assert given.status == status
    assert json.loads(given.body)["error"]
