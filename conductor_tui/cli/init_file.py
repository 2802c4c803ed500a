"""What `init` writes: the platforms that were found, and every other key as a comment.

An option line begins with `#` and no space, so that taking the `#` away is all it
takes to use it; prose begins with `# `. Options and examples are written from the
same values and types that read them, so they are valid for as long as this is.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conductor_tui.adapters.probes.kinds import options_type
from conductor_tui.adapters.settings.text import platform_text, settings_text
from conductor_tui.domain.check import BreakerSpec, CheckSpec, RetrySpec
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.ports import Listeners

_HEADER = """\
The settings of conductor-tui, written by `conductor-tui init`.

`conductor-tui config check` checks this file after a change, and
`conductor-tui config show` prints every value that is in force.

Lines that begin with # and no space are options: take the # away to use one. Those
of [engine] and [load] show the defaults. Durations have units: ms, s, m, h, d.
"""
_HIDDEN = """\
Some of the processes could not be seen. They are named, and their probe chosen, by
their port alone. Where they belong to other users, `init` as root knows more.
"""
_FOUND = """\
What was listening on this machine. The line above each platform says how it was
found. Delete what need not be watched, and rename what you like.
While there is a [[platform]], only what stands here is watched.
"""
_NOTHING = """\
Nothing was listening on this machine. Without a [[platform]] whatever listens here is
watched as it comes and goes.
"""
_EXAMPLES = """\
Examples of what else can be watched.

A platform may also have tags = ["prod"], depends_on = ["postgres"] (its own alerts wait
while that is FAILED) and paused = true. What platforms have in common can stand in
[defaults], or in [group.NAME] for those with group = "NAME".

Text may hold variables of the environment: ${NAME}, or ${NAME:-text} for what to use
without it; $${ is a plain ${. What they bring into the options of a probe is never
shown. A secret may stand in a file of its own: password_file = "/etc/secret".
"""
_MAINTENANCE = """\
A time in which platforms are left alone; with platforms, groups or tags only those.
Also: weekdays = ["sat"] and at = "02:00", cron = "0 2 * * 1-5", or start and end.
"""
_WINDOW = """\
[[maintenance]]
name = "backup"
daily = "02:00"
for = "30m"
"""
_ENGINE_NOTES: Mapping[str, str] = {
    "interval": "how often each platform is checked; this and the next keys",
    "timeout": "down to breaker.max_reset may also stand in a [[platform]]",
    "rise": "good results in a row that make an unwell platform HEALTHY again",
    "retry.attempts": "how often one check may try",
    "breaker.failures": "failed checks in a row that open the breaker",
    "breaker.reset_after": "how long it stays open before a trial",
    "breaker.backoff": "each failed trial makes that longer by this factor,",
    "breaker.max_reset": "up to this",
    "stagger": 'or a fixed spacing of checks, such as "100ms"',
    "history": "how long results are kept in memory",
}
_LOAD_NOTES: Mapping[str, str] = {
    "degraded_at": "percent of RAM, CPU or disk",
    "emergency_at": "percent of RAM",
}
_AGENTS_NOTES: Mapping[str, str] = {
    "interval": "how often an agent beats; down to detector also in an [[agent]]",
    "failure_threshold": "intervals of silence until it is FAILED",
    "grace": "added to each boundary; a share of the interval, or a duration",
    "detector": 'or "phi": learned from its own intervals',
    "names": 'who may come by its first beat: "worker-.*", ".*" for all',
    "limit": "how many of these",
    "expires": "silent for so long, they are forgotten",
}
_LISTEN_NOTES: Mapping[str, str] = {
    "socket": "HTTP; or its path, or false",
    "datagrams": "or its path, or false",
}


def init_text(found: Listeners) -> str:
    """Return the whole file, ready to be read by `config check`."""
    notes = {
        "engine": _ENGINE_NOTES,
        "load": _LOAD_NOTES,
        "agents": _AGENTS_NOTES,
        "listen": _LISTEN_NOTES,
    }
    hidden = [] if found.complete else [_prose(_HIDDEN)]
    blocks = [
        _prose(_HEADER),
        _as_options(settings_text(Settings(), notes=notes), keep="["),
        _prose(_FOUND if found.platforms else _NOTHING),
        *hidden,
        *(_found_text(platform) for platform in found.platforms),
        _prose(_EXAMPLES),
        *_examples_text(),
        _prose(_MAINTENANCE) + _as_options(_WINDOW),
    ]
    return "\n".join(blocks)


def _found_text(platform: PlatformSettings) -> str:
    notes = {"expect_status": "any answer below 500 means that it is alive"}
    return platform_text(platform, comment=platform.spec.origin, notes=notes)


def _examples_text() -> Iterator[str]:
    for why, platform in examples():
        yield _prose(why) + _as_options(platform_text(platform))


def examples() -> Iterable[tuple[str, PlatformSettings]]:
    """Yield platforms that show the options of checks and probes, and what for."""
    patient = CheckSpec(
        platform=PlatformName("discord"),
        probe="http",
        target="",
        interval_s=15.0,
        timeout_s=0.8,
        slow_after_s=0.4,
        rise=2,
        group="bots",
        tags=("prod",),
        retry=RetrySpec(attempts=2),
        breaker=BreakerSpec(
            failures=5, reset_after_s=60.0, backoff=2.0, max_reset_s=600.0
        ),
    )
    yield (
        "A web service elsewhere, with more patience than one on this machine.",
        _example(
            patient,
            target="https://discord.example/health",
            expect_status=(200, 204),
        ),
    )
    yield (
        "A TCP service that has to give the right answer.",
        _example(
            _plain("cache", "tcp"),
            target="127.0.0.1:11211",
            send="version\r\n",
            expect="VERSION ",
        ),
    )
    yield (
        "A program that listens nowhere, and what it may use.",
        _example(
            _plain("android-bridge", "process"),
            cmdline="android_bridge.main",
            max_rss_mb=500,
        ),
    )
    yield (
        "Any Nagios plug-in, or a program whose exit code is 0 when all is well.",
        _example(
            _plain("backup", "command", interval_s=60.0, timeout_s=10.0),
            command=("/usr/lib/nagios/plugins/check_file_age", "/var/backups/latest"),
        ),
    )


def _plain(
    name: str, probe: str, *, interval_s: float = 5.0, timeout_s: float = 0.2
) -> CheckSpec:
    return CheckSpec(
        platform=PlatformName(name),
        probe=probe,
        target="",
        interval_s=interval_s,
        timeout_s=timeout_s,
    )


def _example(spec: CheckSpec, **options: Any) -> PlatformSettings:
    return PlatformSettings(spec=spec, options=options_type(spec.probe)(**options))


def _prose(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _as_options(text: str, *, keep: str = "\0") -> str:
    """Put a # before each line, but for those that begin with `keep`."""
    return "".join(
        f"{line}\n" if not line or line.startswith(keep) else f"#{line}\n"
        for line in text.splitlines()
    )
