"""The keys of a table that are its kind's (a probe's, a channel's): read, hidden."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conductor_tui.adapters.settings.expand import brought, refers
from conductor_tui.adapters.settings.options import (
    Family,
    option_homes,
    option_names,
    read_options,
)
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.schema import Table
from conductor_tui.adapters.settings.secrets import (
    discreet,
    file_names,
    labelled,
    read_secrets,
    secret_names,
)
from conductor_tui.adapters.settings.words import KeyPath, Problem, Raw, unknown_key


@dataclass(frozen=True, slots=True)
class Kinds:
    """A family, the table that all of its kinds have in common, what to call one of no
    known kind, and where keys have their homes.
    """

    of: Family
    table: type[Table]
    what: str
    homes: Mapping[str, str]

    def own(self, raw: Raw) -> dict[str, Any]:
        """Return the keys that are not the kind's."""
        return {key: raw[key] for key in raw if key in self.table.model_fields}

    def read(
        self,
        kind: str | None,
        raw: Raw,
        written: Raw,
        at: KeyPath,
        reading: Reading,
        problems: list[Problem],
    ) -> object | None:
        """Return the options; None, and words in `problems`, where they are bad.

        `raw` has the other keys only; `written` is the table before variables were
        filled in.
        """
        files = file_names(kind, self.of) if kind else ()
        names = [*option_names(kind, self.of), *files]
        problems += self._unknown(kind, [key for key in raw if key not in names], at)
        if kind is None:
            return None
        mine = {key: value for key, value in raw.items() if key in names}
        start = len(reading.secrets)
        for key in mine.keys() - set(files):  # where a file is, is no secret
            reading.secrets += brought(written.get(key), reading.environ)
        found: list[Problem] = []
        ready = read_secrets(kind, mine, written, at, reading, found, self.of)
        options, more = (
            (None, []) if found else read_options(kind, ready, at, mine, self.of)
        )
        problems += [*found, *(discreet(one, reading.secrets[start:]) for one in more)]
        return options

    def as_written(self, kind: str, written: Raw) -> dict[str, Any]:
        """Return what is shown for the options that are not shown as they came out."""
        shown: dict[str, Any] = {}
        secret, files = secret_names(kind, self.of), file_names(kind, self.of)
        for key, value in written.items():
            is_own = key in self.table.model_fields
            if key in secret:
                shown[key] = labelled(value)
            elif key in files or (not is_own and refers(value)):
                shown[key] = value
        return shown

    def _unknown(
        self, kind: str | None, unknown: list[str], at: KeyPath
    ) -> list[Problem]:
        if not unknown:
            return []
        names = [*option_names(kind, self.of)]
        names += file_names(kind, self.of) if kind else ()
        known = [*self.table.model_fields, *names]
        what = f'{self.of.what} = "{kind}"' if kind else self.what
        homes = {**option_homes(self.of), **self.homes}
        return [
            Problem((*at, key), unknown_key(key, known, what, homes)) for key in unknown
        ]
