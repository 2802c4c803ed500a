"""The restart of a container."""

from dataclasses import dataclass

from conductor_tui.domain.text import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`container` is its name or id, `socket` the engine's (Podman has one too)."""

    container: str
    socket: str = "/var/run/docker.sock"

    def __post_init__(self) -> None:
        if not self.container.strip():
            raise ValueError("docker must name a container")
        if not self.socket.startswith("/"):
            raise ValueError(f"socket must begin with /, unlike {self.socket!r}")


def words_of(options: Options) -> str:
    return f"restart container {visible(options.container, 80)}"
