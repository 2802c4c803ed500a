"""The restart of a systemd unit."""

from dataclasses import dataclass

from conductor_tui.domain.text import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`unit` with its suffix, such as redis.service; `user`: of the user's manager."""

    unit: str
    user: bool = False

    def __post_init__(self) -> None:
        if "." not in self.unit or any(char.isspace() for char in self.unit):
            raise ValueError(
                f"systemd must name a unit such as redis.service, not {self.unit!r}"
            )


def words_of(options: Options) -> str:
    return f"restart {visible(options.unit, 80)}"
