import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.text import one_line, visible, without_passwords


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("redis", "redis", id="an ordinary name is itself"),
        pytest.param('a "b" [red]c[/]', 'a "b" [red]c[/]', id="markup is text"),
        pytest.param("a\nb\tc", "a\\nb\\tc", id="newlines and tabs are escapes"),
        pytest.param("\x1b[2Jx", "\\x1b[2Jx", id="an ESC cannot reach a terminal"),
        pytest.param("\x9b2J", "\\x9b2J", id="nor can the C1 form of it"),
        pytest.param("a\u202eb", "a\\u202eb", id="nor a bidi override"),
        pytest.param("日本語 bot", "日本語 bot", id="wide characters stay"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_its_escape(
    raw: str, shown: str
) -> None:
    assert visible(raw) == shown


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert visible("x" * 300, limit=10) == "x" * 9 + "…"


def test_a_message_is_one_line_of_words() -> None:
    assert one_line("  no\n\n such   host ") == "no such host"


@given(st.text())
def test_nothing_shown_is_a_control_character(text: str) -> None:
    shown = visible(text, limit=10_000)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("redis://me:pw@db:1/0", "redis://…@db:1/0", id="in a URL"),
        pytest.param("http://token@db/", "http://…@db/", id="a token alone"),
        pytest.param('"me:pw@db:1"', '"…@db:1"', id="without a scheme"),
        pytest.param("redis://db:1/a@b", "redis://db:1/a@b", id="an @ in a path stays"),
        pytest.param("me@work", "me@work", id="a name with an @ stays"),
    ],
)
def test_a_password_before_a_host_is_not_repeated(text: str, shown: str) -> None:
    assert without_passwords(text) == shown
