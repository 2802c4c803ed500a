"""From when and where a person looks."""

from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Lens:
    """The moment of looking (aware) and the operator's zone; None: the system's."""

    now: datetime
    zone: tzinfo | None = None

    @property
    def second(self) -> int:
        """What the texts that count seconds depend on."""
        return int(self.now.timestamp())

    def age_s(self, at: datetime) -> float:
        return max(0.0, (self.now - at).total_seconds())

    def wait_s(self, at: datetime) -> float:
        """Seconds until `at`; negative when it has passed."""
        return (at - self.now).total_seconds()

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def is_today(self, at: datetime) -> bool:
        return self.local(at).date() == self.local(self.now).date()
