"""What load does, in the settings: priorities, and how a platform makes room."""

from pathlib import Path

import pytest

from conductor_tui.adapters.menders import command, docker, systemd
from conductor_tui.adapters.settings.file import load_settings, load_with_notes
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.text import settings_text
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.resources import ShedMode
from conductor_tui.domain.settings import PlatformSettings, PluginSwitch, Settings

API = '[[platform]]\nname = "api"\nprobe = "tcp"\ntarget = "h:1"\n'
UNIT = systemd.Options(unit="api.service")
BOX = docker.Options(container="api")
GO, COME = ("/bin/go", "now"), ("/bin/come",)


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "conductor.toml"
    path.write_text(text)
    return load_settings(path, reading=Reading(environ=environ))


def api(tmp_path: Path, *lines: str, **environ: str) -> PlatformSettings:
    (platform,) = load(tmp_path, API + "\n".join(lines) + "\n", **environ).platforms
    return platform


def test_nothing_written_is_the_usual_priority_and_advice(tmp_path: Path) -> None:
    settings = load(tmp_path, API)
    assert settings.load.shed is ShedMode.ADVISE
    (platform,) = settings.platforms
    spec = platform.spec
    assert (spec.priority, spec.protected, spec.on_shed) == (50, False, "")
    assert platform.shedding is None


def test_a_group_may_have_a_priority_and_a_platform_another(tmp_path: Path) -> None:
    text = (
        '[load]\nshed = "auto"\n[defaults]\npriority = 40\n'
        "[group.bots]\npriority = 10\n"
        "[group.core]\nprotected = true\n"
        + API.replace("api", "a")
        + 'group = "bots"\n'
        + API.replace("api", "b")
        + 'group = "bots"\npriority = 20\n'
        + API.replace("api", "c")
        + 'group = "core"\n'
    )
    settings = load(tmp_path, text)
    assert settings.load.shed is ShedMode.AUTO
    specs = [one.spec for one in settings.platforms]
    assert [one.priority for one in specs] == [10, 20, 40]
    assert [one.protected for one in specs] == [False, False, True]


@pytest.mark.parametrize(
    ("lines", "gone", "back", "words"),
    [
        (
            ['on_shed = { systemd = "api.service" }'],
            systemd.Options(unit="api.service", verb="stop"),
            systemd.Options(unit="api.service", verb="start"),
            "stop api.service",
        ),
        (
            ['on_shed = { docker = "api" }'],
            docker.Options(container="api", verb="pause"),
            docker.Options(container="api", verb="unpause"),
            "pause container api",
        ),
        (
            ['on_shed = { docker = "api", stop = true, socket = "/run/d.sock" }'],
            docker.Options(container="api", verb="stop", socket="/run/d.sock"),
            docker.Options(container="api", verb="start", socket="/run/d.sock"),
            "stop container api",
        ),
        (
            ['on_shed = { plugin = "api" }'],
            PluginSwitch(PluginName("api"), is_on=False),
            PluginSwitch(PluginName("api"), is_on=True),
            "disable plug-in api",
        ),
        (
            [
                'on_shed = { command = ["/bin/go", "now"], timeout = "5s" }',
                'on_restore = { command = ["/bin/come"], directory = "/srv" }',
            ],
            command.Options(command=GO),
            command.Options(command=COME, directory="/srv"),
            "/bin/go now",
        ),
    ],
)
def test_it_makes_room_in_one_of_four_ways(
    tmp_path: Path, lines: list[str], gone: object, back: object, words: str
) -> None:
    platform = api(tmp_path, *lines)
    shedding = platform.shedding
    assert shedding is not None
    assert (shedding.shed.action, shedding.restore.action) == (gone, back)
    assert platform.spec.on_shed == shedding.shed.words == words


def test_a_command_has_a_time_of_its_own(tmp_path: Path) -> None:
    shedding = api(
        tmp_path,
        'on_shed = { command = ["/bin/go"], timeout = "5s" }',
        'on_restore = { command = ["/bin/come"] }',
    ).shedding
    assert shedding is not None
    assert (shedding.shed.timeout_s, shedding.restore.timeout_s) == (5.0, 30.0)


def test_what_a_variable_brings_in_is_a_secret(tmp_path: Path) -> None:
    platform = api(
        tmp_path,
        'on_shed = { command = ["/bin/go", "${KEY}"] }',
        'on_restore = { command = ["/bin/come", "${KEY}"] }',
        KEY="opensesame",
    )
    assert platform.shedding is not None
    assert "opensesame" not in f"{platform.spec} {platform.shedding.restore.words}"
    assert [one.reveal() for one in platform.shedding.shed.secrets] == ["opensesame"]


@pytest.mark.parametrize(
    ("line", "where", "words"),
    [
        ("priority = 101", ".priority", "100"),
        ("priority = true", ".priority", "number"),
        ('protected = "yes"', ".protected", "true or false"),
        ("on_shed = {}", ".on_shed", "say what to do"),
        ('on_shed = { dokcer = "a" }', ".on_shed.dokcer", 'mean "docker"?'),
        ('on_shed = { docker = "a", plugin = "b" }', ".plugin", "keep one"),
        ('on_shed = { docker = "a", user = true }', ".user", "without systemd"),
        ('on_shed = { systemd = "redis" }', ".on_shed", "redis"),
        ('on_shed = { command = ["/bin/go"] }', ".on_shed", "on_restore = { command"),
        ('on_restore = { command = ["/bin/go"] }', ".on_restore", "without on_shed"),
        (
            'on_shed = { docker = "a" }\non_restore = { command = ["/bin/go"] }',
            ".on_restore",
            "by itself",
        ),
        ('[load]\nshed = "yes"', "load.shed", "off, advise, auto"),
    ],
)
def test_rubbish_is_refused_with_the_key_and_the_way_out(
    tmp_path: Path, line: str, where: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        api(tmp_path, line)
    (said,) = caught.value.problems
    assert where in said
    assert words in said


def test_what_is_shown_can_be_read_back(tmp_path: Path) -> None:
    go = 'on_shed = { command = ["/bin/go", "${KEY}"], timeout = "5s" }\n'
    come = 'on_restore = { command = ["/bin/come"], directory = "/srv" }\n'
    text = '[load]\nshed = "auto"\n' + API + "priority = 10\n" + go + come
    for name, how in {
        "b": 'systemd = "b.service", user = true',
        "c": 'docker = "c", stop = true',
        "d": 'plugin = "d"',
    }.items():
        text += API.replace("api", name) + f"protected = true\non_shed = {{ {how} }}\n"
    path = tmp_path / "conductor.toml"
    path.write_text(text)
    first = load_with_notes(path, reading=Reading(environ={"KEY": "opensesame"}))
    shown = settings_text(first.settings, notes=first.notes, written=first.written)
    assert "opensesame" not in shown
    again = load(tmp_path, shown, KEY="opensesame")
    assert again.load == first.settings.load
    for one, other in zip(again.platforms, first.settings.platforms, strict=True):
        assert one.shedding == other.shedding
        assert one.spec.priority == other.spec.priority
        assert one.spec.protected == other.spec.protected
