"""The tokens that open this conductor over TCP: a file that holds only their hashes.

A secret is 256 random bits, so one SHA-256 is enough: there is nothing to guess, and no
dictionary to go through. Every hash in the file is compared, each in a time that tells
nothing. Whoever can write the file can let anybody in, so it has to be ours alone.
"""

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conductor_tui.adapters.api.rights import Right
from conductor_tui.domain.text import visible

PREFIX, MOST, LONGEST_NAME = "ct_", 1000, 64
_FORMAT, _DIGEST = 1, re.compile("[0-9a-f]{64}")


class TokensError(Exception):
    """The file cannot be used, or not be changed so; in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token, without its secret. `digest` is SHA-256, in hex."""

    id: str
    name: str
    rights: frozenset[Right]
    created: datetime
    expires: datetime | None
    digest: str

    def is_over(self, now: datetime) -> bool:
        return self.expires is not None and now >= self.expires


class TokenFile:
    """Read anew whenever it has changed: a token that is revoked opens nothing more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._tokens: tuple[Token, ...] = ()

    def all(self) -> tuple[Token, ...]:
        """Return the tokens, those that are over too. Raises TokensError."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._seen, self._tokens = None, ()
            return ()
        except OSError as error:
            raise TokensError(f"{self.path}: {error.strerror}") from error
        self._refuse_open_to_others(status)
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if seen != self._seen:
            self._tokens = _read(self.path)
            self._seen = seen
        return self._tokens

    def find(self, given: str, now: datetime) -> Token | None:
        """Return the token with this secret that is not over. A file that cannot be
        used lets nobody in.
        """
        try:
            tokens = self.all()
        except TokensError:
            return None
        digest, found = _digest(given), None
        for token in tokens:  # all of them: the time tells nothing
            if hmac.compare_digest(token.digest, digest) and not token.is_over(now):
                found = token
        return found

    def create(
        self, name: str, rights: frozenset[Right], expires: datetime | None
    ) -> tuple[Token, str]:
        """Add a token; return it and its secret, which nobody can tell again.

        Raises TokensError.
        """
        if not name or len(name) > LONGEST_NAME or visible(name) != name:
            words = f"a name has 1 to {LONGEST_NAME} printable characters"
            raise TokensError(f"{words}, not {visible(name, 80)!r}")
        secret = PREFIX + secrets.token_urlsafe(32)
        token = Token(
            id=secrets.token_hex(4),
            name=name,
            rights=rights,
            created=datetime.now(UTC).replace(microsecond=0),
            expires=expires,
            digest=_digest(secret),
        )
        with self._changing() as tokens:
            if any(one.name == name for one in tokens):
                raise TokensError(
                    f"there is a token {name!r}: revoke it, or take another name"
                )
            if len(tokens) >= MOST:
                raise TokensError(f"there are {MOST} tokens: revoke some first")
            tokens.append(token)
        return token, secret

    def revoke(self, wanted: str) -> Token:
        """Remove the token with this name or id, and return it. Raises TokensError."""
        with self._changing() as tokens:
            named = [one for one in tokens if wanted in (one.name, one.id)]
            if not named:
                raise TokensError(f"no token is called {visible(wanted, 80)!r}")
            tokens.remove(named[0])
            return named[0]

    @contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self.path.with_name(f"{self.path.name}.lock")
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise TokensError(f"{self.path}: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            tokens = list(self.all())
            yield tokens
            self._write(tokens)
        finally:
            os.close(handle)

    def _write(self, tokens: Sequence[Token]) -> None:
        """All of it or nothing: a crash leaves the file as it was."""
        body = {"format": _FORMAT, "tokens": [_document(one) for one in tokens]}
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(body, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise TokensError(f"{self.path}: {error.strerror}") from error

    def _refuse_open_to_others(self, status: os.stat_result) -> None:
        if status.st_uid not in (os.geteuid(), 0):
            raise TokensError(f"{self.path}: it belongs to another user: chown it")
        if stat.S_IMODE(status.st_mode) & 0o077:
            words = f"others may use it: mend it with `chmod 600 {self.path}`"
            raise TokensError(f"{self.path}: {words}")


def _read(path: Path) -> tuple[Token, ...]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_token(one) for one in found["tokens"])
    except OSError as error:
        raise TokensError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        words = "no list of tokens: move it away and create them anew"
        raise TokensError(f"{path}: {words}") from None


def _token(one: dict[str, Any]) -> Token:
    expires = one["expires"]
    if not _DIGEST.fullmatch(one["sha256"]):
        raise ValueError
    return Token(
        id=str(one["id"]),
        name=visible(str(one["name"]), LONGEST_NAME),
        rights=frozenset(map(Right, one["scopes"])),
        created=_aware(one["created"]),
        expires=_aware(expires) if expires else None,
        digest=one["sha256"],
    )


def _aware(written: str) -> datetime:
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError
    return at


def _document(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.rights),
        "created": token.created.isoformat(),
        "expires": token.expires.isoformat() if token.expires else None,
        "sha256": token.digest,
    }


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
