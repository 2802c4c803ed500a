"""Which agent a URL or a secret means: indexes over who is listened for.

A secret is looked up by a keyed digest of it, so how long that takes tells nothing
about the secrets that are known.
"""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from hashlib import blake2b

from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import AgentSettings

SERVICE_TAG = "consul-service="  # in front of a service's id, in the tags of its checks
_KEY = os.urandom(32)
_NOT_IN_SLUGS = re.compile(r"[^\w\s-]")
_GAPS = re.compile(r"[-\s]+")
_GATUS = str.maketrans(dict.fromkeys("/_., #+&", "-"))


class Known:
    """The indexes of one mapping of agents, each made when it is first asked for."""

    def __init__(self, agents: Mapping[AgentId, AgentSettings]) -> None:
        self._agents = agents

    def by_uuid(self, uuid: str) -> AgentId | None:
        return self._uuids.get(_sealed(uuid.lower()))

    def by_token(self, token: str) -> AgentId | None:
        return self._tokens.get(_sealed(token))

    def by_slug(self, slug: str) -> list[AgentId]:
        return self._slugs.get(slug, [])

    def by_gatus_key(self, key: str) -> list[AgentId]:
        """Return who may be meant: agents that have a token."""
        return self._gatus_keys.get(key, [])

    def of_service(self, service: str) -> list[AgentId]:
        return self._services.get(service, [])

    def services_called(self, name: str) -> list[str]:
        """Return the ids of services by their name: the group of their checks."""
        return [
            service
            for service, checks in self._services.items()
            if any(self._agents[check].spec.group == name for check in checks)
        ]

    @cached_property
    def _uuids(self) -> dict[bytes, AgentId]:
        all_of = self._agents.items()
        return {_sealed(one.uuid.lower()): name for name, one in all_of if one.uuid}

    @cached_property
    def _tokens(self) -> dict[bytes, AgentId]:
        return {
            _sealed(one.token.reveal()): name
            for name, one in self._agents.items()
            if one.token is not None
        }

    @cached_property
    def _slugs(self) -> dict[str, list[AgentId]]:
        return _grouped((slug(name), name) for name in self._agents)

    @cached_property
    def _gatus_keys(self) -> dict[str, list[AgentId]]:
        return _grouped(
            (gatus_key(one.spec.group, name), name)
            for name, one in self._agents.items()
            if one.token is not None
        )

    @cached_property
    def _services(self) -> dict[str, list[AgentId]]:
        return _grouped(
            (tag.removeprefix(SERVICE_TAG), name)
            for name, one in self._agents.items()
            for tag in one.spec.tags
            if tag.startswith(SERVICE_TAG)
        )


@lru_cache(maxsize=16_384)  # asked again for every agent once one more has come
def slug(name: str) -> str:
    """Return the name as it stands in a ping URL (Django's slugify)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _GAPS.sub("-", _NOT_IN_SLUGS.sub("", plain.lower())).strip("-_")


def gatus_key(group: str, name: str) -> str:
    """Return the key of an external endpoint (Gatus, config/key/key.go)."""
    return "_".join(one.strip().lower().translate(_GATUS) for one in (group, name))


def _grouped(pairs: Iterable[tuple[str, AgentId]]) -> dict[str, list[AgentId]]:
    groups: dict[str, list[AgentId]] = defaultdict(list)
    for key, name in pairs:
        groups[key].append(name)
    return dict(groups)


def _sealed(secret: str) -> bytes:
    return blake2b(secret.encode(errors="replace"), key=_KEY, digest_size=16).digest()
