import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.ingest.line import read_line
from conductor_tui.domain.agent import AGENT_NAME_LENGTH
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId

A = AgentId("a")


@pytest.mark.parametrize(
    ("line", "beat"),
    [
        (b"a", Beat(agent=A)),
        (b"a \t", Beat(agent=A)),
        (b'a {"cpu": 4.5}', Beat(agent=A, note='{"cpu": 4.5}')),
        (b"a {}", Beat(agent=A, note="{}")),
        (
            b'a {"kind": "fail", "exit": 3, "words": "disk full", "run": "r1"}',
            Beat(agent=A, kind=BeatKind.FAIL, exit_code=3, words="disk full", run="r1"),
        ),
        (
            b'a {"kind": "start", "extends": 60, "duration": 0.5, "host": "web-7"}',
            Beat(
                agent=A,
                kind=BeatKind.START,
                extends_s=60.0,
                duration_s=0.5,
                note='{"host": "web-7"}',
            ),
        ),
        ("grün:1".encode(), Beat(agent=AgentId("grün:1"))),
    ],
)
def test_a_line_is_a_heartbeat(line: bytes, beat: Beat) -> None:
    assert read_line(line, (), "") == beat


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"\xff", "utf-8"),
        (b" {}", "no agent can be called so: empty"),
        (b"a\x1b", "control characters cannot be in it"),
        (b"x" * (AGENT_NAME_LENGTH + 1), "129 characters long"),
        (b"a {", "Expecting property name"),
        (b"a [1]", "a JSON object, or nothing"),
        (b"a b", "Expecting value"),
        (b"a {} {}", "a JSON object, or nothing"),
        (b"a " + b'{"a":' * 2000, "nested too deeply|Expecting"),
        (b'a {"kind": "gone"}', "kind is none of beat, warn, start, fail, log, stop"),
        (b'a {"kind": []}', "kind is none of"),
        (b'a {"exit": 256}', "exit must be a number from 0 to 255"),
        (b'a {"exit": true}', "exit must be a number from 0 to 255"),
        (b'a {"run": 3}', "run must be a text"),
        (b'a {"duration": -1}', "duration must be a number of seconds"),
        (b'a {"extends": NaN}', "NaN is not JSON"),
        (b'a {"cpu": Infinity}', "Infinity is not JSON"),
    ],
)
def test_what_is_none_is_refused_in_words(line: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_line(line, (), "")


def test_the_name_of_a_known_agent_is_taken_as_it_stands() -> None:
    assert read_line(b"x" * 500, {"x" * 500}, "udp").via == "udp"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    st.binary(max_size=200) | JSON.map(lambda found: b"a " + json.dumps(found).encode())
)
def test_no_junk_makes_more_than_words(line: bytes) -> None:
    words = ""
    try:
        name: str = read_line(line, (), "udp").agent
    except ValueError as error:
        name, words = "", str(error)
    assert name or words
