"""A conductor.toml under an editor with unsteady hands: valid most of the time."""

from pathlib import Path
from random import Random
from typing import Any

NAMES = [f"p{n}" for n in range(12)]
_PROBES = {
    "tcp": "127.0.0.1:{port}",
    "http": "http://127.0.0.1:{port}/health",
    "redis": "127.0.0.1:{port}",
    "postgres": "127.0.0.1:{port}",
}
_GARBAGE = [
    b"\x00\xff\xfe",
    b"]]",
    b"= = =",
    b'"',
    b"[[platform]]\n",
    b"\nnam",
    b"\xe2",
]
_Table = dict[str, Any]


class RandomFile:
    """`edit` changes the file at `path` once. `tables` is what a valid one says."""

    def __init__(self, path: Path, random: Random) -> None:
        self.path, self._random = path, random
        self._tables: list[_Table] = [self._platform(name) for name in NAMES[:6]]
        self._engine: _Table = {}
        self._others = ""
        self._write()

    def edit(self) -> str:
        """Edit it; return what was done."""
        random = self._random
        kinds = [self._change_key] * 8 + [self._add, self._remove, self._rename] * 2
        kinds += [self._shuffle, self._change_engine, self._change_others]
        if random.random() < 0.7:
            edits = [random.choice(kinds) for _ in range(random.choice([1, 1, 1, 4]))]
            for edit in edits:
                edit()
            self._write()
            return " ".join(edit.__name__ for edit in edits)
        broken = random.choice(
            [self._garbage, self._truncate, self._empty, self._delete, self._nonsense]
        )
        self._write()
        broken()
        return broken.__name__

    # What somebody means

    def _platform(self, name: str) -> _Table:
        random = self._random
        probe = random.choice(list(_PROBES))
        port = random.randint(8000, 8009)
        target = _PROBES[probe].format(port=port)
        return {"name": name, "probe": probe, "target": target}

    def _change_key(self) -> None:
        if not self._tables:
            return
        random, table = self._random, self._random.choice(self._tables)
        key, values = random.choice(
            [
                ("target", [table["target"][:-1] + "7", table["target"]]),
                ("interval", ["1s", "2s", "5s", "7s", "1m"]),
                ("timeout", ["50ms", "200ms", "900ms"]),
                ("breaker", [{"failures": 1}, {"failures": 4, "reset_after": "9s"}]),
                ("retry", [{"attempts": 2}, {"attempts": 1}]),
                ("group", ["bots", "web", "${GROUP}"]),
                ("tags", [["a"], ["a", "b"], []]),
                ("paused", [True, False]),
                ("rise", [1, 3]),
                ("slow_after", ["10ms", "40ms"]),
                ("depends_on", [[name] for name in NAMES[:3]]),
            ]
        )
        table[key] = random.choice(values)
        if random.random() < 0.3 and key != "target":
            del table[key]

    def _add(self) -> None:
        free = sorted(set(NAMES) - {table["name"] for table in self._tables})
        if free:
            place = self._random.randint(0, len(self._tables))
            self._tables.insert(place, self._platform(self._random.choice(free)))

    def _remove(self) -> None:
        if self._tables:
            self._tables.remove(self._random.choice(self._tables))

    def _rename(self) -> None:
        if self._tables:
            # now and then to a name that is taken already
            self._random.choice(self._tables)["name"] = self._random.choice(NAMES)
            known = {table["name"]: table for table in self._tables}
            if self._random.random() < 0.7:
                self._tables = list(known.values())

    def _shuffle(self) -> None:
        self._random.shuffle(self._tables)

    def _change_engine(self) -> None:
        random = self._random
        self._engine = {
            "stagger": random.choice(["spread", "50ms"]),
            "max_checks_at_once": random.choice([1, 8, 128]),
            "history": random.choice(["1m", "30m"]),
        }

    def _change_others(self) -> None:
        self._others = self._random.choice(
            [
                "",
                "[load]\ndegraded_at = 70\n",
                '[defaults]\ninterval = "3s"\n',
                '[[maintenance]]\nname = "night"\ndaily = "12:00"\nfor = "20m"\n'
                'zone = "UTC"\n',
            ]
        )

    # What nobody means

    def _garbage(self) -> None:
        text = self.path.read_bytes()
        place = self._random.randint(0, len(text))
        found = self._random.choice(_GARBAGE)
        self.path.write_bytes(text[:place] + found + text[place:])

    def _truncate(self) -> None:
        text = self.path.read_bytes()
        self.path.write_bytes(text[: self._random.randint(0, len(text))])

    def _empty(self) -> None:
        self.path.write_bytes(b"")

    def _delete(self) -> None:
        self.path.unlink()

    def _nonsense(self) -> None:
        lines = ["bogus = 1", "interval = 5", 'target = ""', 'probe = "telepathy"']
        with self.path.open("a") as file:
            file.write(f"\n{self._random.choice(lines)}\n")

    def _write(self) -> None:
        parts = [self._others, "[engine]", *map(_line, self._engine.items())]
        for table in self._tables:
            parts += ["[[platform]]", *map(_line, table.items())]
        self.path.write_text("\n".join(parts))


def _line(item: tuple[str, Any]) -> str:
    return f"{item[0]} = {_value(item[1])}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            return f"{{ {', '.join(map(_line, value.items()))} }}"
        case _:
            return str(value)
