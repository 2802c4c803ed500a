"""The datagram protocol: one line per heartbeat, the agent's name and maybe JSON.

    agent-001
    agent-001 {"cpu": 45.2}
    backup {"kind": "fail", "exit": 3, "words": "disk full", "run": "a1"}

The keys in RESERVED say what kind of heartbeat it is; all others are its metadata.
"""

import json
from collections.abc import Container
from typing import Any

from conductor_tui.domain.agent import agent_name_problem
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId

LONGEST = 8192  # bytes of a datagram
RESERVED = frozenset({"kind", "run", "exit", "duration", "words", "extends"})
_NO_OBJECT = "behind the name stands a JSON object, or nothing"


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


# `raw_decode` does not look for blanks at both ends, which costs as much as the rest.
_read_json = json.JSONDecoder(parse_constant=_no_number).raw_decode


def read_line(line: bytes, known: Container[object], via: str) -> Beat:
    """Return the heartbeat in `line`. The name of an agent that is `known` is taken as
    it stands. Raises ValueError in words.
    """
    text = line.decode()
    name, _, rest = text.partition(" ")
    if name not in known and (problem := agent_name_problem(name)):
        raise ValueError(f"no agent can be called so: {problem}")
    rest = rest.strip()
    if not rest:
        return Beat(agent=AgentId(name), via=via)
    metadata = _metadata(rest)
    if RESERVED.isdisjoint(metadata):
        return Beat(agent=AgentId(name), note=rest, via=via)
    return _with_reserved(AgentId(name), metadata, via)


def _metadata(text: str) -> dict[str, Any]:
    try:
        found, end = _read_json(text)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    if not isinstance(found, dict) or end != len(text):
        raise ValueError(_NO_OBJECT)
    return found


def _with_reserved(agent: AgentId, metadata: dict[str, Any], via: str) -> Beat:
    said = {key: metadata.pop(key) for key in RESERVED & metadata.keys()}
    return Beat(
        agent=agent,
        kind=_kind(said.get("kind", "beat")),
        note=json.dumps(metadata, ensure_ascii=False) if metadata else "",
        words=_text(said, "words"),
        run=_text(said, "run"),
        exit_code=_exit_code(said.get("exit")),
        duration_s=_seconds(said, "duration"),
        extends_s=_seconds(said, "extends"),
        via=via,
    )


def _kind(value: object) -> BeatKind:
    if value not in list(BeatKind):
        raise ValueError(f"kind is none of {', '.join(BeatKind)}")
    return BeatKind(str(value))


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a text")
    return value


def _exit_code(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise ValueError("exit must be a number from 0 to 255")
    return value


def _seconds(said: dict[str, Any], key: str) -> float | None:
    value = said.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} must be a number of seconds")
    if not 0 <= value <= 1e9:  # written so that nan is refused too
        raise ValueError(f"{key} must be a number of seconds")
    return float(value)
