"""The file probe: is it there, new enough, and of a likely size?

Made for what backups, exports and pipelines leave behind: with a pattern as its target
it judges the newest match, and says which one that was.
"""

import errno
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from conductor_tui.adapters.probes.newest import (
    MOST_ENTRIES,
    FileState,
    TooManyEntriesError,
    is_pattern,
    look_at,
    newest_match,
)
from conductor_tui.adapters.probes.off_loop import OffLoop
from conductor_tui.adapters.probes.shortage import local_finding
from conductor_tui.adapters.probes.size import parse_size, size_words
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.duration import parse_duration, short_duration
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe

_AGES = ("min_age", "warn_age", "max_age")
_SIZES = ("min_size", "warn_size", "max_size")
_SKEW_S = 60.0  # a file server's clock may be a little ahead of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is an absolute path (or "~/..."), or a pattern with `*`, `?`, `[a-z]`
    or `**` of which the newest match is judged. Links are followed.

    With `exists = false` it must not be there. Ages are durations ("26h") since its
    last modification; sizes are bytes or text ("10MB", "1.5GiB"), and a size means
    that a regular file is wanted. Beyond `warn_age` or `warn_size` it passes with a
    warning. Empty: no limit.
    """

    target: str
    exists: bool = True
    min_age: str = ""
    max_age: str = ""
    warn_age: str = ""
    min_size: int | str = ""
    max_size: int | str = ""
    warn_size: int | str = ""

    def __post_init__(self) -> None:
        is_path = self.target.startswith(("/", "~/")) and "\0" not in self.target
        if not is_path or not self.target.strip("/"):
            raise ValueError(
                'file target must be an absolute path such as "/var/backups/db.dump" '
                f'or a pattern such as "/var/backups/*.dump", not {self.target!r}'
            )
        limits = _limits(self)
        for keys in (_AGES, _SIZES):
            _refuse_order(self, keys, limits)
        if limits and not self.exists:
            raise ValueError(
                f"exists = false leaves nothing for {next(iter(limits))} to judge: "
                "take one of them out"
            )


class FileProbe:
    """Looks in a thread: a dead mount may hang. Satisfies ports.Probe."""

    def __init__(self, options: Options, now: Callable[[], float] = time.time) -> None:
        self._options = options
        self._now = now
        self._look = OffLoop(_look(options))

    async def __call__(self) -> Finding:
        try:
            found = await self._look.get()
        except TooManyEntriesError:
            words = (
                f"more than {MOST_ENTRIES:,} entries to look through: use a narrower "
                "pattern, or clear out the folder"
            )
            return Finding(Outcome.FAILED, words)
        except OSError as error:
            return local_finding(error, _words(error))
        return judge(self._options, found, self._now())

    def close(self) -> None:
        """There is nothing to let go of."""


def judge(options: Options, found: FileState | None, now: float) -> Finding:
    """Hold what was found against the limits. `now` is in seconds since 1970."""
    if found is None:
        outcome = Outcome.FAILED if options.exists else Outcome.PASSED
        what = "nothing matches" if is_pattern(options.target) else "no such file"
        return Finding(outcome, what)
    limits = _limits(options)
    shown = _shown(options, found, now)
    if not options.exists:
        return Finding(Outcome.FAILED, f"it is there: {shown}")
    if not found.is_file and any(key in limits for key in _SIZES):
        return Finding(Outcome.FAILED, f"not a regular file: {shown}")
    broken = _broken(options, limits, found, now, ("min", "max"))
    if broken:
        return Finding(Outcome.FAILED, f"{', '.join(broken)}: {shown}")
    doubts = _broken(options, limits, found, now, ("warn",))
    if any(key in limits for key in _AGES) and _is_ahead(found, now):
        doubts.append("from the future (is a clock wrong?)")
    words = f"{', '.join(doubts)}: {shown}" if doubts else shown
    return Finding(Outcome.PASSED, words, warns=bool(doubts))


def open_probe(options: Options) -> Probe:
    return FileProbe(options)


def shown_target(options: Options) -> str:
    return options.target


def _look(options: Options) -> Callable[[], FileState | None]:
    path = os.path.expanduser(options.target)
    if is_pattern(options.target):
        wants_files = any(getattr(options, key) != "" for key in _SIZES)
        return partial(newest_match, path, only_files=wants_files)
    return partial(look_at, path)


def _limits(options: Options) -> dict[str, float]:
    """Return the limits that are given, in seconds and bytes. Raises ValueError."""
    limits: dict[str, float] = {}
    for key in _AGES:
        if text := getattr(options, key):
            try:
                limits[key] = parse_duration(text)
            except ValueError as error:
                raise ValueError(f"{key} {error}") from None
    for key in _SIZES:
        if (value := getattr(options, key)) != "":
            limits[key] = parse_size(value, key=key)
    return limits


def _refuse_order(
    options: Options, keys: tuple[str, ...], limits: dict[str, float]
) -> None:
    given = [key for key in keys if key in limits]
    for lower, higher in pairwise(given):
        if limits[lower] >= limits[higher]:
            raise ValueError(
                f"{lower} ({getattr(options, lower)}) must be less than {higher} "
                f"({getattr(options, higher)})"
            )


def _broken(
    options: Options,
    limits: dict[str, float],
    found: FileState,
    now: float,
    which: tuple[str, ...],
) -> list[str]:
    """Return in words the limits that do not hold, of those whose names begin so."""
    values = {"age": now - found.changed_at, "size": found.size}
    words = {"age": ("newer", "older"), "size": ("smaller", "bigger")}
    broken = []
    for key, limit in limits.items():
        side, what = key.split("_")
        value, is_low = values[what], side == "min"
        if side in which and (value < limit if is_low else value > limit):
            broken.append(f"{words[what][not is_low]} than {getattr(options, key)}")
    return broken


def _shown(options: Options, found: FileState, now: float) -> str:
    """Return age and size; before them the name where a pattern left it open."""
    if _is_ahead(found, now):
        shown = f"dated {short_duration(found.changed_at - now)} from now"
    else:
        shown = f"{short_duration(now - found.changed_at)} old"
    if found.is_file:
        shown += f", {size_words(found.size)}"
    if is_pattern(options.target):
        shown = f"{one_line(os.path.basename(found.path), 80)}, {shown}"
    return shown


def _is_ahead(found: FileState, now: float) -> bool:
    return found.changed_at - now > _SKEW_S


def _words(error: OSError) -> str:
    where = one_line(str(error.filename or "it"), 120)
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return (
                f"permission denied: conductor-tui runs as user {os.geteuid()} and may "
                f"not look at {where}"
            )
        case errno.ELOOP:
            return f"links that lead in a circle: {where}"
        case _:
            return f"cannot look at {where}: {(error.strerror or str(error)).lower()}"
