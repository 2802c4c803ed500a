"""[plugins] and [plugin.NAME]: what they come to, and what is said of rubbish."""

from dataclasses import fields
from pathlib import Path

import pytest

from conductor_tui.adapters.settings.file import load_settings, load_with_notes
from conductor_tui.adapters.settings.homes import HOMES
from conductor_tui.adapters.settings.json_schema import settings_schema
from conductor_tui.adapters.settings.plugin_found import LIMITS
from conductor_tui.adapters.settings.plugin_schema import PluginTable
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.text import settings_text
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.plugin import MIB, PluginLimits, PluginSettings
from conductor_tui.domain.settings import Settings


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "conductor.toml"
    path.write_text(text)
    return load_settings(path, reading=Reading(environ=environ))


def plugin(tmp_path: Path, *lines: str, **environ: str) -> PluginSettings:
    text = "\n".join(["[plugin.matrix]", *lines])
    [found] = load(tmp_path, text, **environ).plugins
    return found


def problems(tmp_path: Path, text: str, **environ: str) -> str:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text, **environ)
    return "\n".join(error.value.problems)


def test_a_table_is_enough_for_it_to_run_alone_in_a_process(tmp_path: Path) -> None:
    found = plugin(tmp_path)
    assert (found.name, found.use, found.enabled) == ("matrix", "matrix", True)
    assert found.isolate
    assert found.limits == PluginLimits()
    assert found.config == {}
    assert found.origin == "conductor.toml, [plugin.matrix]" or found.origin.endswith(
        "conductor.toml, [plugin.matrix]"
    )


def test_without_such_tables_there_are_none(tmp_path: Path) -> None:
    settings = load(tmp_path, "[engine]\n")
    assert (settings.plugins, settings.plugin_folder) == ((), None)


def test_every_limit_has_a_key_and_every_key_is_read(tmp_path: Path) -> None:
    assert set(LIMITS.values()) == {one.name for one in fields(PluginLimits)}
    found = plugin(
        tmp_path,
        'use = "chat"',
        "enabled = false",
        "isolate = false",
        'requires = ["db", "net"]',
        'memory = "64MiB"',
        'cpu = "2s"',
        "open_files = 20",
        "processes = 3",
        'output = "2KiB"',
        'request_timeout = "4s"',
        'start_timeout = "5s"',
        'stop_timeout = "6s"',
        'hang_after = "7s"',
        "at_once = 8",
        "waiting = 9",
        "restarts = 0",
        'within = "1h"',
    )
    assert (found.use, found.enabled, found.isolate) == ("chat", False, False)
    assert found.requires == ("db", "net")
    assert found.limits == PluginLimits(
        memory_bytes=64 * MIB,
        cpu_s=2.0,
        open_files=20,
        processes=3,
        output_bytes=2048,
        request_s=4.0,
        start_s=5.0,
        stop_s=6.0,
        hang_s=7.0,
        at_once=8,
        waiting=9,
        restarts=0,
        within_s=3600.0,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('memory = "16MiB"', "write a size from 32MiB"),
        ("memory = 512", "a size needs quotes and a unit"),
        ('cpu = "0.5s"', "write a duration from 1s"),
        ("open_files = 3", "16"),
        ("processes = 0", "1"),
        ('output = "10B"', "not a size"),
        ("at_once = 0", "1"),
        ("waiting = -1", "0"),
        ("restarts = -1", "0"),
        ("isolate = 1", "true or false"),
        ('requires = "db"', "list"),
        ('requires = ["a b"]', "not a name of a plug-in"),
        ('use = ""', "not a name of a plug-in: it is empty"),
        ("memmory = 1", 'did you mean "memory"?'),
        ("config = 1", "must be a table: write [plugin.matrix.config]"),
        ('config.a = "x"\nconfig.b = 2020-01-01', "put it in quotes"),
        ("config.b = [1, nan]", "not a number that a plug-in can be given"),
    ],
)
def test_what_cannot_be_is_said_with_its_key(
    tmp_path: Path, line: str, words: str
) -> None:
    said = problems(tmp_path, f"[plugin.matrix]\n{line}\n")
    assert "plugin.matrix" in said
    assert words in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plugin = 1\n", "must be tables by name: write [plugin.NAME]"),
        ("[[plugin]]\n", "must be tables by name: write [plugin.NAME]"),
        ("plugin.x = 1\n", "must be a table: write [plugin.NAME]"),
        ("plugins = 1\n", "must be a table: write [plugins]"),
        ("[plugins]\nfolder = 1\n", "plugins.folder"),
        ("[plugins]\nfolders = 'x'\n", 'did you mean "folder"?'),
        ('[plugin."a b"]\n', "not a name for a plug-in"),
        ("[engine]\nmemory = '1GB'\n", "[plugin.NAME]"),
    ],
)
def test_tables_of_another_shape_are_refused(
    tmp_path: Path, text: str, words: str
) -> None:
    assert words in problems(tmp_path, text)


def test_those_that_require_each_other_are_told_once(tmp_path: Path) -> None:
    said = problems(
        tmp_path,
        "[plugin.a]\nrequires = ['b']\n[plugin.b]\nrequires = ['a']\n"
        "[plugin.c]\nrequires = ['c', 'elsewhere']\n",
    )
    assert said.count("it requires itself") == 2
    assert "a -> b -> a" in said
    assert "c -> c" in said


def test_its_own_settings_are_its_own_and_variables_are_filled_in(
    tmp_path: Path,
) -> None:
    found = plugin(
        tmp_path,
        "[plugin.matrix.config]",
        'room = "!abc"',
        'url = "https://${HOST}/"',
        "rooms = [1, 2.5, true]",
        "deep = { token = 'hunter2', more = [{ x = 1 }] }",
        HOST="chat.example",
    )
    assert found.config["url"] == "https://chat.example/"
    assert found.config["rooms"] == [1, 2.5, True]
    assert [one.value for one in found.secrets] == ["chat.example", "hunter2"]


def test_a_secret_is_nowhere_in_what_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_text(
        "[plugin.matrix.config]\n"
        'password = "hunter2"\n'
        'tokens = ["hunter3"]\n'
        'url = "https://${KEY}@h/"\n'
        "deep = { api_key = 'hunter4' }\n"
    )
    loaded = load_with_notes(path, reading=Reading(environ={"KEY": "hunter5"}))
    text = settings_text(loaded.settings, notes=loaded.notes, written=loaded.written)
    assert "hunter" not in text
    assert 'url = "https://${KEY}@h/"' in text


def test_what_is_shown_reads_back_to_the_same(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    before = load(
        tmp_path,
        "[plugin.matrix]\nmemory = '64MiB'\nrequires = ['db']\n"
        "[plugin.matrix.config]\nroom = '${'  \n[plugin.db]\nenabled = false\n".replace(
            "'${'", "'$${'"
        ),
    )
    text = settings_text(before)
    (tmp_path / "shown").mkdir()
    after = load(tmp_path / "shown", text)
    assert after.plugin_folder == before.plugin_folder == str(tmp_path / "plugins")
    strip = [
        [(one.name, one.use, one.enabled, one.limits, one.config) for one in each]
        for each in (before.plugins, after.plugins)
    ]
    assert strip[0] == strip[1]


def test_the_folder_is_beside_the_file_or_where_it_says(tmp_path: Path) -> None:
    assert load(tmp_path, "[engine]\n").plugin_folder is None
    said = problems(tmp_path, "[plugins]\nfolder = 'mine'\n")
    assert f"{tmp_path}/mine is no folder: make it" in said
    (tmp_path / "mine").mkdir()
    named = load(tmp_path, "[plugins]\nfolder = 'mine'\n").plugin_folder
    assert named == str(tmp_path / "mine")
    (tmp_path / "plugins").mkdir()
    for text in ("[engine]\n", "[plugin.x]\n"):
        assert load(tmp_path, text).plugin_folder == str(tmp_path / "plugins")


def test_the_keys_are_known_to_editors_and_to_who_puts_them_elsewhere() -> None:
    table = settings_schema()["properties"]["plugin"]["additionalProperties"]
    assert set(table["properties"]) == {*PluginTable.model_fields, "config"}
    assert all(key in HOMES for key in PluginTable.model_fields)
