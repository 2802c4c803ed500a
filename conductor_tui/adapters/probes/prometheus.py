"""The prometheus probe: a PromQL instant query, and thresholds for what it gives.

The API is prometheus.io/docs/prometheus/latest/querying/api, which Thanos, Mimir and
VictoriaMetrics speak too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal
from urllib.parse import quote

from conductor_tui.adapters.probes.http import DiscreetProbe, HttpProbe
from conductor_tui.adapters.probes.http_answer import Answer
from conductor_tui.adapters.probes.http_connect import connect
from conductor_tui.adapters.probes.http_json import (
    MAX_JSON,
    member,
    read_json,
    text_at,
)
from conductor_tui.adapters.probes.http_request import (
    authorization,
    check_credentials,
    check_headers,
    request_bytes,
    secrets_sent,
)
from conductor_tui.adapters.probes.http_target import Target, parse_target
from conductor_tui.adapters.probes.prometheus_samples import (
    Sample,
    Threshold,
    parse_threshold,
    read_samples,
)
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is the server's base URL, with the prefix it may be served under.

    `fail_if` and `warn_if` are such as "> 0.9", or "any" for whatever value: true for
    one series is enough. `empty` says what no data is; a value that is no number
    (NaN, from 0/0) is no data either. Without a threshold data is all that is asked.
    """

    target: str
    query: str
    fail_if: str = ""
    warn_if: str = ""
    empty: Literal["fail", "warn", "pass"] = "fail"
    headers: Mapping[str, Secret] = field(default_factory=dict)
    username: str = ""
    password: Secret | None = None
    bearer: Secret | None = None
    verify_tls: bool = True

    def __post_init__(self) -> None:
        base = parse_target(self.target)
        if "?" in base.path:
            raise ValueError(
                "prometheus target must be the server's base URL, such as "
                f'"http://127.0.0.1:9090", without a ?: {self.target!r}'
            )
        if not self.query.strip():
            raise ValueError('query must be PromQL, such as "up == 0"; it is empty')
        parse_threshold(self.fail_if, key="fail_if")
        parse_threshold(self.warn_if, key="warn_if")
        check_headers(self.headers)
        check_credentials(self.username, self.password, self.bearer, self.headers)
        if not self.verify_tls and not base.is_tls:
            raise ValueError("verify_tls = false says nothing about an http:// target")


def open_probe(options: Options) -> Probe:
    target = _query_target(options)
    login = authorization(options.username, options.password, options.bearer)
    headers = dict(options.headers) | ({"Authorization": login} if login else {})
    opening = partial(
        connect,
        target,
        request_bytes(target, headers=headers),
        max_body=MAX_JSON,
        verify_tls=options.verify_tls,
    )
    fail = parse_threshold(options.fail_if, key="fail_if")
    warn = parse_threshold(options.warn_if, key="warn_if")
    probe = HttpProbe(opening, partial(judge, options, fail, warn))
    secrets = secrets_sent(headers, options.password)
    return DiscreetProbe(probe, secrets) if secrets else probe


def shown_target(options: Options) -> str:
    return f"{options.target} {options.query}"


def judge(
    options: Options, fail: Threshold | None, warn: Threshold | None, answer: Answer
) -> Finding:
    """Say what an answer of the API means."""
    try:
        body = read_json(answer)
    except ValueError as error:
        return Finding(Outcome.FAILED, _no_api_words(answer, str(error)))
    if member(body, "status") != "success":
        return Finding(Outcome.FAILED, _error_words(answer, body))
    try:
        samples = read_samples(member(body, "data"))
    except ValueError as error:
        return Finding(Outcome.FAILED, one_line(str(error)))
    found = _compare(options, fail, warn, samples)
    partly = member(body, "warnings")
    if isinstance(partly, list) and partly and found.outcome is Outcome.PASSED:
        words = one_line(f"{found.detail}; warning: {partly[0]}")
        return Finding(Outcome.PASSED, words, warns=True)
    return found


def _compare(
    options: Options,
    fail: Threshold | None,
    warn: Threshold | None,
    samples: tuple[Sample, ...],
) -> Finding:
    numbers = tuple(one for one in samples if one.is_number)
    if not numbers:
        words = _count(samples) + " without a number" if samples else "no data"
        outcome = Outcome.FAILED if options.empty == "fail" else Outcome.PASSED
        words = f"{words} for {one_line(options.query, 120)}"
        return Finding(outcome, words, warns=options.empty == "warn")
    for threshold, outcome in ((fail, Outcome.FAILED), (warn, Outcome.PASSED)):
        over = tuple(one for one in numbers if threshold and threshold.is_true(one))
        if threshold and over:
            words = threshold.words(threshold.worst(over))
            words += f" in {len(over)} of {_count(numbers)}" if len(numbers) > 1 else ""
            return Finding(outcome, words, warns=outcome is Outcome.PASSED)
    threshold = fail or warn
    shown = threshold.worst(numbers) if threshold else numbers[0]
    words = shown.words() + (f", {_count(numbers)}" if len(numbers) > 1 else "")
    return Finding(Outcome.PASSED, words)


def _count(samples: tuple[Sample, ...]) -> str:
    return f"{len(samples)} series"


def _error_words(answer: Answer, body: object) -> str:
    """Return the server's own words: "bad_data: invalid parameter ..."."""
    error = text_at(body, "error")
    if not error:
        return _no_api_words(answer, "JSON that is no answer of Prometheus")
    kind = text_at(body, "errorType") or str(answer.status)
    return one_line(f"{kind}: {error}")


def _no_api_words(answer: Answer, why: str) -> str:
    location = answer.header("location")
    match answer.status:
        case 401 | 403:
            words = "asks for credentials: set bearer, or username and password"
        case 404:
            words = "no Prometheus API below this target"
        case 300 | 301 | 302 | 303 | 307 | 308 if location:
            words = f"leads to {visible(location, 100)}: is that the target?"
        case _ if answer.is_cut:
            words = f"{why}: ask for fewer series, with topk() or max()"
        case _:
            words = why
    return one_line(words if answer.status == 200 else f"{answer.status}: {words}")


def _query_target(options: Options) -> Target:
    base = parse_target(options.target)
    path = f"{base.path.rstrip('/')}/api/v1/query?query={quote(options.query, safe='')}"
    return replace(base, path=path)
