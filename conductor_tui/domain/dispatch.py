"""Requests to platforms: what was asked, what came of it, and how much is under way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from conductor_tui.domain.check import RetrySpec
from conductor_tui.domain.ids import LetterId, PlatformName
from conductor_tui.domain.plugin_calls import Json, Reply

TOOK_BOUNDS_S = (0.01, 0.05, 0.2, 1.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSpec:
    """What a platform takes of requests: `at_once` are under way, `waiting` more wait,
    all others are turned away at once. What may work is tried again as `retry` says,
    within `deadline_s` in all. Its dead letters are redriven `redrives` times by
    themselves, at most `redrive_rate` of them a second.
    """

    at_once: int = 8
    waiting: int = 64
    retry: RetrySpec = field(
        default_factory=lambda: RetrySpec(attempts=3, wait_s=0.1, max_wait_s=1.0)
    )
    deadline_s: float = 5.0
    redrives: int = 10
    redrive_rate: float = 10.0


class Choice(StrEnum):
    """Which of several platforms is asked first."""

    ORDER = "order"  # as they are named: the next one where one fails
    LEAST_LOADED = "least_loaded"  # with the fewest under way and waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where requests of a type go: `pattern` as in a shell, `to` names platforms and
    groups of them.
    """

    pattern: str
    to: tuple[str, ...]
    choose: Choice = Choice.ORDER

    def takes(self, kind: str) -> bool:
        return fnmatchcase(kind, self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLimits:
    """How many dead letters are kept, and how many bytes of payload in all. Full: what
    would become one is not accepted; none that was is dropped.
    """

    count: int = 10_000
    size_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings:
    """`usual` is for platforms that are not in `platforms`; the first of `routes` that
    takes a type has it. `groups` are platforms by their group, in their order.
    """

    usual: DispatchSpec = field(default_factory=DispatchSpec)
    platforms: Mapping[PlatformName, DispatchSpec] = field(default_factory=dict)
    groups: Mapping[str, tuple[PlatformName, ...]] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    letters: LetterLimits = field(default_factory=LetterLimits)

    def of(self, platform: PlatformName) -> DispatchSpec:
        return self.platforms.get(platform, self.usual)


class DispatchOutcome(StrEnum):
    DELIVERED = "delivered"
    REFUSED = "refused"  # by the platform: it will never work as it was asked for
    FAILED = "failed"  # every attempt that was allowed
    TIMED_OUT = "timed_out"  # its deadline passed first
    REJECTED = "rejected"  # by the breaker: nothing was sent
    TURNED_AWAY = "turned_away"  # by the bulkhead: too many wait already
    KEPT = "kept"  # accepted: it is a dead letter until it can be delivered
    NOT_KEPT = "not_kept"  # it would be one, but there is no room, or no journal

    @property
    def may_be_kept(self) -> bool:
        """True where the same request may work later, and nobody else has it."""
        return self in (
            DispatchOutcome.FAILED,
            DispatchOutcome.TIMED_OUT,
            DispatchOutcome.REJECTED,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRequest:
    """What somebody asks for. `id` is in every log line about it.

    `to` names a platform or a group of them; "": where the routes say for its `type`.
    Of those that wait the higher `priority` goes first. `deadline_s` None: that of the
    platform. What cannot be delivered now is kept as a dead letter, unless `keep` is
    False; without `wait` it is kept first and delivered behind. The same `key` (from
    the same `by`) is the same request: it is delivered once.
    """

    id: str
    to: str = ""
    type: str = ""
    choose: Choice | None = None
    payload: Json = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    deadline_s: float | None = None
    keep: bool = True
    wait: bool = True
    key: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why one platform did not take a request, after so many attempts."""

    platform: PlatformName
    outcome: DispatchOutcome
    words: str
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What came of a request. `retry_in_s` is when asking again may help, if somebody
    knows; `took_s` covers waits and all attempts. `platform` is who had it last, after
    those of `troubles`. With `letter` it was accepted, and waits as that dead letter.
    `is_repeated`: this is what came of an earlier request of the same key.
    """

    outcome: DispatchOutcome
    reply: Reply | None = None
    words: str = ""
    attempts: int = 0
    took_s: float = 0.0
    retry_in_s: float | None = None
    platform: PlatformName | None = None
    troubles: tuple[Trouble, ...] = ()
    letter: LetterId | None = None
    is_repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFigures:
    """The requests of one platform: those `under_way` and `waiting` now, how many ended
    how (totals since conductor began), and how long the newest took. `took_counts` says
    of all that were sent how many took up to each of TOOK_BOUNDS_S, and not up to the
    one before; its last place is for what took longer.
    """

    under_way: int = 0
    waiting: int = 0
    ended: Mapping[DispatchOutcome, int] = field(default_factory=dict)
    p50_s: float | None = None
    p99_s: float | None = None
    took_counts: tuple[int, ...] = (0,) * (len(TOOK_BOUNDS_S) + 1)
    took_sum_s: float = 0.0

    @property
    def total(self) -> int:
        return sum(self.ended.values())
