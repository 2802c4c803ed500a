"""Whatever is known goes over the wire and comes back as it was."""

import json
from dataclasses import fields

import pytest

from conductor_tui.adapters.wire.frames import (
    HANDFUL,
    Parts,
    decode_envelope,
    decode_snapshot,
    encode_envelope,
    encode_envelopes,
    encode_snapshot,
    parts_of,
    read_envelopes,
)
from conductor_tui.adapters.wire.shapes import _event_types
from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.events import (
    AgentAdded,
    AgentBeats,
    BeatsHeard,
    CheckFinished,
    Envelope,
    Event,
    LoadChanged,
    PlatformAdded,
    ResourcesSampled,
    ViewersChanged,
)
from conductor_tui.domain.fold import replay
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId, Seq
from conductor_tui.domain.resources import Load, LoadState, ResourceSample
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.viewer import Viewer
from conductor_tui.testing import EPOCH
from tests import build


def told(*events: Event) -> list[Envelope]:
    return [
        Envelope(seq=Seq(number), node=build.NODE, at=EPOCH, event=event)
        for number, event in enumerate(events, 1)
    ]


def busy(platforms: int = 3) -> Snapshot:
    names = [f"p{number}" for number in range(platforms)]
    agent = AgentId("agent-001")
    events: list[Event] = [PlatformAdded(spec=build.spec(name)) for name in names]
    events += [
        CheckFinished(result=build.result(name, outcome, detail='said "x"\n'))
        for name in names
        for outcome in (Outcome.PASSED, Outcome.TIMED_OUT, Outcome.REFUSED)
    ]
    events += [
        build.moved("p0", BreakerState.HELD),
        AgentAdded(spec=AgentSpec(agent=agent)),
        BeatsHeard(
            agents=(
                AgentBeats(
                    agent=agent,
                    beats=((EPOCH.timestamp(), Beat(agent=agent, note='{"a":1}')),),
                    count=1,
                    heard_at=EPOCH,
                    due_at=None,
                ),
            )
        ),
        ResourcesSampled(
            sample=ResourceSample(
                at=EPOCH,
                cpu_percent=3.5,
                cores_percent=(1.0, 6.0),
                ram_percent=40.0,
                ram_used_bytes=1,
                ram_total_bytes=2,
            )
        ),
        LoadChanged(
            was=LoadState.NORMAL,
            load=Load(LoadState.DEGRADED, frozenset({"ram"})),
            why="RAM 81 %",
        ),
        ViewersChanged(viewers=(Viewer(by="ann", origin="ssh", at=EPOCH),)),
    ]
    return replay(Snapshot(host=build.NODE), told(*events))


def assert_same(found: Snapshot, sent: Snapshot) -> None:
    assert encode_snapshot(found) == encode_snapshot(sent)
    for one in fields(Snapshot):
        if one.name not in ("platforms", "agents", "resources", "own", "alerts"):
            assert getattr(found, one.name) == getattr(sent, one.name), one.name
    for name, view in sent.platforms.items():
        assert found.platforms[name].results() == view.results()
        assert found.platforms[name].timeline == view.timeline
        assert found.platforms[name].breaker == view.breaker
    assert list(found.platforms) == list(sent.platforms)
    assert found.resources.times() == sent.resources.times()


def test_a_snapshot_comes_back_as_it_was() -> None:
    assert_same(decode_snapshot(encode_snapshot(busy())), busy())


def test_a_snapshot_in_parts_comes_back_as_it_was() -> None:
    sent, parts, found = busy(HANDFUL + 1), Parts(), None
    for part in parts_of(sent):
        assert found is None, "it was complete too early"
        found = parts.take(json.loads(part))
    assert found is not None
    assert_same(found, sent)


def test_a_history_that_is_full_goes_on_where_it_was() -> None:
    sent = busy()
    for _ in range(3):
        sent = replay(sent, told(*[CheckFinished(result=build.result("p1"))] * 300))
    found = decode_snapshot(encode_snapshot(sent))
    more = told(CheckFinished(result=build.result("p1", latency_s=0.5)))
    after, expected = replay(found, more), replay(sent, more)
    assert after.platforms["p1"].results() == expected.platforms["p1"].results()  # type: ignore[index]


def test_envelopes_come_back_as_they_were() -> None:
    sent = list(busy().events)
    assert read_envelopes(json.loads(encode_envelopes(sent))["events"]) == sent
    assert [decode_envelope(encode_envelope(one)) for one in sent] == sent


def test_an_event_of_a_later_version_is_left_out() -> None:
    first, *_ = busy().events
    later = json.loads(encode_envelope(first))
    later["event"] = {"kind": "MoonRose", "over": "the sea"}
    known = json.loads(encode_envelope(first))
    assert read_envelopes([later, known]) == [first]
    with pytest.raises(ValueError, match="MoonRose"):
        decode_envelope(json.dumps(later))


def test_every_kind_of_event_has_a_name_of_its_own() -> None:
    names = [one.__name__ for one in _event_types()]
    assert len(set(names)) == len(names)


def test_what_is_no_text_becomes_a_question_mark() -> None:
    sent = told(CheckFinished(result=build.result(detail="file \udcff")))
    found = decode_envelope(encode_envelope(sent[0]))
    assert isinstance(found.event, CheckFinished)
    assert found.event.result.detail == "file ?"
    assert found.at == EPOCH
