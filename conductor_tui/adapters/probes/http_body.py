"""What the body of an http answer must say."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from conductor_tui.adapters.probes.http_answer import Answer
from conductor_tui.domain.text import one_line

BodyRule: TypeAlias = Callable[[bytes], str]
"""Takes a body, returns what is wrong with it; empty when nothing is."""

_SHOWN = 60


def body_rules(
    contains: str,
    excludes: str,
    regex: str,
    json_path: str,
    expect_json: str | int | float | bool | None,
) -> Sequence[BodyRule]:
    """Return one rule for each condition that is given; empty text is none.

    Raises ValueError in words for a regex or a path that is none.
    """
    rules: list[BodyRule] = []
    if contains:
        rules.append(partial(_lacks, contains))
    if excludes:
        rules.append(partial(_holds, excludes))
    if regex:
        rules.append(_regex_rule(regex))
    if json_path:
        rules.append(_json_rule(json_path, expect_json))
    elif expect_json is not None:
        raise ValueError('expect_json needs a json_path beside it, such as "$.status"')
    return rules


def body_trouble(rules: Sequence[BodyRule], answer: Answer) -> str:
    """Return what the rules have against the answer's body; empty when nothing."""
    coding = (answer.header("content-encoding") or "identity").lower()
    if coding != "identity":
        return one_line(f"the body cannot be read: it is encoded as {coding!r}", 100)
    return next(filter(None, (rule(answer.body) for rule in rules)), "")


def _lacks(text: str, body: bytes) -> str:
    if text.encode() in body:
        return ""
    return f"the body does not contain {one_line(text, _SHOWN)!r}"


def _holds(text: str, body: bytes) -> str:
    if text.encode() not in body:
        return ""
    return f"the body contains {one_line(text, _SHOWN)!r}"


def _regex_rule(pattern: str) -> BodyRule:
    # imported by those who use it: see there for what it costs, and why not `re`
    from conductor_tui.adapters.probes.linear_regex import compile_regex

    try:
        matches = compile_regex(pattern)
    except ValueError as error:
        raise ValueError(f"body_regex {one_line(pattern)!r}: {error}") from None
    words = f"the body does not match {one_line(pattern, _SHOWN)!r}"
    return lambda body: "" if matches(body.decode("utf-8", "replace")) else words


def _json_rule(path: str, expected: str | int | float | bool | None) -> BodyRule:
    from conductor_tui.adapters.probes.json_path import compile_path, json_trouble

    try:
        compiled = compile_path(path)
    except ValueError as error:
        raise ValueError(f"json_path {one_line(path)!r}: {error}") from None
    return partial(json_trouble, compiled, one_line(path, _SHOWN), expected)
