"""The conductor's words, from the lines of its stream to the breakers they name."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from conductor_tui.client.breaker import Breaker
from conductor_tui.client.logs import warn
from conductor_tui.client.verdicts import Mirror, Verdict, read_verdict

_SHOWN = 8  # names of a list of all


class Words:
    """`in_force` is called when a breaker goes by another word. Lines come from one
    thread, breakers are made in any: a new one must not miss a word, nor hear two in
    the wrong order, so both are done under one lock.
    """

    def __init__(self, in_force: Callable[[], None]) -> None:
        self.mirror, self.breakers = Mirror(), dict[str, Breaker]()
        self._in_force = in_force
        self.begin_anew()

    def begin_anew(self) -> None:
        """After a fork: whoever held the lock is not here."""
        self._lock = threading.RLock()
        self._unknown: set[str] = set()
        for breaker in self.breakers.values():
            breaker.begin_anew()

    def breaker(self, name: str, make: Callable[[], Breaker]) -> Breaker:
        """Return the breaker of that name, made if it is new."""
        with self._lock:
            known = self.breakers.get(name)
            if known is None:
                known = self.breakers[name] = make()
                known.hear(self.mirror.verdicts.get(name))
                self._in_force()
            return known

    def take(self, line: dict[str, Any]) -> None:
        """Pass on what a line says. Raises KeyError, TypeError or ValueError for one
        that cannot be read.
        """
        with self._lock:
            if "breaker" in line:
                verdict = read_verdict(line["breaker"], monotonic())
                self.mirror.put(verdict)
                self._give(verdict.name, verdict)
            elif "breakers" in line:
                self._begin(line)
            elif "trial" in line:
                self._hear_trial(line["trial"])
            elif "removed" in line:
                self.mirror.remove(line["removed"])
                self._give(line["removed"], None)
            elif line.get("is_whole"):
                self.mirror.is_whole = True

    def hear_connection(self) -> None:
        """It was made, or lost."""
        for breaker in list(self.breakers.values()):
            breaker.hear_connection()

    def warn_of_unknown(self) -> None:
        """Say, once each, which names the conductor does not know."""
        if not self.mirror.is_whole:
            return
        with self._lock:
            unknown = self.breakers.keys() - self.mirror.verdicts.keys() - self._unknown
            self._unknown |= unknown
            known = ", ".join(sorted(self.mirror.verdicts)[:_SHOWN]) or "none"
        for name in sorted(unknown):
            warn(
                "no platform is called %r: only the own failures of this process "
                "open its breaker; there are: %s",
                name,
                known,
            )

    def _begin(self, line: dict[str, Any]) -> None:
        now = monotonic()
        words = [read_verdict(one, now) for one in line["breakers"]]
        verdicts = {one.name: one for one in words}
        gone = self.mirror.begin(verdicts, is_whole=bool(line["is_whole"]))
        for name in gone:
            self._give(name, None)
        for verdict in words:
            self._give(verdict.name, verdict)

    def _give(self, name: str, verdict: Verdict | None) -> None:
        breaker = self.breakers.get(name)
        if breaker is not None:
            breaker.hear(verdict)
            self._in_force()

    def _hear_trial(self, said: dict[str, Any]) -> None:
        breaker = self.breakers.get(str(said["platform"]))
        if breaker is not None:
            permit, wait_s = said["permit"], said["retry_in_s"]
            epoch = said.get("epoch")
            breaker.hear_trial(
                None if permit is None else str(permit),
                -1 if epoch is None else int(epoch),
                None if wait_s is None else float(wait_s),
            )
