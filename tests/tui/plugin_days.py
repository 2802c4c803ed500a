"""Plug-ins to look at: in every state, with logs, at worlds.NOW."""

from dataclasses import replace

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName, PluginName
from conductor_tui.domain.plugin import (
    LogLine,
    PluginFigures,
    PluginSpec,
    PluginState,
    PluginView,
)
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.domain.text import visible
from tests.tui.worlds import NOW, ago

MIB = 1024 * 1024
LONG = (
    "it took 530MiB of memory: at most 512MiB, killed; "
    + visible("\x1b[31m日本語 that goes on \n and on ", 400) * 3
)


def plugin(
    name: str,
    state: PluginState = PluginState.ACTIVE,
    *,
    since_s: float = 3600,
    why: str = "",
    **more: object,
) -> PluginView:
    spec = PluginSpec(
        plugin=PluginName(name),
        source=f"{name}-plugin 1.2.0",
        target=f"{name}_plugin:{name.capitalize()}",
        origin=f"conductor.toml, [plugin.{name}]",
    )
    view = PluginView(spec=spec, state=state, since=ago(since_s), why=why)
    return replace(view, **more)  # type: ignore[arg-type]


def lines(count: int = 40) -> tuple[LogLine, ...]:
    told = [
        LogLine(at=ago(count - n), text=f"sync {n} done, 12 rooms")
        for n in range(count)
    ]
    told[-6] = LogLine(at=told[-6].at, text=visible("bad \x1b[2J\x07 日本語", 400))
    told[-4] = LogLine(at=told[-4].at, text="KeyError: 'room'", stream="stderr")
    told[-2] = LogLine(at=told[-2].at, text="312 more lines were left out", stream="")
    return tuple(told)


def day() -> Snapshot:
    """One in each state, one that waits to begin again, one in our own process."""
    matrix = plugin(
        "matrix",
        restarts=2,
        error="it hung: its loop did not answer for 2s",
        error_at=ago(740),
        failures=2,
        figures=PluginFigures(
            pid=20412,
            rss_bytes=84 * MIB,
            cpu_percent=3.4,
            processes=3,
            in_flight=2,
            waiting=1,
            asked=48_211,
            failed=12,
        ),
        log=lines(),
    )
    hook = plugin("webhook")
    hook = replace(
        hook,
        spec=replace(hook.spec, isolate=False, requires=(PluginName("matrix"),)),
        figures=PluginFigures(asked=812),
    )
    views = [
        matrix,
        hook,
        plugin(
            "crawler",
            PluginState.LOADING,
            since_s=3,
            why="it was killed by SIGSEGV",
            restarts=3,
            retry_at=ago(-5),
            error="it was killed by SIGSEGV",
            error_at=ago(3),
        ),
        plugin(
            "android",
            PluginState.FAILED,
            since_s=86_400,
            why=LONG,
            restarts=5,
            error=LONG,
            error_at=ago(86_400),
        ),
        plugin("discord", PluginState.DISABLED, why="by ann"),
        plugin("mumble", PluginState.DISCOVERED, why="nobody has enabled it"),
    ]
    chat = CheckSpec(platform=PlatformName("chat"), probe="plugin", target="matrix")
    return Snapshot(
        at=NOW,
        mode=Mode.LIVE,
        started_at=ago(90_000),
        plugins=Roster({view.name: view for view in views}),
        platforms=Roster({chat.platform: PlatformView(spec=chat)}),
    )


def nobody() -> Snapshot:
    return Snapshot(at=NOW, mode=Mode.LIVE, started_at=ago(90_000))
