"""The dialog that judges recorded results by other rules."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from conductor_tui.domain.check import CheckResult, Outcome
from conductor_tui.domain.events import CheckFinished, PlatformAdded
from conductor_tui.tui.present.what_if import read_rules
from conductor_tui.tui.screens.what_if import WhatIfScreen
from tests.build import spec
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]
SIGNS = {".": (0.15, Outcome.PASSED), "t": (0.2, Outcome.TIMED_OUT)}
DAY = "." * 60 + "ttt" + "." * 40 + "t" + "." * 20


def shell(signs: str = DAY, *, ascii: bool = False) -> Shell:
    """The app over one platform, `api`, with these results 5 s apart."""
    watched = spec("api", interval_s=5.0)
    shell = Shell(PlatformAdded(spec=watched), ascii=ascii)
    for sign in signs:
        took_s, outcome = SIGNS[sign]
        shell.clock.step_wall(5)
        result = CheckResult(
            platform=watched.platform,
            outcome=outcome,
            latency_s=took_s,
            at=shell.clock.now(),
        )
        shell.add(CheckFinished(result=result))
    return shell


def opened(*keys: str) -> Callable[[Pilot[None]], object]:
    async def run(pilot: Pilot[None]) -> None:
        await pilot.press("i", *keys)
        await pilot.pause()

    return run


@pytest.mark.parametrize(
    "size", [(200, 60), (120, 40), (80, 24), (50, 16)], ids=["200", "120", "80", "50"]
)
def test_what_if(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    keys = opened("ctrl+n")
    assert snap_compare(shell().app, terminal_size=size, run_before=keys)


def test_as_it_opens_in_ascii(snap_compare: SnapCompare) -> None:
    app = shell(ascii=True).app
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened())


def test_nothing_was_recorded_yet(snap_compare: SnapCompare) -> None:
    app = shell("").app
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened())


async def test_each_letter_is_judged_and_said_for_the_file() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("i")
        assert isinstance(app.app.screen, WhatIfScreen)
        assert "breaker opened                 1           1" in app.text
        await app.press("backspace", "4")
        assert "breaker opened                 1           0" in app.text
        assert "conductor.toml: breaker = { failures = 4 }" in app.text
        await app.press("tab", *["backspace"] * 5, *"1s")
        assert "4 timeouts might have been passes: counted as bad." in app.text
        await app.press("backspace", "backspace")
        assert "timeout: '' is not a duration" in app.text
        await app.press("escape")
        assert not isinstance(app.app.screen, WhatIfScreen)
        assert app.session.sent == []


async def test_suggestions_go_round() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("i", "ctrl+n")
        assert 'conductor.toml: timeout = "300ms"' in app.text
        await app.press("ctrl+n")
        assert "conductor.toml: breaker = { failures = 4 }" in app.text
        await app.press("ctrl+n")
        assert 'conductor.toml: timeout = "300ms"' in app.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("0", "1s", "5s"), "failures: '0' is no number from 1 to 99"),
        (("three", "1s", "5s"), "failures: 'three' is no number from 1 to 99"),
        (("3", "1", "5s"), "timeout: '1' is not a duration"),
        (("3", "0s", "5s"), "timeout: longer than 0s"),
        (("3", "6s", "5s"), "timeout: longer than the interval"),
    ],
)
def test_what_cannot_be_is_said(given: tuple[str, str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_rules(*given)
