"""The forms of each service: their limits, their markup, their idea of an alert."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.channels.templates import TEMPLATES, discord, ntfy, slack
from conductor_tui.adapters.channels.templates.alertmanager import full_url
from conductor_tui.domain.alert import Notice, NoticeKind, Severity
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

URL = "https://example.org/x"


def content(template: str, notice: Notice, url: str = URL) -> Any:
    return TEMPLATES[template](notice, AT, url)[1]


def test_slack_is_told_in_a_colour_with_the_time_it_happened() -> None:
    assert content("slack", OPENED) == {
        "text": "FAILED platform redis on web-7",
        "mrkdwn": False,
        "attachments": [
            {
                "color": "danger",
                "fallback": "FAILED platform redis on web-7: connection refused",
                "text": "connection refused",
                "mrkdwn_in": [],
                "footer": "web-7",
                "ts": int(AT.timestamp()),
            }
        ],
    }
    assert content("slack", RECOVERED)["attachments"][0]["color"] == "good"


def test_nobody_is_called_in_slack_by_what_a_target_says() -> None:
    told = content("slack", HOSTILE)
    assert "<" not in str(told)
    assert told["attachments"][0]["text"].startswith("&lt;!channel&gt; @everyone *b*")


@given(st.text(max_size=5000))
def test_slack_gets_no_more_than_it_shows(text: str) -> None:
    assert len(slack.escaped(text)) <= 3000 * len("&amp;")
    assert "<" not in slack.escaped(text)


def test_discord_is_told_in_markdown_that_mentions_nobody() -> None:
    assert content("discord", OPENED) == {
        "content": "🔴 **FAILED platform redis on web-7**\nconnection refused",
        "allowed_mentions": {"parse": []},
        "flags": 4,
    }
    assert content("discord", RECOVERED)["content"].startswith("🟢 ")


def test_discords_markup_is_shown_as_it_is() -> None:
    assert discord.escaped("- *a* <@1> [b](c) http://d `e` x-y", 200) == (
        r"\- \*a\* \<\@1> \[b](c) http\://d \`e\` x-y"
    )


@given(st.text(alphabet="*_a\\", max_size=3000), st.integers(10, 2000))
def test_discord_gets_no_half_escape_and_no_more_than_its_limit(
    text: str, limit: int
) -> None:
    shown = discord.escaped(text, limit)
    assert len(shown) <= limit
    bare = shown.removesuffix("…")
    assert (len(bare) - len(bare.rstrip("\\"))) % 2 == 0


def test_discord_takes_the_longest_notice() -> None:
    long = replace(OPENED, text="*" * 400, why="_" * 2000)
    assert len(content("discord", long)["content"]) <= discord.LONGEST


def test_ntfy_is_told_with_its_priority() -> None:
    root, told = TEMPLATES["ntfy"](OPENED, AT, "https://ntfy.sh/my-topic?auth=x")
    assert root == "https://ntfy.sh/?auth=x"
    assert told == {
        "topic": "my-topic",
        "title": "FAILED platform redis on web-7",
        "message": "connection refused",
        "priority": 5,
        "tags": ["rotating_light"],
    }
    assert content("ntfy", CHANGED)["priority"] == 4
    assert content("ntfy", RECOVERED)["tags"] == ["white_check_mark"]
    assert content("ntfy", RECOVERED)["message"] == RECOVERED.text
    assert content("ntfy", TEST)["tags"] == ["test_tube"]


@pytest.mark.parametrize(
    ("url", "root", "topic"),
    [
        ("https://ntfy.sh/ops/", "https://ntfy.sh/", "ops"),
        ("https://a.org/ntfy/o%2Dps", "https://a.org/ntfy/", "o-ps"),
        ("https://ntfy.sh", "https://ntfy.sh/", ""),
    ],
)
def test_ntfys_topic_is_the_last_part(url: str, root: str, topic: str) -> None:
    assert ntfy.root_and_topic(url) == (root, topic)


@given(st.text(max_size=2000))
def test_ntfy_gets_no_half_character_and_no_more_than_its_limit(text: str) -> None:
    shown = ntfy.cut(text, 1000)
    assert len(shown.encode(errors="backslashreplace")) <= 1000


def test_alertmanager_knows_an_alert_by_its_labels() -> None:
    assert content("alertmanager", OPENED) == [
        {
            "labels": {
                "alertname": "ConductorPlatform",
                "kind": "platform",
                "name": "redis",
                "group": "bots",
                "instance": "web-7",
                "severity": "critical",
                "drill": "",
            },
            "annotations": {
                "summary": "FAILED platform redis on web-7",
                "description": "FAILED platform redis on web-7: connection refused",
                "state": "FAILED",
                "tags": "eu,x",
                "members": "",
            },
            "startsAt": "2029-10-14T12:00:05+00:00",
            "endsAt": "2029-11-13T12:00:05+00:00",
        }
    ]


def test_alertmanager_is_told_the_end_under_the_same_labels() -> None:
    began, ended = content("alertmanager", OPENED), content("alertmanager", RECOVERED)

    assert ended[0]["labels"] == began[0]["labels"]
    assert {one["endsAt"] for one in ended} == {"2029-10-14T12:04:05+00:00"}
    assert {one["startsAt"] for one in ended} == {"2029-10-14T12:00:05+00:00"}
    assert {one["labels"]["severity"] for one in ended} == {
        "critical",
        "warning",
        "info",
    }


def test_another_severity_ends_what_was_open_under_the_first() -> None:
    told = content("alertmanager", CHANGED)
    ends = {one["labels"]["severity"]: one["endsAt"][:7] for one in told}
    assert ends == {"warning": "2029-11", "critical": "2029-10", "info": "2029-10"}


def test_a_test_ends_by_itself_in_alertmanager() -> None:
    assert content("alertmanager", TEST)[0]["endsAt"] == "2029-10-14T12:05:05+00:00"


def test_what_alertmanager_is_told_late_is_open_from_now() -> None:
    late = TEMPLATES["alertmanager"](OPENED, an_hour_later(), URL)[1][0]
    assert (late["startsAt"], late["endsAt"][:16]) == (
        "2029-10-14T12:00:05+00:00",
        "2029-11-13T13:05",
    )


def test_a_drill_and_a_group_are_told_apart_in_alertmanager() -> None:
    assert content("alertmanager", replace(OPENED, is_drill=True))[0]["labels"][
        "drill"
    ] == ("true")
    group = content("alertmanager", crowd(300))[0]
    assert group["labels"]["alertname"] == "ConductorGroup"
    assert len(group["annotations"]["members"]) == 2000


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("http://am:9093", "http://am:9093/api/v2/alerts"),
        ("http://am:9093/", "http://am:9093/api/v2/alerts"),
        ("http://am/prefix/", "http://am/prefix/api/v2/alerts"),
        ("http://am/api/v2/alerts", "http://am/api/v2/alerts"),
    ],
)
def test_alertmanagers_path_may_be_left_out(url: str, full: str) -> None:
    assert full_url(url) == full


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("kind", list(NoticeKind))
@pytest.mark.parametrize("severity", list(Severity))
def test_every_kind_of_notice_has_every_form(
    template: str, kind: NoticeKind, severity: Severity
) -> None:
    assert content(template, replace(OPENED, kind=kind, severity=severity))
