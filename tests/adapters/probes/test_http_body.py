"""What the body of an answer must say: text, regular expressions, JSON paths."""

from typing import Any

import pytest

from conductor_tui.adapters.probes.http import Options
from conductor_tui.domain.check import Outcome
from tests.adapters.probes.http_harness import found, quiet_loop, saying


def _answer(body: bytes, *headers: bytes) -> bytes:
    head = (b"HTTP/1.1 200 OK", *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join((*head, b"", body))


def _words(body: bytes, *headers: bytes, **options: Any) -> str:
    """Return what is wrong with such a body; empty when the check passes."""
    with quiet_loop("uvloop") as run:
        finding = run(found(saying(_answer(body, *headers)), **options))
    if finding.outcome is Outcome.PASSED:
        assert finding.detail.startswith("200 OK")
        return ""
    return finding.detail.removeprefix("200 OK: ")


@pytest.mark.parametrize(
    ("body", "options", "words"),
    [
        (b"all is well", {"body_contains": "well"}, ""),
        (b"gr\xc3\xbcn", {"body_contains": "grün"}, ""),
        (b"no", {"body_contains": "well"}, "the body does not contain 'well'"),
        (b"all is well", {"body_not_contains": "error"}, ""),
        (b"an error", {"body_not_contains": "error"}, "the body contains 'error'"),
        (b"lag 12 ms", {"body_regex": r"lag \d+ ms"}, ""),
        (b"WELL", {"body_regex": "(?i)^well$"}, ""),
        (b"\xff ok", {"body_regex": "ok$"}, ""),
        (b"lag ?", {"body_regex": r"\d"}, r"the body does not match '\\d'"),
        (
            b"an error, well",
            {"body_contains": "well", "body_not_contains": "error"},
            "the body contains 'error'",
        ),
    ],
)
def test_text_in_a_body_decides(
    body: bytes, options: dict[str, Any], words: str
) -> None:
    assert _words(body, **options) == words


@pytest.mark.parametrize(
    ("body", "path", "expected", "words"),
    [
        (b'{"status": "ok"}', "$.status", "ok", ""),
        (b'{"status": "ok"}', "$.status", None, ""),
        (b'{"lag": 1.0}', "$.lag", 1, ""),
        (b'{"up": true}', "$.up", True, ""),
        (b'"ok"', "$", "ok", ""),
        (b'[{"s": "up"}, {"s": "up"}]', "$[*].s", "up", ""),
        (b'[{"a": "xy", "b": 2}]', '$[?search(@.a, "^x")].b', 2, ""),
        (b'{"status": "bad"}', "$.status", "ok", '$.status is "bad", expected "ok"'),
        (b'{"up": 1}', "$.up", True, "$.up is 1, expected true"),
        (b'{"up": true}', "$.up", 1, "$.up is true, expected 1"),
        (b'{"up": null}', "$.up", "", '$.up is null, expected ""'),
        (b"{}", "$.status", None, "$.status finds nothing"),
        (b'"{}"', "$.status", None, "$.status finds nothing"),
        (b'[{"a": "xy"}]', '$[?match(@.a, "x")]', None, "finds nothing"),
        (
            b'[{"s": "up"}, {"s": "down"}]',
            "$[*].s",
            "up",
            '$[*].s: 1 of 2 are not "up", one is "down"',
        ),
        (b"<html>", "$.status", "ok", "the body is not JSON"),
        (b"", "$.status", "ok", "the body is not JSON"),
        (b"[" * 9999, "$.status", "ok", "the body is JSON nested too deep"),
        (b"[" * 500 + b"]" * 500, "$..a", "ok", "the body is JSON nested too deep"),
        (b'{"n": ' + b"1" * 5000 + b"}", "$.n", 1, "the body is not JSON"),
        (b'{"s": "\\u001b[31m"}', "$.s", "ok", '$.s is "\\u001b[31m", expected "ok"'),
    ],
)
def test_what_a_json_path_finds_decides(
    body: bytes, path: str, expected: str | int | bool | None, words: str
) -> None:
    told = _words(body, json_path=path, expect_json=expected)

    assert told == words or (words == "finds nothing" and told.endswith(words))


def test_a_regex_that_would_run_away_is_answered_in_time() -> None:
    """Python's own `re` would need longer than the universe has existed."""
    hopeless = r"^(a+)+$"
    assert "does not match" in _words(b"a" * 60_000 + b"!", body_regex=hopeless)

    path = '$[?search(@, "^(a+)+$")]'
    told = _words(b'["' + b"a" * 60_000 + b'!"]', json_path=path)
    assert told.endswith("finds nothing")


def test_a_pattern_out_of_the_document_that_is_none_matches_nothing() -> None:
    told = _words(b'[{"a": "x", "p": "("}]', json_path="$[?search(@.a, @.p)]")

    assert told.endswith("finds nothing")


def test_words_beyond_the_limit_are_not_seen_and_the_limit_is_told() -> None:
    told = _words(b"x" * 100 + b"well", max_body=100, body_contains="well")

    words = "200 OK, body over 100 bytes: the body does not contain 'well'"
    assert told == words


def test_a_body_that_came_packed_is_told_as_such() -> None:
    told = _words(b"\x1f\x8b", b"Content-Encoding: gzip", body_contains="well")

    assert told == "the body cannot be read: it is encoded as 'gzip'"


def test_a_bad_status_is_told_before_what_the_body_says() -> None:
    answer = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"
    with quiet_loop("asyncio") as run:
        finding = run(found(saying(answer), body_contains="well"))

    assert finding.detail == "500 Broken"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"body_regex": "("}, r"^body_regex '\(': unclosed group$"),
        ({"body_regex": "(?=a)"}, "^body_regex .*: look-around.* is not supported"),
        ({"body_regex": "a{9999}{999}"}, "^body_regex .*: .*exceeds size limit"),
        ({"body_regex": "a" * 1001}, "^body_regex .*: it is longer than 1000"),
        ({"json_path": "status"}, r"^json_path 'status': it must begin with \$"),
        ({"json_path": "$.a["}, r"^json_path .*: unexpected end of query"),
        ({"json_path": "$.a | $.b"}, r"^json_path .*: unexpected token '\|'"),
        ({"json_path": "$[?@.a =~ /b/]"}, "^json_path .*: unexpected token"),
        ({"json_path": "$..a..b"}, '^json_path .*: it has .* "..* more than once'),
        ({"json_path": "$" + "[?(" * 300}, "^json_path .*: unexpected"),
        ({"expect_json": "ok"}, "^expect_json needs a json_path"),
        ({"body_contains": "a", "method": "HEAD"}, "^method must not be HEAD"),
        ({"body_contains": "a", "max_body": 0}, "^max_body must not be 0"),
    ],
)
def test_a_condition_that_is_none_is_refused_in_words(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(target="http://a/", **options)
