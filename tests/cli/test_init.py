"""`conductor-tui init`, from the outside."""

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.adapters.discovery.listeners import ListenerDiscovery, platforms
from conductor_tui.adapters.discovery.services import Listener
from conductor_tui.adapters.settings.file import load_settings
from conductor_tui.cli import main
from conductor_tui.cli.init import init
from conductor_tui.cli.init_file import init_text
from conductor_tui.domain.settings import Settings
from conductor_tui.ports import Listeners

HOSTILE = 'my\x1b[2J"app"\n[red]'
FOUND = Listeners(
    platforms=platforms(
        [
            Listener("127.0.0.1", 6379, 812, "redis-server"),
            Listener("::1", 5433, 813, "postgres"),
            Listener("0.0.0.0", 443, 814, "nginx"),
            Listener("10.0.0.5", 4321, 815, HOSTILE),
            Listener("0.0.0.0", 22),
        ]
    )
)
NOTHING = Listeners(platforms=())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to be in, and a machine on which FOUND listens."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ListenerDiscovery, "look", lambda _: FOUND)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(init, words)


def read(text: str) -> Settings:
    path = Path("read.toml")
    path.write_text(text, encoding="utf-8")
    return load_settings(path, euid=1000)


def test_what_is_written_is_what_was_found() -> None:
    result = run()

    settings = load_settings(Path("conductor.toml"), euid=1000)
    assert result.exit_code == 0, result.output
    assert [(one.spec.platform, one.options) for one in settings.platforms] == [
        (one.spec.platform, one.options) for one in FOUND.platforms
    ]


def test_each_platform_says_how_it_was_found() -> None:
    text = run("--stdout").stdout

    for platform in FOUND.platforms:
        assert f"# {platform.spec.origin}\n[[platform]]\n" in text


def test_what_was_written_is_told_with_the_next_step() -> None:
    told = run("--output", "my.toml").stdout

    assert told == (
        "wrote my.toml: 5 platforms (2 listen, 1 http, 1 postgres, 1 redis)\n"
        "Next: conductor-tui --config my.toml\n"
    )


def test_the_file_holds_nothing_that_a_terminal_would_obey() -> None:
    text = run("--stdout").stdout

    assert all(char.isprintable() or char == "\n" for char in text)
    assert "\\u001b" not in text  # the name was made visible before it came here


def uncommented(text: str) -> str:
    return re.sub(r"^#(?=[^ \n])", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("found", [FOUND, NOTHING], ids=["found", "nothing found"])
def test_every_option_is_valid_once_its_mark_is_taken_away(found: Listeners) -> None:
    settings = read(uncommented(init_text(found)))

    names = [one.spec.platform for one in settings.platforms]
    assert names[-4:] == ["discord", "cache", "android-bridge", "backup"]
    assert len(names) == len(found.platforms) + 4


def test_options_shown_for_the_whole_are_the_defaults() -> None:
    bare, full = read(init_text(NOTHING)), read(uncommented(init_text(NOTHING)))

    assert (full.engine, full.load, full.defaults) == (
        bare.engine,
        bare.load,
        bare.defaults,
    )


def test_each_option_alone_is_valid() -> None:
    lines = init_text(NOTHING).splitlines()
    whole = lines[: next(n for n, line in enumerate(lines) if "[[platform]]" in line)]
    for n, line in enumerate(whole):
        if re.match("#[^ ]", line):
            changed = [*whole[:n], line.removeprefix("#"), *whole[n + 1 :]]
            assert read("\n".join(changed)).discover, line


def test_where_nothing_listens_the_file_goes_on_looking() -> None:
    settings = read(init_text(NOTHING))

    assert settings.platforms == ()
    assert settings.discover


def test_hidden_processes_are_mentioned_only_where_there_are_some() -> None:
    hidden = Listeners(platforms=FOUND.platforms, complete=False)

    assert "could not be seen" in init_text(hidden)
    assert "could not be seen" not in init_text(FOUND)


def test_a_file_that_is_there_is_kept() -> None:
    Path("conductor.toml").write_text("mine")

    result = run()

    assert result.exit_code == 2  # click's own; the command group makes it 64
    assert "conductor.toml is there already: --force replaces it" in result.stderr
    assert Path("conductor.toml").read_text() == "mine"


def test_force_replaces_it_and_leaves_nothing_else_behind(home: Path) -> None:
    Path("conductor.toml").write_text("mine")

    assert run("--force").exit_code == 0

    assert "[[platform]]" in Path("conductor.toml").read_text()
    assert [path.name for path in home.iterdir()] == ["conductor.toml"]


def test_force_follows_a_symbolic_link_and_leaves_it_one() -> None:
    Path("real.toml").write_text("mine")
    Path("conductor.toml").symlink_to("real.toml")

    assert run("--force").exit_code == 0

    assert Path("conductor.toml").is_symlink()
    assert "[[platform]]" in Path("real.toml").read_text()


def test_others_may_read_the_file_and_not_write_it() -> None:
    before = os.umask(0o077)
    try:
        run()
    finally:
        os.umask(before)

    assert stat.S_IMODE(Path("conductor.toml").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--output", "no/such/x.toml"], "create it with `mkdir -p "),
        (["--output", "."], ". is a directory: name the file in it"),
        (["--stdout", "--force"], "--stdout writes no file"),
        (["--stdout", "--output", "x"], "--stdout writes no file"),
        (["--output", "/proc/x.toml"], "/proc/x.toml"),
    ],
)
def test_what_cannot_be_written_is_answered_in_words(
    words: list[str], said: str
) -> None:
    result = CliRunner().invoke(main, ["init", *words])

    assert result.exit_code in (3, 64)
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_directory_that_was_removed_is_answered_in_words(home: Path) -> None:
    home.rmdir()

    result = CliRunner().invoke(main, ["init"])

    assert result.exit_code == 64
    assert "was removed: change to another one" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root distrusts a directory")
def test_root_is_told_at_once_where_it_will_not_obey_the_file(home: Path) -> None:
    home.chmod(0o1777)

    said = run().output

    assert "Next: " not in said
    assert "will not use it there" in said
    assert "such as /etc/conductor-tui" in said


def test_a_config_to_read_is_not_taken_for_the_file_to_write(home: Path) -> None:
    result = CliRunner().invoke(main, ["--config", "x.toml", "init"])

    assert result.exit_code == 64
    assert "name the one to write with --output" in result.stderr
    assert list(home.iterdir()) == []


def test_the_file_is_toml_that_anyone_can_read() -> None:
    tables = tomllib.loads(run("--stdout").stdout)

    assert [one["name"] for one in tables["platform"]][-2:] == ["redis", "ssh"]
