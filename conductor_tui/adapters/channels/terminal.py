"""The terminal channel: the bell and a desktop notification where a person looks.

A terminal belongs to the screens, so this only asks for it: every terminal that shows
this conductor hears it. Where none does, nobody is called; a channel that reaches
people elsewhere is for that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from conductor_tui.adapters.channels.now import Now, wall_now
from conductor_tui.adapters.channels.words import detail, title
from conductor_tui.domain.alert import Notice
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.ids import ChannelName
from conductor_tui.ports import Channel

_TEXT_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`bell` rings it; `notify` is how the terminal is asked for a desktop
    notification: "osc9" (iTerm2, kitty, WezTerm, Ghostty), "osc777" (urxvt, foot,
    WezTerm, Ghostty) or false.
    """

    bell: bool = True
    notify: Literal["osc9", "osc777", False] = False

    def __post_init__(self) -> None:
        if not self.bell and not self.notify:
            raise ValueError(
                "bell = false leaves nothing to be done: take it out, or write "
                'notify = "osc9" or "osc777"'
            )


class TerminalChannel:
    """Satisfies ports.Channel. It cannot fail: who looks is not known here."""

    def __init__(
        self,
        name: ChannelName,
        options: Options,
        attend: Callable[[AttentionCalled], object],
        now: Now,
    ) -> None:
        self._name = name
        self._options = options
        self._attend = attend
        self._now = now

    async def deliver(self, notice: Notice) -> None:
        call = AttentionCalled(
            channel=self._name,
            title=title(notice),
            text=detail(notice, self._now())[:_TEXT_LENGTH],
            bell=self._options.bell,
            how=self._options.notify or "",
        )
        self._attend(call)

    async def close(self) -> None:
        """There is nothing to let go of."""


def open_channel(
    settings: ChannelSettings,
    attend: Callable[[AttentionCalled], object],
    now: Now = wall_now,
) -> Channel:
    options = cast(Options, settings.options)
    return TerminalChannel(settings.name, options, attend, now)


def shown_target(options: Options) -> str:
    ways = (["bell"] if options.bell else []) + [str(options.notify or "")]
    return " + ".join(filter(None, ways))
