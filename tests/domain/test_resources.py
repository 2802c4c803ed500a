import pytest

from conductor_tui.domain.resources import (
    Load,
    LoadLimits,
    LoadState,
    ResourcesView,
    next_load,
)
from conductor_tui.testing import FakeSampler

L = LoadState


@pytest.mark.parametrize(
    ("ram", "states"),
    [
        pytest.param([79.9], [L.NORMAL], id="just below is normal"),
        pytest.param([80], [L.DEGRADED], id="80 is degraded"),
        pytest.param([80, 66], [L.DEGRADED, L.DEGRADED], id="it stays so above 65"),
        pytest.param([80, 65], [L.DEGRADED, L.NORMAL], id="and is over at 65"),
        pytest.param([70], [L.NORMAL], id="70 on the way up is normal"),
        pytest.param([95, 94, 80], [L.EMERGENCY] * 3, id="95 is an emergency until 80"),
        pytest.param([95, 79, 64], [L.EMERGENCY, L.DEGRADED, L.NORMAL], id="then down"),
    ],
)
def test_load_has_hysteresis(ram: list[float], states: list[LoadState]) -> None:
    load, seen = Load(), []
    for percent in ram:
        load = next_load(load, {"ram": percent}, LoadLimits())
        seen.append(load.state)
    assert seen == states


def test_a_disk_that_rests_at_seventy_does_not_keep_what_ram_caused() -> None:
    load = next_load(Load(), {"ram": 85, "disk": 70}, LoadLimits())
    assert load == Load(L.DEGRADED, frozenset({"ram"}))
    assert next_load(load, {"ram": 60, "disk": 70}, LoadLimits()) == Load()


def test_a_full_disk_is_no_emergency() -> None:
    load = next_load(Load(), {"ram": 20, "disk": 99}, LoadLimits())
    assert load.state is L.DEGRADED


def test_one_busy_second_is_not_a_loaded_host() -> None:
    sampler, resources = FakeSampler(cpu=10), ResourcesView()
    for cpu in (100, 10, 10, 10, 10, 100):
        sampler.cpu = cpu
        resources = resources.with_sample(sampler.sample())
        if cpu == 100 and len(resources.cpu()) == 1:
            assert "cpu" not in resources.used()
    assert resources.used()["cpu"] == pytest.approx(28)
    assert resources.cpu(2) == (10, 100)
