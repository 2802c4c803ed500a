"""The restart of a real container, by Podman."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor_tui.domain.check import Finding, Outcome
from tests.adapters.menders.test_docker import restart
from tests.adapters.probes.loops import until
from tests.servers.podman import Podman, podman_engine

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    with podman_engine() as engine:
        yield engine


async def test_a_container_that_ended_runs_again(
    podman: Podman, tmp_path: Path
) -> None:
    starts = tmp_path / "starts"
    starts.touch()
    line = f"echo x >> {starts}; exit 3"
    podman.start("web", line, f"--volume={tmp_path}:{tmp_path}")
    podman("wait", "web")

    found = await restart(podman.socket)

    assert found == Finding(Outcome.PASSED, "restarted")
    await until(lambda: starts.read_text("utf-8") == "x\nx\n")


async def test_one_that_is_not_there_is_told(podman: Podman) -> None:
    found = await restart(podman.socket, "nobody")

    assert found == Finding(Outcome.FAILED, "the engine knows no container 'nobody'")
