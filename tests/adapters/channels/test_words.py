"""A notice in words and as JSON: the same for every channel."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.channels.document import document, json_line
from conductor_tui.adapters.channels.words import detail, is_over, late, line, title
from conductor_tui.domain.alert import Notice, NoticeKind, Subject, SubjectKind
from conductor_tui.domain.ids import NodeName
from tests.adapters.channels.made import (
    AT,
    CHANGED,
    HOSTILE,
    OPENED,
    RECOVERED,
    TEST,
    an_hour_later,
    crowd,
)

REMINDER = replace(
    OPENED,
    kind=NoticeKind.REMINDER,
    text="still FAILED platform redis for 4 h (1): connection refused",
)
FLAPPING = replace(
    OPENED,
    kind=NoticeKind.FLAPPING,
    text="FLAPPING platform redis, FAILED now: told again once steady",
    why="",
)


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        pytest.param(
            OPENED, "FAILED platform redis on web-7: connection refused", id="opened"
        ),
        pytest.param(
            CHANGED, "DEGRADED platform redis on web-7, was FAILED: slow", id="changed"
        ),
        pytest.param(
            REMINDER,
            "still FAILED platform redis on web-7 for 4 h (1): connection refused",
            id="a reminder",
        ),
        pytest.param(
            RECOVERED, "HEALTHY platform redis on web-7 after 4 m", id="recovered"
        ),
        pytest.param(
            FLAPPING,
            "FLAPPING platform redis on web-7, FAILED now: told again once steady",
            id="flapping",
        ),
        pytest.param(TEST, "[TEST] test ops on web-7", id="a test"),
        pytest.param(
            replace(
                OPENED,
                subject=Subject(kind=SubjectKind.LOAD, name="host"),
                text="EMERGENCY load of this host: connection refused",
            ),
            "EMERGENCY load of web-7: connection refused",
            id="load",
        ),
        pytest.param(
            replace(TEST, text="ops"), "[TEST] ops on web-7", id="a test without label"
        ),
        pytest.param(
            replace(OPENED, is_drill=True),
            "[DRILL] FAILED platform redis on web-7: connection refused",
            id="a drill",
        ),
        pytest.param(
            replace(OPENED, host=NodeName("")),
            "FAILED platform redis: connection refused",
            id="no host",
        ),
    ],
)
def test_a_notice_is_one_line_with_its_host(notice: Notice, words: str) -> None:
    assert line(notice, notice.at) == words
    assert words.startswith(title(notice))


def test_the_title_leaves_out_the_detail() -> None:
    assert title(OPENED) == "FAILED platform redis on web-7"
    assert detail(OPENED, AT) == "connection refused"


def test_a_detail_that_was_cut_is_not_said_twice() -> None:
    why = "no route " * 100
    cut = replace(OPENED, text=f"FAILED platform redis: {why}"[:399] + "…", why=why)

    assert title(cut) == "FAILED platform redis on web-7"
    assert line(cut).count("FAILED") == 1
    assert line(cut).startswith("FAILED platform redis on web-7: no route no route")


def test_what_is_told_late_says_when_it_was() -> None:
    ending = "(2029-10-14 12:00:05 UTC, told 1 h late)"
    assert line(OPENED, an_hour_later()).endswith(f"connection refused {ending}")
    assert detail(RECOVERED, an_hour_later()).startswith("(2029-10-14 12:04:05 UTC")


@pytest.mark.parametrize("late_s", [-5, 0, 60])
def test_what_is_told_at_once_says_no_time(late_s: float) -> None:
    assert late(OPENED, AT + timedelta(seconds=late_s)) == ""


@pytest.mark.parametrize(
    ("kind", "state", "over"),
    [
        (NoticeKind.RECOVERED, "HEALTHY", True),
        (NoticeKind.STEADY, "HEALTHY", True),
        (NoticeKind.STEADY, "FAILED", False),
        (NoticeKind.FLAPPING, "HEALTHY", False),
        (NoticeKind.OPENED, "FAILED", False),
        (NoticeKind.TEST, "TEST", False),
    ],
)
def test_what_is_steady_and_well_is_over(
    kind: NoticeKind, state: str, over: bool
) -> None:
    assert is_over(replace(OPENED, kind=kind, state=state)) is over


def test_the_document_has_everything_there_is_to_know() -> None:
    assert json.loads(json_line(document(replace(RECOVERED, number=2)))) == {
        "id": "web-7.1907.2",
        "kind": "RECOVERED",
        "over": True,
        "subject": {
            "kind": "platform",
            "name": "redis",
            "group": "bots",
            "tags": ["eu", "x"],
        },
        "state": "HEALTHY",
        "was": "FAILED",
        "severity": "CRITICAL",
        "title": "HEALTHY platform redis on web-7 after 4 m",
        "text": "HEALTHY platform redis on web-7 after 4 m",
        "why": "",
        "at": "2029-10-14T12:04:05+00:00",
        "opened_at": "2029-10-14T12:00:05+00:00",
        "host": "web-7",
        "members": [],
        "number": 2,
        "drill": False,
    }


def test_a_group_names_its_members() -> None:
    names = [one["name"] for one in document(crowd(3))["members"]]
    assert names == ["platform-0000", "platform-0001", "platform-0002"]


def test_the_document_is_one_line_even_of_hostile_names() -> None:
    text = json_line(document(HOSTILE))
    assert text.isprintable()
    assert json.loads(text)["subject"]["name"] == r"re\r\ndis\x1b[2J\x00"


@given(st.text(max_size=700), st.text(max_size=700), st.text(max_size=100))
def test_whatever_is_told_stays_one_printable_line(
    text: str, why: str, host: str
) -> None:
    notice = replace(OPENED, text=text, why=why, host=NodeName(host))

    for words in (line(notice, an_hour_later()), title(notice), detail(notice, AT)):
        assert words.isprintable() or "\u200c" in words or "\u200d" in words
        assert "\n" not in words
    assert len(line(notice)) <= 600
