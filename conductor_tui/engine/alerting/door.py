"""One channel at work: opened when it is needed, asked, closed; never an exception."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from conductor_tui.domain.alert import Notice
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.secret import without_secrets
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Channel, Clock, OpenChannel


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a notice was not taken: see DeliveryFailed."""

    words: str
    is_final: bool = False
    retry_in_s: float | None = None


class Door:
    """What leads out through one channel. One notice at a time."""

    def __init__(
        self,
        settings: ChannelSettings,
        clock: Clock,
        open_channel: OpenChannel,
        attend: Callable[[AttentionCalled], object],
    ) -> None:
        self.settings, self._clock = settings, clock
        self._open_channel, self._attend = open_channel, attend
        self._channel: Channel | None = None
        self._is_outdated = False

    def go_by(self, settings: ChannelSettings) -> None:
        """Go by other settings from the next notice on."""
        before, self.settings = self.settings, settings
        if (before.kind, before.options) != (settings.kind, settings.options):
            self._is_outdated = True

    async def bring(self, notice: Notice) -> Failure | None:
        """Return None once it was taken, else why it was not."""
        settings = self.settings
        try:
            if self._is_outdated:
                await self.close()
            if self._channel is None:
                self._channel = self._open_channel(settings, self._attend)
            async with self._clock.timeout(settings.timeout_s):
                await self._channel.deliver(notice)
        except DeliveryFailed as error:
            words = self._clean(str(error) or "it was not taken")
            return Failure(words, error.is_final, error.retry_in_s)
        except TimeoutError:
            return Failure(f"no answer within {format_duration(settings.timeout_s)}")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return Failure("the channel gave it up by itself")
        except Exception as error:  # a channel is foreign code
            return Failure(self._clean(f"{type(error).__name__}: {error}"))
        return None

    async def close(self) -> None:
        """Let go of the channel. Safe to call twice."""
        channel, self._channel = self._channel, None
        self._is_outdated = False
        if channel is None:
            return
        with suppress(Exception):  # foreign code; there is nothing left to lose
            async with self._clock.timeout(self.settings.timeout_s):
                await channel.close()

    def _clean(self, words: str) -> str:
        return without_secrets(one_line(words, 300), self.settings.secrets)
