"""The prometheus probe, against a real server and against some that misbehave."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conductor_tui.adapters.probes.prometheus import (
    Options,
    open_probe,
    shown_target,
)
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.secret import Secret
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops
from tests.servers.daemon import free_port
from tests.servers.hostile import (
    Behaviour,
    black_hole,
    hang_up,
    saying,
    saying_then_hanging_up,
    serving,
)
from tests.servers.prometheus import prometheus_server

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
UP = "up"


async def ask(target: str, query: str = UP, **options: Any) -> Finding:
    probe = open_probe(Options(target=target, query=query, **options))
    try:
        return await probe()
    finally:
        probe.close()
        await settle()


def http(body: str | bytes, status: str = "200 OK", *headers: str) -> bytes:
    data = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + data


def vector(*series: tuple[dict[str, str], str], **more: object) -> str:
    result = [{"metric": metric, "value": [1.5, text]} for metric, text in series]
    return success({"resultType": "vector", "result": result}, **more)


def values(*texts: str) -> str:
    return vector(*(({"n": str(n)}, text) for n, text in enumerate(texts)))


def success(data: object, **more: object) -> str:
    return json.dumps({"status": "success", "data": data, **more})


async def said(body: str | bytes, status: str = "200 OK", **options: Any) -> Finding:
    """Return what the probe makes of one answer."""
    return await found(saying(http(body, status)), **options)


async def found(behaviour: Behaviour, **options: Any) -> Finding:
    async with serving(behaviour) as served:
        return await ask(f"http://{served.target}", **options)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus_server(tmp_path_factory.mktemp("prometheus")) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.server
@on_both_loops
async def test_a_real_server_answers_a_scalar(real: str) -> None:
    assert await ask(real, "1 + 2") == Finding(PASSED, "3")
    assert await ask(real, "0.25", fail_if="> 0.2") == Finding(FAILED, "0.25 > 0.2")


@pytest.mark.server
@on_both_loops
async def test_a_real_server_answers_a_vector_with_its_labels(real: str) -> None:
    query = 'label_replace(vector(0.97), "disk", "/data", "", "")'
    over = Finding(FAILED, '0.97 > 0.9 for {disk="/data"}')

    assert await ask(real, query, fail_if="> 0.9") == over
    assert await ask(real, query, fail_if=">1") == Finding(
        PASSED, '0.97 for {disk="/data"}'
    )


@pytest.mark.server
async def test_a_real_server_has_scraped_itself_soon(real: str) -> None:
    probe = open_probe(Options(target=real, query="up", fail_if="!= 1"))
    while (finding := await probe()).outcome is FAILED:
        assert finding.detail in ("no data for up", "0 != 1 for up")
    probe.close()
    await settle()
    assert finding.detail.startswith('1 for up{instance="127.0.0.1:')


@pytest.mark.server
@on_both_loops
async def test_a_real_server_says_what_is_wrong_with_a_query(real: str) -> None:
    finding = await ask(real, "sum(")

    assert finding.outcome is FAILED
    assert finding.detail.startswith('bad_data: invalid parameter "query": 1:5: parse')


@pytest.mark.server
async def test_a_real_server_gives_a_range_and_a_string_that_are_no_values(
    real: str,
) -> None:
    ranged = await ask(real, "up[5m]")
    text = await ask(real, '"words"')

    assert "use a function over it" in ranged.detail
    assert text == Finding(FAILED, "the query gives a string, not a number")


@pytest.mark.server
async def test_a_real_server_divides_by_zero(real: str) -> None:
    finding = await ask(real, "vector(0) / 0", fail_if="> 1")

    assert finding == Finding(FAILED, "1 series without a number for vector(0) / 0")


@pytest.mark.server
async def test_a_real_server_below_a_prefix_is_asked_there(tmp_path: Path) -> None:
    with prometheus_server(tmp_path, prefix="/prom") as port:
        base = f"http://127.0.0.1:{port}"
        assert await ask(f"{base}/prom/", "1") == Finding(PASSED, "1")
        wrong = await ask(base, "1")
    assert wrong == Finding(FAILED, "404: no Prometheus API below this target")


@on_both_loops
async def test_one_connection_is_kept() -> None:
    async with serving(answering(values("1"))) as served:
        probe = open_probe(Options(target=f"http://{served.target}", query=UP))
        findings = [await probe() for _ in range(3)]
        probe.close()
        await settle()
    assert findings == [Finding(PASSED, '1 for {n="0"}')] * 3
    assert served.connections == 1


def answering(body: str) -> Behaviour:
    async def answer(reader: Any, writer: Any) -> None:
        while await reader.read(65536):
            writer.write(http(body))

    return answer


@pytest.mark.parametrize(
    ("texts", "options", "finding"),
    [
        pytest.param(
            ["0.5", "0.97", "0.2"],
            {"fail_if": "> 0.4"},
            Finding(FAILED, '0.97 > 0.4 for {n="1"} in 2 of 3 series'),
            id="the worst is told",
        ),
        pytest.param(
            ["5", "3", "9"],
            {"fail_if": "<= 5"},
            Finding(FAILED, '3 <= 5 for {n="1"} in 2 of 3 series'),
            id="the worst may be the lowest",
        ),
        pytest.param(
            ["5", "9"],
            {"fail_if": "< 5", "warn_if": "< 9"},
            Finding(PASSED, '5 < 9 for {n="0"} in 1 of 2 series', warns=True),
            id="a warning",
        ),
        pytest.param(
            ["5", "9"],
            {"fail_if": "> 10", "warn_if": "> 9"},
            Finding(PASSED, '9 for {n="1"}, 2 series'),
            id="neither",
        ),
        pytest.param(
            ["1", "0"],
            {"fail_if": "== 0"},
            Finding(FAILED, '0 == 0 for {n="1"} in 1 of 2 series'),
            id="equal",
        ),
        pytest.param(
            ["7"], {"fail_if": "any"}, Finding(FAILED, '7 for {n="0"}'), id="any value"
        ),
        pytest.param(
            ["NaN", "1"],
            {"fail_if": "!= 1"},
            Finding(PASSED, '1 for {n="1"}'),
            id="NaN is not held against anything",
        ),
        pytest.param(
            ["NaN"],
            {"empty": "warn"},
            Finding(PASSED, "1 series without a number for up", warns=True),
            id="NaN alone is no data",
        ),
        pytest.param(
            ["+Inf"],
            {"fail_if": ">= 1e3"},
            Finding(FAILED, '+Inf >= 1000 for {n="0"}'),
            id="infinite",
        ),
        pytest.param(
            ["-Inf"],
            {"warn_if": "< -0.5"},
            Finding(PASSED, '-Inf < -0.5 for {n="0"}', warns=True),
            id="minus infinite",
        ),
        pytest.param([], {}, Finding(FAILED, "no data for up"), id="no data"),
        pytest.param(
            [],
            {"empty": "pass", "fail_if": "any"},
            Finding(PASSED, "no data for up"),
            id="no data is good news for an alert's expression",
        ),
    ],
)
async def test_values_are_held_against_thresholds(
    texts: list[str], options: dict[str, str], finding: Finding
) -> None:
    assert await said(values(*texts), **options) == finding


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        pytest.param("<html>", "200 OK", "not JSON: it said '<html>'", id="a web page"),
        pytest.param("", "200 OK", "not JSON: it said nothing", id="nothing"),
        pytest.param("[" * 100_000, "200 OK", "not JSON", id="nested without end"),
        pytest.param("[]", "200 OK", "JSON that is no answer of Prom", id="a list"),
        pytest.param("{}", "200 OK", "JSON that is no answer of Prom", id="an object"),
        pytest.param(
            success(None), "200 OK", "JSON that is no answer of Prom", id="no data part"
        ),
        pytest.param(
            success({"resultType": "vector", "result": [{"value": "x"}]}),
            "200 OK",
            "JSON that is no answer of Prom",
            id="a value of another shape",
        ),
        pytest.param(
            success({"resultType": "vector", "result": {}}),
            "200 OK",
            "JSON that is no answer of Prom",
            id="a vector of another shape",
        ),
        pytest.param(
            values("\x1b[31m"),
            "200 OK",
            "a value that is no number: \\x1b[31m",
            id="words for a value",
        ),
        pytest.param(
            success(
                {
                    "resultType": "vector",
                    "result": [{"metric": {"__name__": "h"}, "histogram": [1, {}]}],
                }
            ),
            "200 OK",
            "h is a histogram, not a number: use",
            id="a histogram",
        ),
        pytest.param(
            json.dumps({"status": "error", "errorType": "timeout", "error": "slow\n"}),
            "503 Service Unavailable",
            "timeout: slow",
            id="the server's own words",
        ),
        pytest.param(
            "Service Unavailable",
            "503 Service Unavailable",
            "503: not JSON: it said 'Service Unavailable'",
            id="starting up",
        ),
        pytest.param(
            "Unauthorized",
            "401 Unauthorized",
            "401: asks for credentials: set bearer, or username and password",
            id="no credentials",
        ),
        pytest.param(
            " " * (1024 * 1024 + 1),
            "200 OK",
            "the answer is over 1,048,576 bytes: ask for fewer series, with topk()",
            id="more than is read",
        ),
    ],
)
async def test_what_is_no_answer_fails_in_words(
    body: str, status: str, words: str
) -> None:
    finding = await said(body, status)

    assert finding.outcome is FAILED
    assert finding.detail.startswith(words)


async def test_a_login_page_is_no_prometheus() -> None:
    answer = http("", "302 Found", "Location: /login?next=a")

    finding = await found(saying(answer))

    words = "302: leads to /login?next=a: is that the target?"
    assert finding == Finding(FAILED, words)


async def test_a_server_that_warns_has_told_only_a_part() -> None:
    body = vector(({}, "1"), warnings=["store a is away", "b"])

    finding = await said(body)

    assert finding == Finding(PASSED, "1; warning: store a is away", warns=True)


async def test_control_characters_in_labels_do_not_reach_the_screen() -> None:
    finding = await said(vector(({"__name__": "a\x1b]0;x", "b": "c\n" * 90}, "1")))

    assert finding.detail.isprintable()
    assert len(finding.detail) < 130


async def test_servers_that_do_not_answer_fail_in_words() -> None:
    refused = await ask(f"http://127.0.0.1:{free_port()}")

    assert refused == Finding(FAILED, "connection refused")
    assert (await found(hang_up)).outcome is FAILED
    assert "middle" in (await found(saying_then_hanging_up(b"HTTP/1.1 2"))).detail


async def test_a_cancelled_check_lets_go_of_its_connection() -> None:
    async with serving(black_hole) as served:
        probe = open_probe(Options(target=f"http://{served.target}", query=UP))
        check = asyncio.create_task(probe())
        await served.connected.wait()
        check.cancel()
        with pytest.raises(asyncio.CancelledError):
            await check
        await served.gone.wait()


async def test_what_is_sent_is_the_query_and_the_token() -> None:
    requests: list[bytes] = []

    async def listen(reader: Any, writer: Any) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(http(values("1")))

    query, bearer = 'up{a="b&c"} > 1', Secret("t0ken")
    async with serving(listen) as served:
        base, tenant = f"http://{served.target}/x/", {"X-Scope-OrgID": Secret("us")}
        await ask(base, query, bearer=bearer, headers=tenant)

    lines = requests[0].decode().split("\r\n")
    path = "/x/api/v1/query?query=up%7Ba%3D%22b%26c%22%7D%20%3E%201"
    assert lines[0] == f"GET {path} HTTP/1.1"
    assert lines[1] == f"Host: {served.target}"
    assert "Authorization: Bearer t0ken" in lines
    assert "X-Scope-OrgID: us" in lines


async def test_a_token_that_the_server_repeats_is_not_shown() -> None:
    body = json.dumps({"status": "error", "error": "who is t0ken-1?"})

    finding = await said(body, "403 Forbidden", bearer=Secret("t0ken-1"))

    assert finding == Finding(FAILED, "403: who is ***?")


async def test_a_password_in_its_base64_dress_is_hidden_too() -> None:
    body = b'{"status":"error","errorType":"x","error":"not ZXZlOmh1bnRlcjI="}'
    finding = await said(body, username="eve", password=Secret("hunter2"))
    assert finding.detail == "x: not ***"


def test_a_user_s_password_is_sent_and_never_shown() -> None:
    options = Options(
        target="http://h", query="up", username="me", password=Secret("pa55")
    )

    assert "pa55" not in repr(options)
    assert shown_target(options) == "http://h up"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"target": "h:9090"}, "must start with http://", id="no URL"),
        pytest.param({"target": "http://h/?x=1"}, "base URL", id="a whole query"),
        pytest.param({"query": " "}, "query must be PromQL", id="no query"),
        pytest.param({"fail_if": "0.9"}, "fail_if must be a compar", id="no sign"),
        pytest.param({"warn_if": "> x"}, "warn_if must be a compar", id="no number"),
        pytest.param({"fail_if": "> NaN"}, "fail_if must be a compar", id="NaN"),
        pytest.param({"fail_if": "=> 1"}, "fail_if must be a compar", id="no such"),
        pytest.param({"verify_tls": False}, "says nothing about", id="no TLS"),
        pytest.param({"password": Secret("x")}, "needs a username", id="no user"),
        pytest.param({"headers": {"a b": Secret("c")}}, "no name of", id="no header"),
        pytest.param({"username": "a:b"}, "no colon", id="a colon"),
        pytest.param({"bearer": Secret("a\r\nb")}, "visible ASCII", id="a header"),
        pytest.param(
            {"bearer": Secret("a"), "username": "b"}, "keep one", id="two of them"
        ),
    ],
)
def test_options_that_cannot_work_are_refused_in_words(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**{"target": "http://h", "query": "up", **options})
