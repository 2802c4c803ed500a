"""Checks that a running conductor makes because it is asked to."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple
from urllib.parse import quote

from conductor_tui.adapters.api.client import Client
from conductor_tui.adapters.wire.frames import Parts, read_envelopes
from conductor_tui.cli.asking import Document, called_by, matching
from conductor_tui.cli.listening import heard
from conductor_tui.domain.check import CheckResult
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.events import CheckFinished
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot

WITHIN_S = 120.0  # for all of them, with their retries
_DENIED = (401, 403)


class Checked(NamedTuple):
    """In the order that was asked for: what was found; and why nothing was, by name."""

    results: Sequence[CheckResult]
    refusals: Mapping[str, str]


def check_there(
    to: Client, platforms: Sequence[Document], names: Sequence[str]
) -> Checked:
    """Have it check those of its platforms that are called `names` (patterns too), and
    wait for what it finds. No names: all that are not paused.

    Raises UsageError for a name of none, AskRefused, and NobodyListens.
    """
    if names:
        chosen = matching(names, (str(one["name"]) for one in platforms))
    else:
        chosen = [str(one["name"]) for one in platforms if not one["paused"]]
    if not chosen:
        return Checked((), {})
    asking = _Asking(to, chosen)
    asking.run()
    results = [asking.results[name] for name in chosen if name in asking.results]
    return Checked(results, asking.refusals)


class _Asking:
    """A listener that asks once it listens, so that no result is missed."""

    def __init__(self, to: Client, names: Sequence[str]) -> None:
        self._to = to
        self._waiting = list(names)
        self._before: dict[str, CheckResult | None] | None = None
        self.results: dict[str, CheckResult] = {}
        self.refusals: dict[str, str] = {}

    def run(self) -> None:
        parts, until = Parts(), time.monotonic() + WITHIN_S
        with closing(heard(self._to)) as objects:
            for one in objects:  # one comes every few seconds, whatever happens
                snapshot = parts.take(one)
                if snapshot is not None:
                    self._look(snapshot)
                for envelope in read_envelopes(one.get("events", [])):
                    if isinstance(envelope.event, CheckFinished):
                        self._take(envelope.event.result)
                if not self._waiting or time.monotonic() > until:
                    break
        late = f"no result within {WITHIN_S:g} s"
        self.refusals |= dict.fromkeys(self._waiting, late)

    def _look(self, snapshot: Snapshot) -> None:
        """Ask; or, where we have fallen behind, see what has changed since."""
        views = {
            name: snapshot.platforms.get(PlatformName(name)) for name in self._waiting
        }
        lasts = {name: view.last if view else None for name, view in views.items()}
        if self._before is None:
            self._before = lasts
            self._ask_for_all()
            return
        for name, last in lasts.items():
            if last is not None and last != self._before[name]:
                self._take(last)

    def _ask_for_all(self) -> None:
        for name in list(self._waiting):
            path = f"/v1/platforms/{quote(name, safe='')}/check"
            try:
                self._to.ask("POST", path, called_by())
            except AskRefused as error:
                if error.status in _DENIED:
                    raise
                self.refusals[name] = str(error)
                self._waiting.remove(name)

    def _take(self, result: CheckResult) -> None:
        if result.platform in self._waiting:
            self._waiting.remove(result.platform)
            self.results[result.platform] = result
