"""What is written as TOML is read back as it was."""

import tomllib
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.settings.text import MANY, platform_text, settings_text
from conductor_tui.adapters.settings.toml_text import toml_key, toml_value
from conductor_tui.domain.check import BreakerSpec, RetrySpec
from conductor_tui.domain.settings import (
    CheckDefaults,
    EngineSettings,
    PlatformSettings,
    Settings,
)
from tests.build import spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    target: str
    expect_status: tuple[int, ...] = (200,)
    user: str | None = None


def platform(name: str = "api", target: str = "127.0.0.1:80") -> PlatformSettings:
    return PlatformSettings(spec=spec(name), options=Options(target=target))


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@given(value=VALUES)
def test_any_value_is_read_back_as_it_was(value: object) -> None:
    assert tomllib.loads(f"value = {toml_value(value)}") == {"value": value}


@given(key=TEXT)
def test_any_key_is_read_back_as_it_was(key: str) -> None:
    assert tomllib.loads(f"{toml_key(key)} = 1") == {key: 1}


def test_a_value_stays_on_its_line_and_holds_no_control_character() -> None:
    assert toml_value('a"\n\x1b\u202e\U000e0001') == (
        '"a\\"\\n\\u001b\\u202e\\U000e0001"'
    )


def test_text_that_toml_cannot_hold_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="not Unicode"):
        toml_value("\udc80")


def test_a_type_that_toml_has_not_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        toml_value(object())


def test_a_platform_says_only_what_is_not_a_default() -> None:
    assert platform_text(platform()) == (
        '[[platform]]\nname = "api"\nprobe = "http"\ntarget = "127.0.0.1:80"\n'
    )


def test_a_platform_says_what_is_not_a_default() -> None:
    changed = replace(
        platform(),
        spec=replace(
            spec(timeout_s=0.8, group="bots"),
            retry=RetrySpec(attempts=2),
            breaker=BreakerSpec(reset_after_s=90, backoff=1.5),
        ),
        options=Options(target="x", expect_status=(200, 204), user="eve"),
    )
    assert tomllib.loads(platform_text(changed))["platform"] == [
        {
            "name": "api",
            "probe": "http",
            "target": "x",
            "expect_status": [200, 204],
            "user": "eve",
            "group": "bots",
            "timeout": "800ms",
            "retry": {"attempts": 2},
            "breaker": {"reset_after": "1m30s", "backoff": 1.5},
        }
    ]


def test_a_full_platform_says_every_default_too() -> None:
    table = tomllib.loads(platform_text(platform(), full=True))["platform"][0]
    assert table["interval"] == "5s"
    assert table["retry"] == {"attempts": 1, "wait": "50ms", "max_wait": "200ms"}
    assert table["breaker"]["max_reset"] == "5m"
    assert (table["breaker"]["trial"], table["breaker"]["quorum"]) == ("check", "50%")
    assert table["expect_status"] == [200]
    assert "user" not in table


@given(comment=st.text(), note=st.text())
def test_no_comment_can_break_the_file(comment: str, note: str) -> None:
    text = platform_text(
        platform(), comment=comment, full=True, notes={"interval": note}
    )
    assert tomllib.loads(text) == tomllib.loads(platform_text(platform(), full=True))


def test_a_comment_stands_above_and_a_note_behind() -> None:
    text = platform_text(platform(), comment="found\nby eve", notes={"probe": "guess"})
    assert text.startswith("# found\n# by eve\n[[platform]]\n")
    assert 'probe = "http"  # guess\n' in text


def test_settings_are_written_whole() -> None:
    settings = Settings(
        engine=EngineSettings(spacing_s=0.1, history_s=600),
        platforms=(platform("a"), platform("b")),
    )
    text = settings_text(settings, comment="all of it", notes={"load": {}})
    tables = tomllib.loads(text)
    assert text.startswith("# all of it\n")
    assert tables["engine"]["stagger"] == "100ms"
    assert tables["engine"]["history"] == "10m"
    assert tables["load"] == {
        "degraded_at": 80,
        "recovered_at": 65,
        "emergency_at": 95,
        "forecast": "ensemble",
        "shed": "advise",
    }
    assert [table["name"] for table in tables["platform"]] == ["a", "b"]


def test_spread_checks_are_written_as_such() -> None:
    assert tomllib.loads(settings_text(Settings()))["engine"]["stagger"] == "spread"


def test_of_very_many_platforms_each_says_only_its_own() -> None:
    usual = CheckDefaults(timeout_s=0.5, breaker=BreakerSpec(failures=9))
    many = [usual.applied_to(platform(f"p{n}")) for n in range(MANY)]
    own = platform("own")
    settings = Settings(defaults=usual, platforms=(*many, own))
    tables = tomllib.loads(settings_text(settings))["platform"]
    assert tables[0] == {"name": "p0", "probe": "http", "target": "127.0.0.1:80"}
    assert tables[-1]["timeout"] == "200ms"
    assert tables[-1]["breaker"] == {"failures": 3}
