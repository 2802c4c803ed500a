"""The dead letters whole, for whoever reads or keeps them: payload, errors and all."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.dead_letter import DeadLetter
from conductor_tui.domain.ids import LetterId


class LetterBox:
    """Satisfies ports.LetterBox. Blocks: for threads."""

    def __init__(self, letter: Callable[[LetterId], DeadLetter | None]) -> None:
        """`letter` gives one whole; None where it is no more."""
        self._letter = letter

    def letter(self, letter: LetterId) -> DeadLetter | None:
        """See ports.LetterBox."""
        return self._letter(letter)

    def export(self, letters: Sequence[LetterId], file: Path) -> int:
        """See ports.LetterBox."""
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        count = 0
        with os.fdopen(handle, "w", encoding="utf-8") as there:
            for one in letters:
                letter = self._letter(one)
                if letter is None:  # delivered meanwhile
                    continue
                said = adapter(DeadLetter).dump_python(letter, mode="json")
                there.write(f"{json.dumps(said, ensure_ascii=False)}\n")
                count += 1
        return count
