"""A shortage of ours is no verdict on the target."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conductor_tui.adapters.probes import command, http, listen, process, redis, tcp
from conductor_tui.adapters.probes.off_loop import OffLoop
from conductor_tui.domain.check import Outcome
from conductor_tui.ports import Probe


@contextmanager
def no_file_to_open() -> Iterator[None]:
    """Leave this process no file to open. What is open stays so."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    "probe",
    [
        pytest.param(
            http.open_probe(http.Options(target="http://127.0.0.1:9/")), id="http"
        ),
        pytest.param(tcp.open_probe(tcp.Options(target="127.0.0.1:9")), id="tcp"),
        pytest.param(redis.open_probe(redis.Options(target="127.0.0.1:9")), id="redis"),
        pytest.param(
            listen.ListenProbe(
                listen.Options(target="*:9"), OffLoop(listen.read_listeners)
            ),
            id="listen",
        ),
        pytest.param(
            process.open_probe(process.Options(pid_file="/etc/passwd")), id="process"
        ),
        pytest.param(
            command.open_probe(command.Options(command=("true",))), id="command"
        ),
    ],
)
async def test_without_a_file_to_open_a_check_is_inconclusive_and_says_why(
    probe: Probe,
) -> None:
    with no_file_to_open():
        finding = await probe()
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "ulimit -n" in finding.detail
