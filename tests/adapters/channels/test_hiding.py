"""What may not be told of a URL, of headers, of a login."""

from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.channels.hiding import (
    secrets_of_headers,
    secrets_of_login,
    secrets_of_url,
    shown_url,
)
from conductor_tui.domain.secret import Secret, without_secrets

HOOK = Secret("https://hooks.slack.com/services/T01234567/B89/tok%2Fen?k=v4lue", "${H}")
WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=20)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (HOOK.value, "${H}"),
        ("no /services/T01234567/B89/tok%2Fen?k=v4lue here", "no *** here"),
        ("POST /services/T01234567/B89/tok%2Fen", "POST ***"),
        ("team T01234567 is gone", "team *** is gone"),
        ("tok/en, tok%2Fen, v4lue", "***, ***, ***"),
        (
            "hooks.slack.com has no such services",
            "hooks.slack.com has no such services",
        ),
    ],
)
def test_all_but_the_host_of_a_url_is_hidden(text: str, shown: str) -> None:
    assert without_secrets(text, secrets_of_url(HOOK)) == shown


@pytest.mark.parametrize(
    "text", ["alerts are not taken by this api", "http webhooks of services"]
)
def test_everyday_words_of_a_path_are_not_hidden(text: str) -> None:
    url = Secret("http://am.example.org:9093/api/webhooks/services/alerts/v2/")
    assert without_secrets(text, secrets_of_url(url)) == text


@given(WORDS, WORDS, WORDS, WORDS)
def test_no_part_of_a_url_is_told_in_any_form(
    user: str, password: str, path: str, value: str
) -> None:
    url = f"https://{user}:{password}@example.org/in/{path}%20x?k={value}"
    basic = b64encode(f"{user}:{password}".encode()).decode()
    told = f"{url} {quote(url)} {quote(url, safe='')} {path} x {value} {basic}"

    kept = without_secrets(told, secrets_of_url(Secret(url)))

    assert not any(one in kept for one in (password, path, value, basic))


def test_a_header_is_hidden_with_and_without_its_scheme() -> None:
    secrets = secrets_of_headers({"Authorization": Secret("Bearer abcdefgh")})
    text = "Bearer abcdefgh, abcdefgh"
    assert without_secrets(text, secrets) == "***, ***"


def test_a_login_is_hidden_as_it_is_sent_too() -> None:
    coded = b64encode(b"\0me\0passw0rd").decode()
    secrets = secrets_of_login("me", Secret("passw0rd"))
    assert without_secrets(f"{coded} passw0rd", secrets) == "*** ***"
    assert secrets_of_login("", None) == ()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a:b@x.org:8443/p?q=1", "https://x.org:8443/..."),
        ("https://x.org/", "https://x.org"),
        ("https://x.org?q=1", "https://x.org/..."),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert shown_url(url) == shown
