"""Tokens: hashed at rest, each with its scopes, and gone at once when revoked."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conductor_tui.adapters.api.rights import Right
from conductor_tui.adapters.api.tokens import MOST, TokenFile, TokensError

NOW = datetime.now(UTC)
READ = frozenset({Right.READ})


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "state" / "tokens.json")


def test_a_secret_is_known_again_and_stands_nowhere(tokens: TokenFile) -> None:
    made, secret = tokens.create("prometheus", READ, None)
    assert tokens.find(secret, NOW) == made
    assert tokens.find(secret + "x", NOW) is None
    assert tokens.find("", NOW) is None
    assert secret not in tokens.path.read_text()
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600


def test_another_process_sees_a_token_and_its_end_at_once(tokens: TokenFile) -> None:
    daemon = TokenFile(tokens.path)
    assert daemon.all() == ()
    made, secret = tokens.create("ci", READ, None)
    assert daemon.find(secret, NOW) == made
    assert tokens.revoke(made.id) == made
    assert daemon.find(secret, NOW) is None


def test_one_that_is_over_opens_nothing(tokens: TokenFile) -> None:
    _, secret = tokens.create("ci", READ, NOW + timedelta(hours=1))
    assert tokens.find(secret, NOW) is not None
    assert tokens.find(secret, NOW + timedelta(hours=1)) is None


def test_a_name_is_taken_once_and_an_unknown_one_is_said(tokens: TokenFile) -> None:
    tokens.create("ci", READ, None)
    with pytest.raises(TokensError, match="there is a token 'ci'"):
        tokens.create("ci", READ, None)
    with pytest.raises(TokensError, match="no token is called 'cd'"):
        tokens.revoke("cd")


@pytest.mark.parametrize("name", ["", "a" * 65, "a\nb", "a\x1b[31m"])
def test_a_name_that_cannot_be_shown_is_refused(tokens: TokenFile, name: str) -> None:
    with pytest.raises(TokensError, match="printable"):
        tokens.create(name, READ, None)
    assert tokens.all() == ()


def test_there_is_a_bound(tokens: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conductor_tui.adapters.api.tokens.MOST", 2)
    for number in range(2):
        tokens.create(f"t{number}", READ, None)
    with pytest.raises(TokensError, match="revoke some"):
        tokens.create("one more", READ, None)
    assert MOST > 2


def test_a_file_that_others_can_read_lets_nobody_in(tokens: TokenFile) -> None:
    _, secret = tokens.create("ci", READ, None)
    tokens.path.chmod(0o644)
    os.utime(tokens.path)
    daemon = TokenFile(tokens.path)
    assert daemon.find(secret, NOW) is None
    with pytest.raises(TokensError, match="chmod 600"):
        daemon.all()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"tokens": [{}]}', '{"tokens": 3}', "[" * 100_000]
)
def test_a_broken_file_lets_nobody_in_and_is_not_overwritten(
    tokens: TokenFile, text: str
) -> None:
    _, secret = tokens.create("ci", READ, None)
    tokens.path.write_text(text)
    assert tokens.find(secret, NOW) is None
    with pytest.raises(TokensError, match="no list of tokens"):
        tokens.create("another", READ, None)
    assert tokens.path.read_text() == text


def test_what_is_written_has_hashes_and_scopes_only(tokens: TokenFile) -> None:
    tokens.create("ci", frozenset({Right.CONTROL, Right.BEAT}), None)
    [one] = json.loads(tokens.path.read_text())["tokens"]
    assert one["scopes"] == ["beat", "control"]
    assert len(one["sha256"]) == 64
    assert set(one) == {"id", "name", "scopes", "created", "expires", "sha256"}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"sha256": "\u00e9" * 64}, id="a hash that is none"),
        pytest.param({"sha256": None}, id="no hash"),
        pytest.param({"expires": "2030-01-01T00:00:00"}, id="an end in no time zone"),
        pytest.param({"scopes": ["all"]}, id="a scope that there is not"),
    ],
)
def test_a_token_that_was_edited_wrongly_lets_nobody_in(
    tokens: TokenFile, wrong: dict[str, object]
) -> None:
    _, secret = tokens.create("one", frozenset({Right.READ}), None)
    body = json.loads(tokens.path.read_text())
    body["tokens"][0].update(wrong)
    tokens.path.write_text(json.dumps(body))
    again = TokenFile(tokens.path)
    assert again.find(secret, datetime.now(UTC)) is None
    with pytest.raises(TokensError, match="no list of tokens"):
        again.all()


def test_a_file_that_is_opened_to_others_later_lets_nobody_in(
    tokens: TokenFile,
) -> None:
    _, secret = tokens.create("one", frozenset({Right.READ}), None)
    assert tokens.find(secret, datetime.now(UTC)) is not None
    tokens.path.chmod(0o644)
    assert tokens.find(secret, datetime.now(UTC)) is None
