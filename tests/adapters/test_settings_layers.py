"""Groups, [defaults] and [engine]: which value counts; and windows that are read."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from conductor_tui.adapters.settings import maintenance
from conductor_tui.adapters.settings.file import load_settings, load_with_notes
from conductor_tui.adapters.settings.maintenance import system_zone
from conductor_tui.domain.pause import MaintenanceWindow, Selection
from conductor_tui.domain.settings import Settings
from tests.adapters.settings_files import TCP, platform, window

USER = 1000


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "conductor.toml"
    path.write_text(text, encoding="utf-8", newline="")
    return load_settings(path, euid=USER)


LAYERS = """
[engine]
interval = "10s"
timeout = "1s"
rise = 2
[defaults]
interval = "11s"
slow_after = "500ms"
tags = ["prod"]
retry.attempts = 2
[group.bots]
interval = "12s"
depends_on = ["db"]
paused = true
retry.wait = "20ms"
"""


def test_the_nearest_table_counts_key_by_key(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        LAYERS
        + platform("a", 'group = "bots"', 'interval = "13s"', "tags = []")
        + platform("b", 'group = "bots"')
        + platform("c", "paused = false")
        + platform("db", probe=TCP),
    )
    a, b, c, _ = (one.spec for one in settings.platforms)
    assert [one.interval_s for one in (a, b, c)] == [13, 12, 11]
    assert [one.tags for one in (a, b, c)] == [(), ("prod",), ("prod",)]
    assert [one.depends_on for one in (a, b, c)] == [("db",), ("db",), ()]
    assert [one.paused for one in (a, b, c)] == [True, True, False]
    assert [one.retry.wait_s for one in (a, b, c)] == [0.02, 0.02, 0.05]
    assert {one.retry.attempts for one in (a, b, c)} == {2}
    assert {(one.timeout_s, one.slow_after_s, one.rise) for one in (a, b, c)} == {
        (1, 0.5, 2)
    }


def test_each_value_says_which_table_it_is_from(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_text(LAYERS + platform("a", 'group = "bots"') + platform("db"))
    loaded = load_with_notes(path, euid=USER)
    notes = loaded.notes["platform[1]"]
    told = ["interval", "slow_after", "timeout", "tags", "paused", "breaker.failures"]
    assert [notes[key] for key in told] == [
        "from [group]",
        "from [defaults]",
        "from [engine]",
        "from [defaults]",
        "from [group]",
        "default",
    ]


def test_a_group_may_come_from_the_defaults(tmp_path: Path) -> None:
    text = '[defaults]\ngroup = "all"\n[group.all]\nrise = 3\n'
    spec = load(tmp_path, text + platform("a")).platforms[0].spec
    assert (spec.group, spec.rise) == ("all", 3)


def test_what_is_discovered_gets_the_defaults_too(tmp_path: Path) -> None:
    settings = load(tmp_path, '[defaults]\ntimeout = "1s"\nrise = 4\n')
    assert settings.discover
    assert (settings.defaults.timeout_s, settings.defaults.rise) == (1, 4)


def test_a_tag_that_stands_twice_counts_once(tmp_path: Path) -> None:
    spec = load(tmp_path, platform("a", 'tags = ["x", "y", " x"]')).platforms[0].spec
    assert spec.tags == ("x", "y")


def test_a_diamond_of_dependencies_is_no_round(tmp_path: Path) -> None:
    text = (
        platform("top", 'depends_on = ["left", "right"]')
        + platform("left", 'depends_on = ["base"]')
        + platform("right", 'depends_on = ["base"]')
        + platform("base")
    )
    assert len(load(tmp_path, text).platforms) == 4


def test_a_chain_of_thousands_is_read(tmp_path: Path) -> None:
    names = [f"p{n}" for n in range(2000)]
    text = platform(names[0]) + "".join(
        platform(name, f'depends_on = ["{before}"]') for before, name in pairwise(names)
    )
    assert len(load(tmp_path, text).platforms) == 2000


def test_the_schema_that_editors_read_is_no_unknown_table(tmp_path: Path) -> None:
    assert load(tmp_path, '"$schema" = "x.json"\n' + platform()).platforms


# maintenance


def only(tmp_path: Path, *lines: str) -> MaintenanceWindow:
    (found,) = load(tmp_path, window(*lines)).maintenance
    return found


@pytest.mark.parametrize(
    ("lines", "cron"),
    [
        pytest.param(('daily = "02:00"',), "0 2 * * *", id="every day"),
        pytest.param(('daily = "9:05"',), "5 9 * * *", id="a short hour"),
        pytest.param(
            ('weekdays = ["sat", "Sunday"]', 'at = "23:30"'),
            "30 23 * * 0,6",
            id="some days",
        ),
        pytest.param(
            ('weekdays = ["wednesday", "wed"]', 'at = "00:00"'),
            "0 0 * * 3",
            id="a day twice",
        ),
        pytest.param(('cron = "*/5  1 * * MON"',), "*/5 1 * * MON", id="cron itself"),
    ],
)
def test_a_window_again_and_again(
    lines: tuple[str, ...], cron: str, tmp_path: Path
) -> None:
    found = only(tmp_path, *lines, 'for = "90m"', 'zone = "Europe/Berlin"')
    assert (found.cron, found.lasts_s, found.zone) == (cron, 5400, "Europe/Berlin")
    assert found.starts is None
    assert found.selection == Selection()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "starts", "ends"),
    [
        pytest.param(
            ("start = 2030-01-31T22:00:00+01:00", "end = 2030-02-01T00:00:00Z"),
            "2030-01-31T21:00",
            "2030-02-01T00:00",
            id="with offsets",
        ),
        pytest.param(
            ("start = 2030-07-31T22:00:00", "end = 2030-08-01T01:00:00"),
            "2030-07-31T20:00",
            "2030-07-31T23:00",
            id="by the clocks there",
        ),
        pytest.param(
            ("start = 2030-01-31 22:00:00", 'for = "2h"'),
            "2030-01-31T21:00",
            "2030-01-31T23:00",
            id="with a length",
        ),
    ],
)
def test_a_window_once(
    lines: tuple[str, ...], starts: str, ends: str, tmp_path: Path
) -> None:
    found = only(tmp_path, *lines, 'zone = "Europe/Berlin"')
    assert (found.starts, found.ends) == (moment(starts), moment(ends))
    assert found.cron == ""


def test_a_window_names_platforms_groups_and_tags(tmp_path: Path) -> None:
    text = platform("a", 'group = "bots"') + platform("b", 'tags = ["t"]')
    text += window('groups = ["bots"]', 'tags = ["t"]', 'daily = "1:00"', 'for = "1h"')
    settings = load(tmp_path, text)
    (found,) = settings.maintenance
    specs = [one.spec for one in settings.platforms]
    assert found.selection.names(specs) == {"a", "b"}


def test_where_platforms_are_discovered_any_name_may_come(tmp_path: Path) -> None:
    text = '[[maintenance]]\nname = "w"\nplatforms = ["redis"]\ndaily = "1:00"\n'
    assert load(tmp_path, text + 'for = "1h"\n').maintenance[0].selection.platforms


@pytest.mark.parametrize(
    ("leads_to", "zone"),
    [
        pytest.param("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin", id="a zone"),
        pytest.param("/usr/share/zoneinfo/No/Where", "UTC", id="no zone"),
        pytest.param("/somewhere/else", "UTC", id="no zone's file"),
    ],
)
def test_the_zone_of_this_machine(
    leads_to: str, zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "localtime"
    link.symlink_to(leads_to)
    monkeypatch.setattr(maintenance, "LOCALTIME", str(link))
    assert system_zone() == zone
