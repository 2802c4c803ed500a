"""A whole engine, and a real command that mends what its checks found."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from conductor_tui.adapters.menders.command import Options
from conductor_tui.adapters.menders.kinds import open_mender, words_of
from conductor_tui.domain.alert import RecoveryView
from conductor_tui.domain.alert_settings import RecoverySettings
from conductor_tui.domain.ids import AlertKey
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.engine.alerting.recovering import Recovering
from tests.adapters.probes.loops import until
from tests.build import spec
from tests.engine.stage import FAILED, PASSED, Stage, stage

API = AlertKey("platform:api")


def recovery(*command: str) -> RecoverySettings:
    options = Options(command=command)
    return RecoverySettings(
        action=options, words=words_of(options), budget=2, helps_within_s=60.0
    )


async def keep(view: RecoveryView) -> None: ...


@asynccontextmanager
async def mending(settings: RecoverySettings) -> AsyncIterator[Stage]:
    async with stage(script=[FAILED]) as staged:
        recovering = Recovering(
            staged.hub, staged.clock, staged.watchdog, open_mender, keep
        )
        staged.hub.listen(recovering.hear)
        platform = PlatformSettings(spec=spec(), options=None, recovery=settings)
        recovering.keep_to(Settings(platforms=(platform,)))
        running = asyncio.create_task(recovering.run())
        try:
            yield staged
        finally:
            running.cancel()
            await asyncio.wait([running])


def attempts(staged: Stage) -> tuple[RecoveryView, ...]:
    return staged.hub.snapshot.alerts.recoveries.get(API, ())


async def made(staged: Stage, number: int = 1) -> None:
    """Let time pass until that attempt begins; then its real process may take what it
    takes, for our time stands still.
    """
    for _ in range(200):
        if len(attempts(staged)) >= number:
            break
        await staged.pass_time(1)
    await until(lambda: attempts(staged)[number - 1].ended_at is not None)


async def test_a_real_command_mends_a_platform_and_is_seen_to_have_helped(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "mended"
    write = "import os, sys; open(sys.argv[1], 'w').write(os.environ['CONDUCTOR_WHY'])"
    async with mending(recovery(sys.executable, "-c", write, str(mark))) as staged:
        await made(staged)
        assert mark.read_text("utf-8") == "connection refused"

        staged.probe().script[:] = [PASSED]
        await staged.pass_time(50)

        [attempt] = attempts(staged)
        assert (attempt.state, attempt.words) == ("HELPED", "it is HEALTHY again")


async def test_a_real_command_that_does_not_help_is_given_up_loudly() -> None:
    async with mending(recovery("/bin/true")) as staged:
        await made(staged)
        await made(staged, 2)
        await staged.pass_time(65)

        states = [one.state.value for one in attempts(staged)]
        assert states == ["DID NOT HELP", "DID NOT HELP", "GAVE UP"]
        assert attempts(staged)[-1].words.startswith("2 of 2 attempts within 1h")
