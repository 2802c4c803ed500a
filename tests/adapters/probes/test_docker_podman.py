"""The docker probe against a real engine: Podman and real containers."""

from collections.abc import Iterator
from subprocess import CalledProcessError

import pytest

from conductor_tui.adapters.probes.docker import Options, open_probe
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops
from tests.servers.podman import Podman, podman_engine

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
_SICK = ("--health-cmd=echo no disk; exit 3", "--health-interval=disable")

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    with podman_engine() as engine:
        yield engine


async def ask(podman: Podman, name: str) -> Finding:
    probe = open_probe(Options(target=name, socket=podman.socket))
    try:
        return await probe()
    finally:
        probe.close()
        await settle()


@on_both_loops
async def test_a_container_runs_is_paused_and_is_killed(podman: Podman) -> None:
    podman("rm", "--force", "--ignore", "--time=0", "web")
    podman.start("web", "exec sleep 600")
    running = await ask(podman, "web")
    podman("pause", "web")
    paused = await ask(podman, "web")
    podman("unpause", "web")
    podman("kill", "web")
    podman("wait", "web")

    assert running == Finding(PASSED, "running")
    assert paused == Finding(FAILED, "paused")
    assert await ask(podman, "web") == Finding(FAILED, "exited with code 137")


async def test_a_container_that_ended_by_itself_has_its_code_told(
    podman: Podman,
) -> None:
    podman("wait", "first")

    assert await ask(podman, "first") == Finding(FAILED, "exited with code 7")


async def test_a_container_that_says_it_is_ill_is_believed(podman: Podman) -> None:
    podman.start("ill", "exec sleep 600", *_SICK, "--health-retries=1")
    before = await ask(podman, "ill")
    with pytest.raises(CalledProcessError):  # its exit status says so too
        podman("healthcheck", "run", "ill")

    assert before == Finding(PASSED, "running, starting", warns=True)
    assert await ask(podman, "ill") == Finding(FAILED, "unhealthy: no disk")


async def test_a_container_that_nobody_made_is_not_known(podman: Podman) -> None:
    words = "the engine knows no container 'nothing'"

    assert await ask(podman, "nothing") == Finding(FAILED, words)
