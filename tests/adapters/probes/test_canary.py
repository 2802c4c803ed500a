"""The canary probe: when it fails on purpose, and what it says of it."""

from datetime import UTC, datetime

import pytest

from conductor_tui.adapters.probes.canary import CanaryProbe, Options, shown_target
from conductor_tui.adapters.probes.kinds import KINDS, open_probe, options_type
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.settings import PlatformSettings
from tests import build

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
DRILL = Finding(FAILED, "a drill: it fails on purpose until 2030-01-01 00:01:00 UTC")
WELL = Finding(PASSED, "the next drill begins at 2030-01-02 00:00:00 UTC")


@pytest.mark.parametrize(
    ("second", "finding"),
    [
        pytest.param(0.0, DRILL, id="it begins with the period"),
        pytest.param(59.9, DRILL, id="and lasts"),
        pytest.param(60.0, WELL, id="exactly as long as it says"),
        pytest.param(86_399.9, WELL, id="until the period is over"),
    ],
)
async def test_it_fails_once_in_each_period(second: float, finding: Finding) -> None:
    midnight = datetime(2030, 1, 1, tzinfo=UTC).timestamp()
    probe = CanaryProbe(Options(every="24h", lasts="1m"), lambda: midnight + second)

    assert await probe() == finding
    probe.close()


@pytest.mark.parametrize(
    ("every", "lasts", "words"),
    [
        ("1m", "1m", r"lasts \(1m\) must be less than every \(1m\)"),
        ("often", "1m", "every 'often' is not a duration"),
        ("24h", "1", "lasts '1' is not a duration"),
        ("24h", "0s", "lasts must be longer than 0s"),
    ],
)
def test_times_that_make_no_drill_are_refused(
    every: str, lasts: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(every=every, lasts=lasts)


async def test_it_is_a_probe_like_any_other() -> None:
    assert "canary" in KINDS
    options = options_type("canary")(every="7d")
    platform = PlatformSettings(spec=build.spec("c", probe="canary"), options=options)
    probe = open_probe(platform)

    assert "drill" in (await probe()).detail
    assert shown_target(options) == "a drill of 1m every 7d"
    probe.close()
