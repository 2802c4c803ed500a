"""The conductor of this host, for a program without asyncio."""

import atexit
import os
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from conductor_tui.client.breaker import Breaker, Counts
from conductor_tui.client.dialing import Answer, Place, exchange, place
from conductor_tui.client.dispatching import Sent, request_body, sent
from conductor_tui.client.link import ConductorLink
from conductor_tui.domain.errors import AskRefused, BeatRefused
from conductor_tui.domain.text import one_line

if TYPE_CHECKING:
    from conductor_tui.client.beater import Beater

OnLost: TypeAlias = Literal["keep", "allow", "deny"]
Metadata: TypeAlias = Mapping[str, object]
LONGEST_DISPATCH_S = 300.0  # the platform's own deadline is the conductor's to know
ASKED_S = 15.0  # longer than a conductor waits for its engine
_LONGEST_NAME = 64
_LONGEST_PLATFORM = 200  # a report with a longer one is refused, with all in it
_links: "weakref.WeakSet[ConductorLink]" = weakref.WeakSet()


class Client:
    """Asks breakers before calls, sends heartbeats, gives commands. Made once for a
    process; safe from any thread, after a fork too. Nothing is connected before the
    first breaker is asked for.

    `name` is how the dashboard calls this program; "": as it was started. `url` is
    unix:/path or http(s)://host:port; "": $CONDUCTOR_TUI_URL, else the conductor of
    this user. `token`: for http(s); None: $CONDUCTOR_TUI_TOKEN. While the conductor is
    not heard, `on_lost` keeps its last word, or allows or denies every call; what the
    own failures say stands beside that. `report`: failures here count for everybody,
    together with those of others (`breaker.quorum`). `first_word_s` is how long the
    first call of all waits to hear how the breakers are.
    Raises ValueError for what cannot be.
    """

    def __init__(
        self,
        name: str = "",
        *,
        url: str = "",
        token: str | None = None,
        on_lost: OnLost = "keep",
        report: bool = False,
        first_word_s: float = 0.5,
    ) -> None:
        if on_lost not in ("keep", "allow", "deny"):
            raise ValueError(f'on_lost: must be "keep", "allow" or "deny": {on_lost!r}')
        if not first_word_s >= 0:
            raise ValueError(f"first_word_s: must be 0 or more, not {first_word_s!r}")
        self.name = one_line(name or _program(), _LONGEST_NAME)
        self._link = ConductorLink(
            place(url, token), self.name, on_lost, first_word_s, report=report
        )
        _links.add(self._link)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def place(self) -> Place:
        """Where the conductor is."""
        return self._link.to

    # Breakers

    def breaker(
        self,
        name: str,
        *,
        failures: int | None = None,
        reset_after_s: float | None = None,
        counts: Counts = Exception,
    ) -> Breaker:
        """Return the breaker of a platform; the same one for the same name.

        So many `failures` in a row open it in this process, for `reset_after_s`
        seconds; None: as conductor.toml has it, 3 and 30.0 where nobody is heard.
        `counts` says which exceptions are failures: types, or a function of one.
        Raises ValueError for what cannot be.
        """
        if not isinstance(name, str) or not name:
            raise ValueError(f"name: must be that of a platform, not {name!r}")
        if len(name) > _LONGEST_PLATFORM:
            raise ValueError(
                f"name: must be of {_LONGEST_PLATFORM} characters at the most, "
                f"not {len(name)}: {name[:40]!r}..."
            )
        if failures is not None and failures < 1:
            raise ValueError(f"failures: must be 1 or more, not {failures!r}")
        if reset_after_s is not None and not reset_after_s > 0:
            raise ValueError(f"reset_after_s: must be above 0, not {reset_after_s!r}")

        def make() -> Breaker:
            return Breaker(
                name,
                self._link,
                failures=failures,
                reset_after_s=reset_after_s,
                counts=counts,
            )

        return self._link.breaker(name, make)

    def platform_at(self, host: str) -> str | None:
        """Return the platform whose target is at "host:port"; None: none is."""
        if not self._link.is_told:
            self._link.first_word()
        return self._link.words.mirror.by_host.get(host.lower())

    async def first_word(self) -> None:
        """Hear how the breakers are, without holding up the loop: it takes no longer
        than `first_word_s`, and once. Without it the first call of all waits.
        """
        if not self._link.is_told:
            await self._link.first_word_async()

    @property
    def is_connected(self) -> bool:
        return self._link.is_connected

    def wait(self, timeout_s: float = 5.0) -> bool:
        """Wait until the conductor is heard; False: it is not."""
        return self._link.wait(timeout_s)

    def close(self) -> None:
        """Say the last word and listen no more; takes half a second at the most."""
        self._link.close()

    # Heartbeats

    def beat(
        self, agent: str, metadata: Metadata | None = None, kind: str = "beat"
    ) -> None:
        """Send one heartbeat. Raises NobodyListens, or BeatRefused, in words."""
        said: dict[str, object] = {"kind": kind}
        if metadata:
            said["metadata"] = dict(metadata)
        answer = self._ask("POST", f"/v1/agents/{_quoted(agent)}/beat", said)
        if answer.status != 200:
            raise BeatRefused(answer.words, answer.status)

    def beater(
        self,
        agent: str,
        interval_s: float = 5.0,
        metadata: Metadata | Callable[[], Metadata] | None = None,
    ) -> "Beater":
        """Return what beats at half of `interval_s` for as long as its block runs."""
        from conductor_tui.client.beater import Beater

        return Beater(self, agent, interval_s, metadata)

    # Commands, and a look

    def trip(self, name: str, *, why: str, ttl_s: float | None = None) -> str:
        """Hold a breaker open, everywhere; return the answer in words. After `ttl_s` a
        trial is due; None: when somebody resets it.

        Raises NobodyListens, or AskRefused, in words.
        """
        said: dict[str, object] = {"why": why}
        return self._command(name, "trip", said | ({"ttl_s": ttl_s} if ttl_s else {}))

    def reset(self, name: str) -> str:
        """Close a breaker by force; as `trip`."""
        return self._command(name, "reset")

    def release(self, name: str) -> str:
        """Let it try once: closed only if that passes; as `trip`."""
        return self._command(name, "release")

    def snapshot(self) -> dict[str, Any]:
        """Return the object that `conductor-tui status --json` prints. Raises
        NobodyListens and AskRefused.
        """
        return self._granted(self._ask("GET", "/v1/status")).document

    def events(self, since: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield what happens, as it happens, for ever: {"seq", "at", "kind", "event"}.
        With `since`, in ISO 8601, what happened from then on comes first. A conductor
        that goes is waited for. Raises AskRefused where we may not look.
        """
        from conductor_tui.client.watching import Watch

        return iter(Watch(self._link.to, since))

    def dispatch(
        self,
        to: str = "",
        payload: object = None,
        *,
        type: str = "",
        metadata: Mapping[str, str] | None = None,
        key: str = "",
        id: str = "",
        priority: int | None = None,
        deadline_s: float | None = None,
        wait: bool = True,
        keep: bool = True,
    ) -> Sent:
        """Have a platform's plug-in do one thing, or that of a group, or, with `to` "",
        where the conductor's routes say for its `type`. Returns what came of it, once
        it was delivered or kept as a dead letter; without `wait`, once it is kept.

        `payload` is what JSON has. The same `key` is delivered once in a day.
        Raises CallRefused where its breaker lets nothing through and it is not to be
        kept, AskRefused where it was not accepted, NobodyListens.
        """
        said = request_body(
            to=to,
            payload=payload,
            type=type,
            metadata=dict(metadata or {}) or None,
            key=key,
            id=id,
            priority=priority,
            deadline_s=deadline_s,
            wait=wait,
            keep=keep,
        )
        within_s = (deadline_s or LONGEST_DISPATCH_S) + ASKED_S
        place = self._link.to
        answer = exchange(place, "POST", "/v1/requests", said, within_s=within_s)
        return sent(answer, to)

    def _command(
        self, name: str, verb: str, said: Mapping[str, object] | None = None
    ) -> str:
        path = f"/v1/breakers/{_quoted(name)}/{verb}"
        said = {**(said or {}), "by": self.name}
        answer = self._granted(self._ask("POST", path, said))
        return one_line(str(answer.document.get("words", "")), 400)

    def _ask(
        self, method: str, path: str, said: Mapping[str, object] | None = None
    ) -> Answer:
        return exchange(self._link.to, method, path, said, within_s=ASKED_S)

    def _granted(self, answer: Answer) -> Answer:
        if answer.status != 200:
            raise AskRefused(answer.words, answer.status)
        return answer


def _quoted(name: str) -> str:
    if not isinstance(name, str) or not name:
        raise ValueError(f"the name must be a text, not {name!r}")
    from urllib.parse import quote

    return quote(name, safe="")


def _program() -> str:
    """Return what this program is called."""
    started = sys.argv[0] if sys.argv else ""
    name = os.path.basename(started)
    if name == "__main__.py":  # python -m package
        name = os.path.basename(os.path.dirname(started))
    return name if name and name != "-c" else "python"


def _after_fork() -> None:
    for link in list(_links):
        link.after_fork()


def _at_exit() -> None:
    for link in list(_links):
        link.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
