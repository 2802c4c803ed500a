"""What is known of the terminal, and what this screen takes of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenFigures:
    """What this screen takes and goes by. `*_per_s` are of the last ten seconds;
    `traffic` holds bytes of each of the last seconds, oldest first.
    """

    frames: int = 0
    written_bytes: int = 0
    frames_per_s: float = 0.0
    bytes_per_s: float = 0.0
    traffic: tuple[float, ...] = ()
    width: int = 0
    height: int = 0
    colors: int = 0
    term: str = ""
    encoding: str = ""
    theme: str = ""
    ascii: bool = False
