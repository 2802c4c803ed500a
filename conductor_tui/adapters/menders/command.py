"""A command that should make a subject well again."""

from dataclasses import dataclass

from conductor_tui.domain.text import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`command` is a list: program, then arguments; no shell reads it. `directory`
    is where it runs; empty: where conductor-tui was started.
    """

    command: tuple[str, ...]
    directory: str = ""

    def __post_init__(self) -> None:
        if not self.command or not self.command[0]:
            raise ValueError(
                "command must name a program, as a list of words: "
                '["/usr/local/bin/mend", "redis"]'
            )
        if any("\0" in word for word in (*self.command, self.directory)):
            raise ValueError("command cannot contain a zero byte")


def words_of(options: Options) -> str:
    return visible(" ".join(options.command), 100)
