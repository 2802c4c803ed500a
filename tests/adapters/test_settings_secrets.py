"""Variables and secrets: what the file says is used, and never told."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.settings.expand import expanded
from conductor_tui.adapters.settings.file import load_settings, load_with_notes
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.secrets import hidden
from conductor_tui.adapters.settings.source import read_secret
from conductor_tui.adapters.settings.text import settings_text
from conductor_tui.adapters.settings.toml_text import escaped
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import PlatformSettings
from tests.adapters.settings_files import HTTP, platform

USER = 1000
ENVIRON = {"TOKEN": "hunter2-hunter2", "HOST": "db.internal", "EMPTY": "", "PIN": "42"}


def put(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "conductor.toml"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def reading(environ: Mapping[str, str] = ENVIRON) -> Reading:
    return Reading(environ=environ, euid=USER)


def only(tmp_path: Path, text: str) -> PlatformSettings:
    (found,) = load_settings(put(tmp_path, text), reading=reading()).platforms
    return found


def shown(tmp_path: Path, text: str) -> str:
    loaded = load_with_notes(put(tmp_path, text), reading=reading())
    return settings_text(loaded.settings, notes=loaded.notes, written=loaded.written)


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(put(tmp_path, text), reading=reading())
    return caught.value.problems


# variables


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("${HOST}:80", "db.internal:80", id="a variable"),
        pytest.param("${HOST}${PIN}", "db.internal42", id="two side by side"),
        pytest.param("${EMPTY}", "", id="an empty one is empty"),
        pytest.param("${EMPTY:-x}", "x", id="a text for an empty one"),
        pytest.param("${NONE:-x y}", "x y", id="a text for one that is not set"),
        pytest.param("${NONE:-}", "", id="no text for one that is not set"),
        pytest.param("${HOST:-x}", "db.internal", id="the text is not needed"),
        pytest.param("$${HOST}", "${HOST}", id="an escape"),
        pytest.param("$$${HOST}", "$${HOST}", id="a dollar and an escape"),
        pytest.param("$HOST $5 $$ $", "$HOST $5 $$ $", id="dollars are themselves"),
    ],
)
def test_a_text_is_filled_in(text: str, value: str) -> None:
    found: list[Any] = []
    assert expanded([{"key": text}], ENVIRON, (), found) == [{"key": value}]
    assert found == []


def test_what_a_variable_brings_is_not_looked_at_again() -> None:
    assert expanded("${A}", {"A": "${B} $${C}"}, (), []) == "${B} $${C}"


@given(text=st.text(st.sampled_from("${}AB:- ")))
def test_what_is_escaped_comes_back(text: str) -> None:
    assert expanded(escaped(text), {}, (), []) == text


def test_variables_are_for_every_text_of_the_file(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        '[engine]\ninterval = "${PIN}s"\n'
        + platform("${HOST}", 'group = "g-${PIN}"', 'tags = ["${PIN}", "t"]'),
    )
    settings = load_settings(path, reading=reading())
    spec = settings.platforms[0].spec
    assert spec.interval_s == 42
    assert (spec.platform, spec.group, spec.tags) == (
        "db.internal",
        "g-42",
        ("42", "t"),
    )
    assert settings.platforms[0].secrets == ()


def test_a_duration_is_read_from_its_variable(tmp_path: Path) -> None:
    spec = only(tmp_path, platform("a", 'timeout = "${PIN}ms"')).spec
    assert spec.timeout_s == pytest.approx(0.042)


def test_a_target_is_used_whole_and_shown_as_it_is_written(tmp_path: Path) -> None:
    tcp = 'probe = "tcp"\ntarget = "${HOST}:${PORT:-5432}"'
    found = only(tmp_path, platform("a", probe=tcp))
    assert found.options.target == "db.internal:5432"  # type: ignore[attr-defined]
    assert found.spec.target == "${HOST}:${PORT}"
    assert [one.reveal() for one in found.secrets] == ["db.internal"]
    assert 'target = "${HOST}:${PORT:-5432}"\n' in shown(
        tmp_path, platform("a", probe=tcp)
    )


def test_a_scheme_from_a_variable_is_no_obstacle(tmp_path: Path) -> None:
    path = put(tmp_path, platform("a", probe='probe = "http"\ntarget = "${URL}"'))
    environ = {"URL": "https://eve:pw@api.internal/x"}
    with pytest.raises(SettingsError) as caught:  # http wants no user in its URL
        load_settings(path, reading=reading(environ))
    assert "api" not in str(caught.value)
    found = load_settings(path, reading=reading({"URL": "https://api.internal/x"}))
    assert found.platforms[0].spec.target == "${URL}"


def test_a_command_is_shown_as_it_is_written(tmp_path: Path) -> None:
    probe = 'probe = "command"\ncommand = ["/bin/true", "-p", "${TOKEN}", "$${A}"]'
    found = only(tmp_path, platform("a", probe=probe))
    assert found.options.command[2:] == (  # type: ignore[attr-defined]
        "hunter2-hunter2",
        "${A}",
    )
    assert "hunter2" not in found.spec.target
    assert "${TOKEN}" in found.spec.target
    text = shown(tmp_path, platform("a", probe=probe))
    assert tomllib.loads(text)["platform"][0]["command"] == [
        "/bin/true",
        "-p",
        "${TOKEN}",
        "$${A}",
    ]


def test_a_variable_that_is_not_set_raises_no_echo(tmp_path: Path) -> None:
    text = '[engine]\ninterval = "${NONE}"\n' + platform(
        "${ALSO_NONE}", 'depends_on = ["${ALSO_NONE}"]', 'timeout = "8s"'
    )
    assert [line.split(": ")[1] for line in problems(tmp_path, text)] == [
        'engine.interval = "${NONE}"',
        'platform[1] "${ALSO_NONE}" .name = "${ALSO_NONE}"',
        'platform[1] "${ALSO_NONE}" .depends_on[1] = "${ALSO_NONE}"',
    ]


# secrets


SECRETS = (
    'headers = { Authorization = "Bearer ${TOKEN}", X-Plain = "open-sesame" }',
    'username = "eve"',
    'password = "literal-secret"',
)


def test_an_option_of_type_secret_is_one_and_belongs_to_its_platform(
    tmp_path: Path,
) -> None:
    found = only(tmp_path, platform("a", SECRETS[1], SECRETS[2]))
    password = found.options.password  # type: ignore[attr-defined]
    assert password == Secret("literal-secret", "***")
    assert password in found.secrets


def test_headers_of_everyday_words_are_none(tmp_path: Path) -> None:
    table = 'headers = { Accept = "text/html", Host = "${TOKEN}", Cookie = "text" }'
    found = only(tmp_path, platform("a", table))
    assert "text/html" in shown(tmp_path, platform("a", table))
    assert {secret.value for secret in found.secrets} == {"hunter2-hunter2", "text"}


def test_headers_are_secrets_each(tmp_path: Path) -> None:
    found = only(tmp_path, platform("a", SECRETS[0]))
    headers = found.options.headers  # type: ignore[attr-defined]
    assert headers["Authorization"].reveal() == "Bearer hunter2-hunter2"
    assert str(headers["Authorization"]) == "Bearer ${TOKEN}"
    assert str(headers["X-Plain"]) == "***"
    assert {one.reveal() for one in found.secrets} == {
        "hunter2-hunter2",
        "Bearer hunter2-hunter2",
        "open-sesame",
    }


def test_a_secret_of_one_platform_is_none_of_another(tmp_path: Path) -> None:
    text = platform("a", *SECRETS[1:]) + platform("b")
    first, second = load_settings(put(tmp_path, text), reading=reading()).platforms
    assert first.secrets
    assert second.secrets == ()


def test_show_prints_no_secret(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("from-a-file\n")
    text = shown(
        tmp_path,
        platform("a", SECRETS[0])
        + platform("b", SECRETS[1], 'password_file = "pw"')
        + platform("c", *SECRETS[1:]),
    )
    table, by_file, literal = tomllib.loads(text)["platform"]
    assert table["headers"] == {"Authorization": "Bearer ${TOKEN}", "X-Plain": "***"}
    assert by_file["password_file"] == "pw"
    assert "password" not in by_file
    assert literal["password"] == "***"
    told = ("hunter2", "open-sesame", "from-a-file", "literal-secret")
    assert [one for one in told if one in text] == []


def test_the_file_of_a_secret_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "pw").write_bytes(b"from a file\r\n")
    found = only(tmp_path, platform("a", SECRETS[1], 'password_file = "pw"'))
    assert found.options.password.reveal() == (  # type: ignore[attr-defined]
        "from a file"
    )


def test_where_a_secret_lies_may_be_said_by_a_variable(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("from-a-file")
    text = platform("a", SECRETS[1], 'password_file = "${CREDENTIALS}/pw"')
    around = reading({"CREDENTIALS": str(tmp_path)})
    (found,) = load_settings(put(tmp_path, text), reading=around).platforms
    assert [one.reveal() for one in found.secrets] == ["from-a-file"]


def test_the_file_of_a_header_is_read(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k-123456")
    path = tmp_path / "key"
    found = only(tmp_path, platform("a", f'headers = {{ X-Key_file = "{path}" }}'))
    headers = found.options.headers  # type: ignore[attr-defined]
    assert headers["X-Key"].reveal() == "k-123456"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(b"\n\n", "an empty file", id="only line ends"),
        pytest.param(b"hunter2\nmore\n", "more than one line", id="two lines"),
        pytest.param(b"h\xff\xfe", "not UTF-8 text", id="bytes"),
        pytest.param(b"h" * 65537, "larger than 64 KiB", id="too large"),
        pytest.param(None, "no such file", id="missing"),
    ],
)
def test_the_file_of_a_secret_is_refused(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "pw").write_bytes(content)
    text = platform("api", SECRETS[1], 'password_file = "pw"')
    (line,) = problems(tmp_path, text)
    assert 'platform[1] "api" .password_file = "pw": ' in line
    assert said in line
    assert "hunter2" not in line


def test_a_directory_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a regular file"):
        read_secret(tmp_path, euid=USER)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root owns as root")
def test_root_takes_no_secret_that_others_can_write(tmp_path: Path) -> None:
    path = tmp_path / "pw"
    path.write_text("hunter2")
    assert read_secret(path, euid=0) == "hunter2"
    path.chmod(0o666)
    with pytest.raises(ValueError, match=f"chmod go-w {path}"):
        read_secret(path, euid=0)


def test_a_secret_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("hunter2")
    text = platform("api", *SECRETS[1:], 'password_file = "pw"')
    (line,) = problems(tmp_path, text)
    assert ".password_file" in line
    assert "password stands here too: keep one of the two" in line


def test_only_a_secret_has_a_file(tmp_path: Path) -> None:
    for key in ("method_file", "headers_file"):
        (line,) = problems(tmp_path, platform("api", f'{key} = "m"'))
        assert key in line
        assert "unknown key" in line


LEAKS = [
    pytest.param(platform("a", 'pasword = "hunter2"'), id="a misspelt key"),
    pytest.param(platform("a", "password = 7", 'bearer = "hunter2"'), id="a number"),
    pytest.param(platform("a", 'password = ["hunter2"]'), id="a list"),
    pytest.param(platform("a", 'headers = "X: hunter2"'), id="headers as text"),
    pytest.param(platform("a", 'headers = ["hunter2"]'), id="headers as a list"),
    pytest.param(platform("a", 'headers = { "a b" = "hunter2" }'), id="a bad name"),
    pytest.param(platform("a", 'headers = { a = "hunter2\\nb" }'), id="a bad value"),
    pytest.param(
        platform("a", 'password = "hunter2"', probe='probe = "redis"\ntarget = "a"'),
        id="a probe without passwords",
    ),
    pytest.param(platform("a", 'password = "hunter2"'), id="a password without a name"),
    pytest.param('[engine]\ntoken = "hunter2"\n', id="a table without secrets"),
    pytest.param("[[platform]]\npassword = hunter2\n", id="no TOML"),
    pytest.param(
        platform("a", probe='probe = "http"\ntarget = "${TOKEN}"'), id="a target"
    ),
    pytest.param(
        platform("a", probe='probe = "tcp"\ntarget = "x ${TOKEN}"'), id="an address"
    ),
    pytest.param(
        platform("a", 'headers = { X = "${TOKEN:-hunter2}" }', "retry = 1"),
        id="a text for a variable that is not set",
    ),
    pytest.param(platform("a", 'expect_status = "${TOKEN}"'), id="a list from it"),
    pytest.param(platform("a", 'expect_status = ["${TOKEN}"]'), id="an item from it"),
    pytest.param(platform("a", 'body_regex = "(${TOKEN}"'), id="a regex from it"),
]


@pytest.mark.parametrize("text", LEAKS)
def test_no_problem_tells_a_secret(text: str, tmp_path: Path) -> None:
    told = "\n".join(problems(tmp_path, text))
    assert told
    assert "hunter2" not in told


def test_the_beginning_of_a_long_secret_is_not_told_either() -> None:
    secret = Secret("s" * 300, "${KEY}")
    assert hidden(f"not '{'s' * 59}…: look", [secret]) == "not '${KEY}…: look"


def test_a_short_secret_is_hidden_where_it_stands_alone() -> None:
    words = hidden("not '42': write 420", [Secret("42", "${PIN}")])
    assert words == "not ${PIN}: write 420"


WILD = st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=30)


@given(value=WILD.map(lambda text: f"qzxw{text}qzxw".replace("\0", "")))
def test_whatever_a_variable_holds_no_problem_holds_it(value: str) -> None:
    from conductor_tui.adapters.settings.tables import read_tables

    tables = {
        "platform": [
            {
                "name": "a",
                "probe": "http",
                "target": "${V}",
                "headers": {"A": "${V}", "B": ["${V}"]},
                "method": "${V}",
            },
            {"name": "b", "probe": "tcp", "target": "${V}"},
            {"name": "c", "probe": "redis", "target": "${V}:0"},
        ]
    }
    with pytest.raises(SettingsError) as caught:
        read_tables(tables, "c.toml", reading({"V": value}))
    assert "qzxw" not in str(caught.value)


def test_the_table_of_a_platform_needs_no_variable(tmp_path: Path) -> None:
    found = only(tmp_path, f'[[platform]]\nname = "a"\n{HTTP}')
    assert found.secrets == ()
    assert found.spec.target == "http://127.0.0.1:8080/"
