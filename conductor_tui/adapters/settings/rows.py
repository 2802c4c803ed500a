"""The rows of a table as text: one `key = value` a line, remarks behind."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import TypeAlias

from conductor_tui.adapters.settings.toml_text import escaped, toml_value
from conductor_tui.domain.text import visible

Notes: TypeAlias = Mapping[str, str]
"""Words on where a value came from, by its key in the table (`retry.attempts`)."""

_LINE = 400  # characters of a comment's line; nobody reads on
NONE = object()


@dataclass(frozen=True, slots=True)
class Row:
    """One `key = value`. Without a default it is always written. `is_raw`: as it
    stands in a file, variables and all.
    """

    key: str
    value: object
    default: object = NONE
    is_raw: bool = False

    @property
    def is_default(self) -> bool:
        return self.value == self.default


def table_text(header: str, rows: Iterator[Row], notes: Notes) -> str:
    lines = [header]
    for row in rows:
        note = notes.get(row.key, "")
        behind = f"  # {visible(note, _LINE)}" if note else ""
        value = toml_value(row.value if row.is_raw else escaped(row.value))
        lines.append(f"{row.key} = {value}{behind}")
    return "\n".join(lines) + "\n"


def comment_text(text: str) -> str:
    lines = [f"# {visible(line, _LINE)}".rstrip() for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def option_rows(options: object, written: Mapping[str, object]) -> Iterator[Row]:
    """Yield the probe's own keys. An option that is None is one that is not given."""
    if not is_dataclass(options):
        raise TypeError(f"a probe's options are a dataclass, not {options!r}")
    for option in fields(options):
        in_file = f"{option.name}_file"
        key = in_file if in_file in written else option.name
        if key in written:
            yield Row(key, written[key], is_raw=True)
            continue
        value = getattr(options, option.name)
        default = option.default
        if option.default_factory is not MISSING:
            default = option.default_factory()
        if value is not None:
            yield Row(option.name, value, default)
