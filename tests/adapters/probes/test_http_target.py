"""Which targets and options the http probe takes, and how it refuses the others."""

from dataclasses import asdict
from typing import Any

import pytest

from conductor_tui.adapters.probes.http import Options
from conductor_tui.adapters.probes.http_target import Target, parse_target


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("http://a", "a", 80, "/", "a"),
        ("https://a", "a", 443, "/", "a"),
        ("HTTP://EXAMPLE.org:80/X", "example.org", 80, "/X", "example.org"),
        ("https://a:80/", "a", 80, "/", "a:80"),
        ("http://a?q=1", "a", 80, "/?q=1", "a"),
        ("http://a/x%20y?q=%2F&r=a+b", "a", 80, "/x%20y?q=%2F&r=a+b", "a"),
        ("http://a/ä?ö", "a", 80, "/%C3%A4?%C3%B6", "a"),
        (
            "http://bücher.example/",
            "xn--bcher-kva.example",
            80,
            "/",
            "xn--bcher-kva.example",
        ),
        ("http://127.0.0.1:8080/", "127.0.0.1", 8080, "/", "127.0.0.1:8080"),
        ("http://[::1]/", "::1", 80, "/", "[::1]"),
        ("http://[0:0::1]:8080/", "::1", 8080, "/", "[::1]:8080"),
        ("http://[fe80::1%25eth0]/", "fe80::1%eth0", 80, "/", "[fe80::1]"),
        (
            "http://my_service.local./",
            "my_service.local.",
            80,
            "/",
            "my_service.local.",
        ),
    ],
)
def test_a_url_is_taken_apart(
    url: str, host: str, port: int, path: str, authority: str
) -> None:
    target = parse_target(url)

    assert (target.host, target.port, target.path) == (host, port, path)
    assert target.authority == authority
    assert target.is_tls == url.lower().startswith("https")


def test_an_ipv6_zone_is_for_this_machine_alone() -> None:
    target = parse_target("http://[fe80::1%eth0]:81/")

    assert (target.host, target.authority) == ("fe80::1%eth0", "[fe80::1]:81")


def test_the_url_of_a_target_gives_the_same_target() -> None:
    target = Target(host="::1", port=81, path="/a?b", is_tls=True)

    assert parse_target(target.url) == target


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must start with http:// or https://, not ''"),
        ("localhost:8080/health", "must start with http:// or https://"),
        ("//localhost/", "must start with http:// or https://"),
        ("http:/localhost/", "must start with http:// or https://"),
        ("ftp://localhost/", "must start with http:// or https://"),
        ("http://", "has no usable host"),
        ("http:///path", "has no usable host"),
        ("http://:80/", "has no usable host"),
        ("http://a..b/", "has no usable host"),
        ("http://.a/", "has no usable host"),
        ("http://a<b>/", "has no usable host"),
        (f"http://{'a' * 64}/", "has no usable host"),
        ("http://[::1/", "is no URL"),
        ("http://[::1::2]/", "IPv6 address"),
        ("http://a:0/", "the port must be a number from 1 to 65535"),
        ("http://a:65536/", "the port must be a number from 1 to 65535"),
        ("http://a:http/", "the port must be a number from 1 to 65535"),
        ("http://a/#top", "must have no # part"),
        ("http://a/#", "must have no # part"),
        ("http://a/b c", "a space is written %20"),
        ("http://a/\r\nX: y", "no spaces or control characters"),
        (" http://a/", "no spaces or control characters"),
        ("http://a/\x1b[31m", r"\x1b[31m"),
        ("http://user:secret@a/", "no user or password before the host"),
        ("http://@a/", "no user or password before the host"),
    ],
)
def test_a_target_that_cannot_be_asked_is_refused_in_words(
    url: str, words: str
) -> None:
    with pytest.raises(ValueError, match=r"^http target") as refused:
        Options(target=url)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@a/",
        "user:secret@a",
        "http://user:secret@[a/",
        "http://user:secret@a/#",
        "http://user:secret@a b/",
        "http://u:secret@x:secret@a/",
        "http://u:sec/secret@a/",
    ],
)
def test_a_password_is_never_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"^http target") as refused:
        Options(target=url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"expect_status": (200, 99)}, "expect_status must be .*, not 99"),
        ({"expect_status": (600,)}, "expect_status must be .*, not 600"),
        ({"max_body": -1}, "max_body must be from 0 to 16777216 bytes, not -1"),
        ({"max_body": 1 << 30}, "max_body must be from 0 to 16777216 bytes"),
        ({"verify_tls": False}, "verify_tls = false says nothing about an http://"),
        ({"cert_days": 7}, "cert_days says nothing about an http://"),
    ],
)
def test_an_option_out_of_range_is_refused_in_words(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(target="http://a/", **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ca_file": "/no/such"}, "^ca_file '/no/such' cannot be used: no such file"),
        ({"ca_file": __file__}, "^ca_file .* cannot be used: there is no certificate"),
        ({"ca_file": "/x", "verify_tls": False}, "^ca_file is of no use with verify_"),
        ({"target": "http://a/", "ca_file": "/x"}, "^ca_file says nothing about an"),
    ],
)
def test_authorities_that_cannot_be_used_are_refused_in_words(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**{"target": "https://a/"} | options)


def test_a_certificates_days_have_bounds() -> None:
    with pytest.raises(ValueError, match="cert_days must be from 0 to 3650, not -1"):
        Options(target="https://a/", cert_days=-1)


def test_the_defaults_are_those_of_the_manual() -> None:
    assert asdict(Options(target="http://a/")) == {
        "target": "http://a/",
        "method": "GET",
        "headers": {},
        "body": "",
        "username": "",
        "password": None,
        "bearer": None,
        "expect_status": (),
        "body_contains": "",
        "body_not_contains": "",
        "body_regex": "",
        "json_path": "",
        "expect_json": None,
        "verify_tls": True,
        "ca_file": "",
        "cert_days": None,
        "max_body": 65536,
    }
