"""Agents, and what came in, as `status --json` prints them."""

import json
from dataclasses import replace
from datetime import timedelta

from conductor_tui.adapters.wire.status import agent_document, status_document
from conductor_tui.domain.agent import (
    AgentSpec,
    AgentView,
    IngestView,
    OpenRun,
    WayIn,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH

NAME = AgentId("agent-001")
FAILED = AgentView(
    spec=AgentSpec(agent=NAME, group="bots", tags=("x",), origin="c.toml"),
    health=Health.FAILED,
    since=EPOCH,
    why="exit code 3",
    last=Beat(
        agent=NAME,
        kind=BeatKind.FAIL,
        note='{"cpu":1}',
        exit_code=3,
        duration_s=1.5,
        via="udp",
    ),
    last_at=EPOCH,
    heard_at=EPOCH,
    due_at=EPOCH + timedelta(seconds=30),
    beats=7,
    runs=(OpenRun(run="a1", at=EPOCH, by=EPOCH),),
)


def test_an_agent_is_told_with_its_silence_and_its_last_words() -> None:
    told = agent_document(FAILED, EPOCH + timedelta(seconds=12))
    assert told["name"] == "agent-001"
    assert told["health"] == "FAILED"
    assert told["why"] == "exit code 3"
    assert (told["age_s"], told["due_s"]) == (12.0, 18.0)
    assert (told["last"], told["exit_code"], told["duration_s"]) == ("fail", 3, 1.5)
    assert (told["beats"], told["note"], told["via"]) == (7, '{"cpu":1}', "udp")
    assert [run["run"] for run in told["runs"]] == ["a1"]
    json.dumps(told)


def test_one_that_never_came_has_no_age_and_no_last_words() -> None:
    told = agent_document(AgentView(spec=FAILED.spec), EPOCH)
    assert told["health"] == "UNKNOWN"
    keys = {"age_s", "due_s", "last", "last_at", "exit_code", "duration_s"}
    assert {value for key, value in told.items() if key in keys} == {None}


def test_one_with_a_timetable_has_no_interval() -> None:
    nightly = replace(FAILED.spec, cron="0 2 * * *", zone="UTC")
    told = agent_document(AgentView(spec=nightly), EPOCH)
    assert (told["cron"], told["zone"]) == ("0 2 * * *", "UTC")
    assert told["interval_s"] is None


def test_the_status_has_every_agent_and_what_came_in() -> None:
    way = WayIn(name="udp", address="127.0.0.1:1", trouble="Address already in use")
    ingest = IngestView(
        ways=(way,), heard=9, unknown=2, refused=1, strangers=("x",), refusal="no room"
    )
    snapshot = Snapshot(agents=Roster({NAME: FAILED}), ingest=ingest)
    told = status_document(snapshot, EPOCH)
    assert [one["name"] for one in told["agents"]] == ["agent-001"]
    assert told["ingest"] == {
        "heard": 9,
        "unknown": 2,
        "refused": 1,
        "refusal": "no room",
        "strangers": ["x"],
        "ways": [
            {
                "name": "udp",
                "address": "127.0.0.1:1",
                "trouble": "Address already in use",
            }
        ],
    }
