"""Whatever comes by HTTP, nothing breaks, and nothing grows."""

import asyncio
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.domain.ids import AgentId
from conductor_tui.engine.heart import Heart
from tests.adapters.api.visit import UUID, Visitor, agent, exchange, heart_of, send

KEY, TOKEN, MOST = "ping-key", "let-me-in", 3
_WORDS = st.text(max_size=40)
_PIECES = st.sampled_from(
    [
        "v1",
        "agents",
        "agent",
        "check",
        "service",
        "health",
        "register",
        "deregister",
        "update",
        "pass",
        "fail",
        "id",
        "name",
        "checks",
        "beat",
        "ping",
        "api",
        "push",
        "endpoints",
        "external",
        "healthz",
        "start",
        "log",
        "0",
        "256",
        UUID,
        KEY,
        TOKEN,
        "backup",
        "core_backup",
        "%2F",
        "%ff",
        "%00",
        "",
        "..",
        "job-1",
    ]
)
_PATHS = st.one_of(
    st.lists(st.one_of(_PIECES, _WORDS), max_size=6).map(lambda p: "/" + "/".join(p)),
    st.builds(
        lambda start, end: f"{start}{end}",
        st.sampled_from(
            [
                "/v1/agents/",
                "/v1/agent/check/pass/",
                "/v1/agent/service/deregister/",
                f"/ping/{UUID}/",
                f"/ping/{KEY}/",
                "/api/push/",
                "/api/v1/endpoints/",
                "/v1/agent/check/update/",
                "/v1/agent/health/service/",
            ]
        ),
        _WORDS,
    ),
)
_FIELDS = st.sampled_from(
    [
        "kind",
        "metadata",
        "words",
        "run",
        "exit_code",
        "duration_s",
        "Name",
        "TTL",
        "Status",
        "Output",
        "Check",
        "Checks",
        "Tags",
        "ID",
        "ServiceID",
        "DeregisterCriticalServiceAfter",
        "HTTP",
        "CheckID",
    ]
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | _WORDS
    | st.sampled_from(["10s", "1ns", "passing", "beat", "fail", "\ud800", "job-2"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_FIELDS | _WORDS, inner, max_size=3)
    ),
    max_leaves=8,
)
_BODIES = st.one_of(
    st.binary(max_size=200),
    st.dictionaries(_FIELDS, _VALUES, max_size=5).map(lambda v: json.dumps(v).encode()),
)
_QUERIES = st.dictionaries(
    st.sampled_from(["rid", "create", "status", "msg", "ping", "success", "duration"])
    | st.sampled_from(["error", "note", "token", "format", "filter"]),
    st.sampled_from(["1", "true", "up", UUID, "10s", "-1", "1e999", "nan"]) | _WORDS,
    max_size=4,
)
_METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
_HEADERS = st.sampled_from(
    [{}, {"Authorization": f"Bearer {TOKEN}"}, {"Authorization": "Bearer \udcff"}]
)
_ASKS = st.tuples(_METHODS, _PATHS, _BODIES, _QUERIES, _HEADERS)
_USUAL = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def _heart() -> Heart:
    known = agent("backup", uuid=UUID, token=TOKEN, group="core")
    return await heart_of(known, ping_key=KEY, names="job-.*|service:.*", limit=MOST)


@settings(_USUAL, max_examples=300)
@given(asks=st.lists(_ASKS, min_size=1, max_size=4), is_local=st.booleans())
def test_any_request_has_an_answer_that_is_no_fault(
    asks: list[tuple[str, str, bytes, dict[str, str], dict[str, str]]], is_local: bool
) -> None:
    async def visit() -> None:
        heart = await _heart()
        visitor = Visitor(heart, TOKEN, is_local=is_local)
        for method, path, body, query, headers in asks:
            given = await visitor.ask(method, path, body, query=query, headers=headers)
            assert 200 <= given.status < 500 or given.status == 503, path
            assert len(given.body) < 100_000
        assert len(heart.agents) <= 1 + MOST
        assert AgentId("backup") in heart.agents

    asyncio.run(visit())


@settings(_USUAL, max_examples=60)
@given(
    request=st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda head, body: head + body,
            st.sampled_from(
                [
                    b"POST /v1/agents/backup/beat HTTP/1.1\r\nContent-Length: 9\r\n",
                    b"POST /ping/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                    b"GET http://other/%zz?%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET /healthz HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
                ]
            ),
            st.binary(max_size=60),
        ),
    )
)
def test_any_bytes_leave_the_server_as_it_was(request: bytes, tmp_path: Path) -> None:
    async def visit() -> None:
        way = HttpWay(tmp_path / "c.sock", within_s=0.05)
        await way.open(await _heart())
        try:
            assert b"HTTP/1.1 5" not in await exchange(way, request, and_end=True)
            assert (await send(way, "GET", "/healthz")).status == 200
        finally:
            await way.close()

    asyncio.run(visit())
