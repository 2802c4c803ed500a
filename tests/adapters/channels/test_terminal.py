"""The terminal channel asks every screen that shows us to call its person."""

from typing import Literal

import pytest

from conductor_tui.adapters.channels.terminal import Options, TerminalChannel
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.ids import ChannelName
from tests.adapters.channels.made import (
    HOSTILE,
    OPENED,
    RECOVERED,
    an_hour_later,
    at_once,
    opened,
)


@pytest.mark.parametrize(
    ("notify", "how"), [(False, ""), ("osc9", "osc9"), ("osc777", "osc777")]
)
async def test_each_notice_calls_once(
    notify: Literal["osc9", "osc777", False], how: str
) -> None:
    heard: list[AttentionCalled] = []
    options = Options(notify=notify)
    channel = TerminalChannel(ChannelName("ops"), options, heard.append, at_once)

    await channel.deliver(OPENED)
    await channel.deliver(RECOVERED)

    assert heard == [
        AttentionCalled(
            channel=ChannelName("ops"),
            title="FAILED platform redis on web-7",
            text="connection refused",
            bell=True,
            how=how,
        ),
        AttentionCalled(
            channel=ChannelName("ops"),
            title="HEALTHY platform redis on web-7 after 4 m",
            text="",
            bell=True,
            how=how,
        ),
    ]


async def test_the_registry_opens_it_with_its_name() -> None:
    heard: list[AttentionCalled] = []
    options = Options(bell=False, notify="osc9")

    await opened("terminal", options, heard.append).deliver(OPENED)

    assert [(call.channel, call.bell) for call in heard] == [("ops", False)]


async def test_what_is_told_late_says_so() -> None:
    heard: list[AttentionCalled] = []
    channel = TerminalChannel(
        ChannelName("ops"), Options(), heard.append, an_hour_later
    )
    await channel.deliver(OPENED)

    assert heard[0].text == (
        "connection refused (2029-10-14 12:00:05 UTC, told 1 h late)"
    )


async def test_no_terminal_is_sent_what_it_would_obey() -> None:
    heard: list[AttentionCalled] = []
    await opened("terminal", Options(), heard.append).deliver(HOSTILE)

    assert heard[0].title.isprintable()
    assert heard[0].text.isprintable()


def test_a_channel_that_would_do_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="bell = false leaves nothing to be done"):
        Options(bell=False)
