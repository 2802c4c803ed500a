"""What somebody may do here."""

from enum import StrEnum


class Right(StrEnum):
    READ = "read"  # look: the state, the stream, the past, metrics
    BEAT = "beat"  # send heartbeats, of any agent
    CONTROL = "control"  # commands


ALL_RIGHTS = frozenset(Right)
NO_RIGHTS: frozenset[Right] = frozenset()
