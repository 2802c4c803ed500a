"""The process probe: is it there, in the right number, within its bounds?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import monotonic

from conductor_tui.adapters.probes.off_loop import OffLoop
from conductor_tui.adapters.probes.process_table import (
    Measured,
    Wanted,
    measure,
    sees_others,
)
from conductor_tui.adapters.probes.shortage import local_finding
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe

_CHOICES = {"process_name": "name", "pid_file": "pid file", "cmdline": "cmdline"}
_MB = 1_000_000
_HIDDEN = ", or hidden: /proc shows this user only their own (hidepid)"
_SHORTEST_CPU_WINDOW_S = 0.5  # the system counts in ticks of 10 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Exactly one of `process_name` (the whole name; `name` is the platform's),
    `pid_file` and `cmdline` (a part of the command line) says which processes are
    meant. 0 means: no limit.

    `max_rss_mb` (10^6 bytes) and `max_cpu_percent` (100: one core) are for all of
    them together.
    """

    process_name: str = ""
    pid_file: str = ""
    cmdline: str = ""
    min_count: int = 1
    max_count: int = 0
    max_rss_mb: int = 0
    max_cpu_percent: float = 0.0

    def __post_init__(self) -> None:
        given = [key for key in _CHOICES if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(
                f"process needs exactly one of {', '.join(_CHOICES)}, "
                f"not {' and '.join(given) or 'none of them'}"
            )
        for key in ("min_count", "max_count", "max_rss_mb", "max_cpu_percent"):
            if not getattr(self, key) >= 0:
                raise ValueError(f"{key} must be 0 or more, not {getattr(self, key)}")
        if self.max_count and self.max_count < self.min_count:
            raise ValueError(
                f"max_count ({self.max_count}) is less than min_count "
                f"({self.min_count}): no number of processes could ever be right"
            )


@dataclass(frozen=True, slots=True)
class CpuBaseline:
    """CPU seconds per process at a moment (monotonic)."""

    at: float
    used_s: Mapping[tuple[int, float], float] = field(default_factory=dict)

    def percent(self, now: float, measured: tuple[Measured, ...]) -> float:
        """Return what they have used since, in percent of one core. A process that
        is newer than the baseline counts from the next one on.
        """
        spent = sum(
            one.cpu_s - self.used_s.get(one.identity, one.cpu_s) for one in measured
        )
        return max(0.0, 100 * spent / (now - self.at))


class ProcessProbe:
    """Remembers CPU times between calls. Satisfies ports.Probe."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._wanted = _wanted(options)
        self._measure = OffLoop(lambda: measure(self._wanted))
        self._baseline: CpuBaseline | None = None
        self._cpu_percent: float | None = None

    async def __call__(self) -> Finding:
        try:
            measured = await self._measure.get()
        except (OSError, ValueError) as error:
            return local_finding(error, str(error))
        cpu_percent = self._follow_cpu(monotonic(), measured)
        finding = judge(self._options, measured, cpu_percent)
        if not measured and finding.outcome.is_bad and not sees_others():
            return replace(finding, detail=f"{finding.detail}{_HIDDEN}")
        return finding

    def close(self) -> None:
        """There is nothing to let go of."""

    def _follow_cpu(self, now: float, measured: tuple[Measured, ...]) -> float | None:
        """Return the CPU use since the call before; None in the first one."""
        before = self._baseline
        if before is not None and now - before.at < _SHORTEST_CPU_WINDOW_S:
            return self._cpu_percent
        if before is not None:
            self._cpu_percent = before.percent(now, measured)
        self._baseline = CpuBaseline(now, {one.identity: one.cpu_s for one in measured})
        return self._cpu_percent


def judge(
    options: Options, measured: tuple[Measured, ...], cpu_percent: float | None
) -> Finding:
    """Hold what was measured against the limits."""
    count, rss_mb = len(measured), sum(one.rss_bytes for one in measured) / _MB
    broken = _count_words(options, count)
    if options.max_rss_mb and rss_mb > options.max_rss_mb:
        broken.append(f"more than {options.max_rss_mb} MB of memory")
    if options.max_cpu_percent and (cpu_percent or 0) > options.max_cpu_percent:
        broken.append(f"more than {options.max_cpu_percent:g} % CPU")
    if not count and broken:
        return Finding(
            Outcome.FAILED, f"not running: no process with {_which(options)}"
        )
    found = f"{count} process{'es' if count != 1 else ''}, {rss_mb:.0f} MB"
    if cpu_percent is not None:
        found += f", {cpu_percent:.0f} % CPU"
    if broken:
        return Finding(Outcome.FAILED, f"{', '.join(broken)}: {found}")
    return Finding(Outcome.PASSED, found)


def open_probe(options: Options) -> Probe:
    return ProcessProbe(options)


def shown_target(options: Options) -> str:
    return _which(options)


def _count_words(options: Options, count: int) -> list[str]:
    if count < options.min_count:
        return [f"fewer than {options.min_count}"]
    if options.max_count and count > options.max_count:
        return [f"more than {options.max_count}"]
    return []


def _which(options: Options) -> str:
    for key, word in _CHOICES.items():
        if value := getattr(options, key):
            return one_line(f"{word} {value}", 60)
    raise AssertionError("Options has seen to it that one is given")


def _wanted(options: Options) -> Wanted:
    return Wanted(
        name=options.process_name, pid_file=options.pid_file, cmdline=options.cmdline
    )
