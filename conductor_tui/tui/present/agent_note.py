"""The metadata of a heartbeat: a JSON object as lines of keys and values.

What stands in JSON as an escape is a control character once it is read: all of it is
made visible again.
"""

import json
from collections.abc import Iterator, Mapping

from conductor_tui.domain.text import visible

MOST_LINES = 40
_DEEPEST = 4


def note_lines(note: str) -> list[tuple[str, str]]:
    """Return (key, value) pairs, the keys of inner objects behind a dot. Text that is
    no JSON object is one value without a key.
    """
    if not note:
        return []
    try:
        read: object = json.loads(note)
    except (ValueError, RecursionError):
        return [("", visible(note))]
    if not isinstance(read, Mapping):
        return [("", visible(note))]
    pairs: list[tuple[str, str]] = []
    for pair in _flat(read, "", _DEEPEST):
        if len(pairs) == MOST_LINES:
            return [*pairs, ("…", "and more")]
        pairs.append(pair)
    return pairs


def _flat(
    read: Mapping[object, object], above: str, deep: int
) -> Iterator[tuple[str, str]]:
    for key, value in read.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping) and value and deep > 1:
            yield from _flat(value, f"{name}.", deep - 1)
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            yield visible(name, 40), visible(text, 200)
