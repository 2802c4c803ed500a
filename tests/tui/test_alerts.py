"""The alerts as pictures, and the keys that act on them."""

from collections.abc import Callable
from datetime import UTC
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.commands import (
    AckAlert,
    DiscardDelivery,
    EndSilence,
    RedriveDelivery,
    SilenceAlerts,
    TestChannel,
    UnackAlert,
)
from conductor_tui.domain.ids import AgentId, ChannelName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.alerts_tabs import Tab
from conductor_tui.tui.screens.agent import AgentScreen
from conductor_tui.tui.screens.alerts import AlertsScreen
from conductor_tui.tui.screens.silence import SilenceScreen, WhyScreen
from tests.build import added, history
from tests.tui import alert_days
from tests.tui.host import Host
from tests.tui.host import platform as platform_host
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]

SIZES = [(200, 60), (120, 40), (80, 24), (60, 20)]
IDS = ["wide", "usual", "small", "least"]


def host(snapshot: Snapshot, *, ascii: bool = False, theme: str = "") -> Host:
    screen = AlertsScreen(ascii=ascii, zone=UTC)
    return Host(screen, snapshot, **({"theme": theme} if theme else {}))


def on_tab(tab: Tab) -> Callable[[Pilot[None]], object]:
    async def go(pilot: Pilot[None]) -> None:
        await pilot.press(*["tab"] * list(Tab).index(tab))

    return go


def shell(*, read_only: bool = False) -> Shell:
    return Shell(*alert_days.events(), read_only=read_only)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_what_is_open(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(alert_days.day()), terminal_size=size)


@pytest.mark.parametrize("tab", list(Tab)[1:])
@pytest.mark.parametrize("size", SIZES[1:3], ids=IDS[1:3])
def test_the_other_tabs(
    snap_compare: SnapCompare, tab: Tab, size: tuple[int, int]
) -> None:
    app = host(alert_days.day())
    assert snap_compare(app, terminal_size=size, run_before=on_tab(tab))


@pytest.mark.parametrize("tab", list(Tab))
def test_nothing_is_wrong(snap_compare: SnapCompare, tab: Tab) -> None:
    app = host(alert_days.quiet_day())
    assert snap_compare(app, terminal_size=(80, 24), run_before=on_tab(tab))


def test_in_ascii_and_monochrome(snap_compare: SnapCompare) -> None:
    app = host(alert_days.day(), ascii=True, theme="conductor-monochrome")
    assert snap_compare(app, terminal_size=(120, 40))


def test_in_a_light_theme_without_a_journal(snap_compare: SnapCompare) -> None:
    app = host(alert_days.without_journal(), theme="conductor-light")
    assert snap_compare(app, terminal_size=(100, 30))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_the_question_before_a_silence(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    async def asked(pilot: Pilot[None]) -> None:
        await pilot.press("6", "down", "s", *"moving")

    assert snap_compare(shell().app, terminal_size=size, run_before=asked)


def test_a_platform_s_page_says_its_alert_and_what_was_tried(
    snap_compare: SnapCompare,
) -> None:
    app = platform_host(alert_days.day(), "redis")
    assert snap_compare(app, terminal_size=(120, 40))


def test_an_agent_s_page_says_its_alert(snap_compare: SnapCompare) -> None:
    screen = AgentScreen(AgentId("bot-7"), zone=UTC)
    assert snap_compare(Host(screen, alert_days.day()), terminal_size=(100, 30))


async def test_a_acknowledges_and_takes_it_back() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("6", "g", "a")
        [ack] = app.sent
        assert isinstance(ack, AckAlert)
        assert not ack.sticky
        await to(app, "platform:redis")
        await app.press("a")
        assert isinstance(app.sent[-1], UnackAlert)


async def test_for_good_with_a_capital_letter() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("6", "g", "A")
        [ack] = app.sent
        assert isinstance(ack, AckAlert)
        assert ack.sticky


async def test_marked_alerts_are_acknowledged_together() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("6", "g", "space", "space", "a")
        assert [type(one) for one in app.sent] == [AckAlert, AckAlert]
        assert app.said == "ack 2 alerts: asked …"


async def test_a_works_on_the_platform_under_the_cursor_too() -> None:
    async with shell().running(size=(120, 40)) as app:
        assert app.picked == "api"
        await app.press("a")
        [ack] = app.sent
        assert isinstance(ack, AckAlert)
        assert ack.alert == "platform:api"


async def test_a_says_why_it_does_nothing() -> None:
    async with Shell(added("api")).running() as app:
        await app.press("a")
        assert app.sent == []
        assert app.said == "acknowledge: no alert is open here"


async def test_s_asks_for_a_reason_a_time_and_a_scope() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("6", "g")
        await to(app, "agent:bot-7")
        await app.press("s", "enter")
        assert isinstance(app.app.screen, SilenceScreen)
        assert app.sent == []
        await app.press(*"moving", "tab", "right", "tab", "right", "enter")
        [silence] = app.sent
        assert isinstance(silence, SilenceAlerts)
        assert (silence.why, silence.ttl_s) == ("moving", 14_400.0)
        assert silence.scope.groups == {"bots"}


async def test_until_the_morning_is_until_eight_o_clock() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("s", *"night", "tab", "end", "enter")
        [silence] = app.sent
        assert isinstance(silence, SilenceAlerts)
        here = app.clock.now().astimezone(UTC)
        hours = (8 - here.hour) % 24 or 24
        assert silence.ttl_s == pytest.approx(hours * 3600, abs=3600)


async def test_x_ends_a_silence_and_discards_a_delivery_with_a_reason() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("6", "tab", "x")
        assert isinstance(app.sent[-1], EndSilence)
        await app.press("tab", "x", "enter")
        assert isinstance(app.app.screen, WhyScreen)
        await app.press(*"old news", "enter")
        discard = app.sent[-1]
        assert isinstance(discard, DiscardDelivery)
        assert discard.why == "old news"


async def test_d_tries_again_and_e_sends_a_test() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("6", "tab", "tab", "space", "space", "d")
        assert [type(one) for one in app.sent] == [RedriveDelivery] * 2
        await app.press("D")
        last = app.sent[-1]
        assert isinstance(last, RedriveDelivery)
        assert last.delivery is None
        await app.press("tab", "e")
        test = app.sent[-1]
        assert isinstance(test, TestChannel)
        assert test.channel == "ops"


async def test_read_only_acknowledges_nothing() -> None:
    async with shell(read_only=True).running(size=(120, 40)) as app:
        await app.press("6", "g", "a", "s", "A")
        assert app.sent == []


async def test_a_filter_leaves_what_has_the_words() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("6", "slash", *"redis", "enter")
        assert _picked(app) == ("platform:redis",)
        await app.press("escape", "escape")
        assert not isinstance(app.app.screen, AlertsScreen)


async def test_a_call_rings_the_bell_and_asks_for_a_notification(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with shell().running(size=(120, 40)) as app:
        rung: list[str] = []
        monkeypatch.setattr(app.app, "bell", lambda: rung.append("bell"))
        monkeypatch.setattr(app.app, "write_to_terminal", rung.append)
        await app.tell(_call("osc9"))
        assert rung == ["bell", "\x1b]9;it failed, all of it\x07"]
        await app.tell(_call("osc777"))
        assert rung[-1] == "\x1b]777;notify;FAILED;it failed, all of it\x07"
        await app.tell(added("other"))
        assert len(rung) == 4


async def test_calls_of_another_history_are_none_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with shell().running(size=(120, 40)) as app:
        rung: list[str] = []
        monkeypatch.setattr(app.app, "bell", lambda: rung.append("bell"))
        await app.tell(_call(""))
        app.session.frames[:] = history(added("api"), *[_call("")] * 3)
        await app.look()
        assert rung == ["bell"]


def _call(how: str) -> AttentionCalled:
    return AttentionCalled(
        channel=ChannelName("tty"),
        title="FAILED\x07",
        text="it failed; all of\x1b it",
        how=how,
    )


async def to(app: Shell, key: str) -> None:
    """Move the cursor down to an alert."""
    for _ in range(10):
        if _picked(app) == (key,):
            return
        await app.press("down")
    raise AssertionError(f"{key} is not here")


def _picked(app: Shell) -> tuple[str, ...]:
    screen = app.app.screen
    assert isinstance(screen, AlertsScreen)
    return screen.picked_alerts
