"""Room under load, on the screens: the line that advises, and the keys."""

from dataclasses import replace

import pytest

from conductor_tui.domain.commands import RestorePlatform, ShedPlatform
from conductor_tui.domain.events import (
    PlatformAdded,
    PlatformPaused,
    ShedActed,
    ShedAdvised,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.shedding import ShedAdvice, ShedStep
from conductor_tui.testing import EPOCH
from conductor_tui.tui.screens.shed import ShedScreen
from conductor_tui.tui.widgets.advice_line import AdviceLine
from tests.build import spec
from tests.tui.shell import Shell

BOT = PlatformName("bot")
ADVICE = ShedAdvice(step=ShedStep.SHED, platform=BOT, why="RAM 84 %")
AHEAD = ShedAdvice(
    step=ShedStep.SHED,
    platform=BOT,
    why="RAM reaches 80 % in about 7 min",
    is_ahead=True,
)
BACK = ShedAdvice(step=ShedStep.RESTORE, platform=BOT, why="RAM 51 %, CPU 9 %")


def shell(read_only: bool = False) -> Shell:
    bot = replace(spec("bot"), priority=10, on_shed="stop bot.service")
    added = [
        PlatformAdded(spec=one, history=360) for one in (bot, replace(spec("api")))
    ]
    return Shell(*added, read_only=read_only)


def shed() -> PlatformPaused:
    pause = Pause(kind=PauseKind.SHED, by="ann", why="RAM 84 %", at=EPOCH)
    return PlatformPaused(platform=BOT, pause=pause)


@pytest.mark.parametrize(
    ("advice", "words"),
    [
        (ADVICE, "ADVICE  RAM 84 %: shed bot (stop bot.service)"),
        (
            AHEAD,
            "ADVICE  RAM reaches 80 % in about 7 min: shed bot (stop bot.service) "
            "before that",
        ),
        (BACK, "ADVICE  RAM 51 %, CPU 9 % now: bring back bot"),
    ],
)
async def test_what_is_advised_stands_on_every_screen(
    advice: ShedAdvice, words: str
) -> None:
    async with shell().running((120, 30)) as app:
        assert "ADVICE" not in app.text
        await app.tell(ShedAdvised(advice=advice))
        await app.look()
        line = app.text.splitlines()[1]
        assert line.strip().startswith(words)
        assert line.endswith("m does it")
        await app.press("enter")
        await app.look()
        assert words in app.text
        await app.tell(ShedAdvised(advice=None))
        await app.look()
        assert app.app.screen.query_one_optional(AdviceLine) is None
        await app.press("escape")
        await app.look()
        assert "ADVICE" not in app.text


async def test_one_key_does_what_is_advised_and_the_answer_is_said() -> None:
    async with shell().running() as app:
        await app.press("m")
        assert app.said == "follow advice: nothing is advised just now"
        await app.tell(ShedAdvised(advice=ADVICE))
        await app.press("m")
        [sent] = app.sent
        assert isinstance(sent, ShedPlatform)
        assert (sent.platform, sent.why, sent.by) == (BOT, "RAM 84 %", "root")
        await app.answer("shed: stop bot.service", shed())
        assert app.said == "bot: shed: stop bot.service"
        await app.tell(ShedAdvised(advice=BACK))
        await app.press("m")
        assert isinstance(app.sent[-1], RestorePlatform)


async def test_where_nobody_may_act_the_line_offers_no_key() -> None:
    async with shell(read_only=True).running() as app:
        await app.tell(ShedAdvised(advice=ADVICE))
        await app.look()
        assert "shed bot" in app.text
        assert "does it" not in app.text
        await app.press("m")
        assert app.sent == []
        assert app.said == "read-only: follow advice is off here"


async def test_shed_by_hand_asks_first_and_the_same_key_restores() -> None:
    async with shell().running() as app:
        await app.press("home")
        while app.picked != BOT:
            await app.press("down")
        await app.press("M")
        assert isinstance(app.app.screen, ShedScreen)
        assert "On its shedding: stop bot.service." in app.text
        await app.press("enter")
        assert app.sent == []
        await app.press("M", "x")
        [sent] = app.sent
        assert isinstance(sent, ShedPlatform)
        await app.tell(shed())
        await app.wait(1)
        assert "SHED" in app.text
        while app.picked != BOT:
            await app.press("down")
        await app.press("M")
        assert isinstance(app.sent[-1], RestorePlatform)


async def test_what_was_done_is_told_among_the_events() -> None:
    async with shell().running((120, 30)) as app:
        acted = ShedActed(
            platform=BOT,
            step=ShedStep.SHED,
            action="stop bot.service",
            is_done=False,
            words="no such unit",
        )
        await app.tell(ShedAdvised(advice=ADVICE), shed(), acted)
        await app.press("2")
        await app.look()
        assert "should make room" in app.text
        assert "SHED by ann" in app.text
        assert "shed failed" in app.text
        assert "stop bot.service: no such unit" in app.text
