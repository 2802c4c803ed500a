"""A stream that begins anew because we were slow: what was missed is found again."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from conductor_tui.adapters.api.client import Client
from conductor_tui.adapters.wire.events import event_document
from conductor_tui.adapters.wire.frames import encode_envelopes, parts_of
from conductor_tui.cli import check_there, listening, main
from conductor_tui.cli.asking import Document
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.fold import replay
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH
from tests.build import added, failed, history, passed

LATER = EPOCH + timedelta(minutes=1)
EVENTS = history(added(), passed(), failed(), passed(at=LATER))


class Scripted:
    """Answers what `script` says, in the place of a conductor."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.objects: list[bytes] = []
        self.asked: list[str] = []
        self.pasts: list[list[Envelope]] = []
        monkeypatch.setattr(Client, "ask", self.ask)
        monkeypatch.setattr(listening, "heard", self.heard)
        monkeypatch.setattr(check_there, "heard", self.heard)

    def heard(self, _: Client) -> Iterator[Document]:
        for one in self.objects:
            yield json.loads(one)
        raise KeyboardInterrupt

    def ask(self, method: str, path: str, *_: Any, **__: Any) -> dict[str, Any]:
        self.asked.append(f"{method} {path}")
        if path.startswith("/v1/events"):
            return {"events": [event_document(one) for one in self.pasts.pop(0)]}
        return {"platforms": [{"name": "api", "paused": None}], "words": "asked"}


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    return Scripted(monkeypatch)


def complete(number: int) -> bytes:
    return json.dumps({"complete": number}).encode()


def test_what_was_missed_is_asked_for_from_the_newest_on(scripted: Scripted) -> None:
    first, second, third, fourth = EVENTS
    scripted.objects = [
        complete(first.seq),
        encode_envelopes([first, second]),  # the first was in the past already
        complete(third.seq),
        encode_envelopes([third, fourth]),
    ]
    scripted.pasts = [[first], [first, second, third]]
    done = CliRunner().invoke(main, ["events", "--follow", "--json"])
    seqs = [json.loads(line)["seq"] for line in done.stdout.splitlines()]
    assert seqs == [one.seq for one in EVENTS]
    since = parse_qs(urlsplit(scripted.asked[-1]).query)["since"]
    assert since == [second.at.isoformat()]


def test_a_check_that_was_missed_is_seen_in_the_new_snapshot(
    scripted: Scripted,
) -> None:
    before = replay(Snapshot(), EVENTS[:2])
    after = replay(before, EVENTS[2:])
    scripted.objects = [*parts_of(before), b'{"events": []}', *parts_of(after)]
    done = CliRunner().invoke(main, ["check", "api", "--json"])
    assert done.exit_code == 0, done.output
    [result] = json.loads(done.stdout)
    assert datetime.fromisoformat(result["at"]) == LATER
    assert scripted.asked == ["GET /v1/platforms", "POST /v1/platforms/api/check"]


def test_a_result_from_before_the_question_is_no_answer(scripted: Scripted) -> None:
    before = replay(Snapshot(), EVENTS[:2])
    scripted.objects = [*parts_of(before), *parts_of(before)]
    done = CliRunner().invoke(main, ["check", "api"])
    assert done.exit_code == 130  # the script is over, the result never came
    assert done.stdout == ""


def test_what_does_not_come_in_time_is_said(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_there, "WITHIN_S", 0.0)
    scripted.objects = [*parts_of(replay(Snapshot(), EVENTS[:2])), b"{}"]
    done = CliRunner().invoke(main, ["check", "api"])
    assert done.exit_code == 3
    assert "api: no result within 0 s" in done.stderr
