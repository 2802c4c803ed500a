"""The kinds of values in conductor.toml: durations, numbers, names, times.

Each refuses in our words what it is not, and tells editors what it looks like.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

from conductor_tui.adapters.channels.kinds import KINDS as CHANNELS
from conductor_tui.adapters.probes.kinds import KINDS
from conductor_tui.adapters.settings.words import listed, suggestion
from conductor_tui.domain.agent import Detector, agent_name_problem
from conductor_tui.domain.alert import SEVERITIES, Severity
from conductor_tui.domain.check import TrialBy
from conductor_tui.domain.duration import format_duration, parse_duration
from conductor_tui.domain.forecasting.forecast import ModelName
from conductor_tui.domain.plugin import MIB, plugin_name_problem
from conductor_tui.domain.resources import ShedMode
from conductor_tui.domain.size import format_size, parse_size
from conductor_tui.domain.text import visible

NAME_LENGTH = 64
DAY_S = 86400.0
SMALLEST, LARGEST = 8_000_000, 1_000_000_000_000  # of a journal
DURATION = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$|\$\{"  # for editors
STATES = tuple(state for state in SEVERITIES if state != "TEST")
_SHARE = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)%")
_PATTERN_LENGTH, _MOST_CLIENTS = 500, 10_000
_TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")
_DAYS: Mapping[str, str] = {
    "mon": "mon",
    "tue": "tues",
    "wed": "wednes",
    "thu": "thurs",
    "fri": "fri",
    "sat": "satur",
    "sun": "sun",
}


def _duration(low_s: float, high_s: float) -> BeforeValidator:
    span = f"{format_duration(low_s)} to {format_duration(high_s)}"

    def seconds(value: object) -> float:
        duration_s = _seconds(value)
        if not low_s <= duration_s <= high_s:
            raise ValueError(f"out of bounds: write a duration from {span}")
        return duration_s

    return BeforeValidator(seconds)


def _seconds(value: object) -> float:
    """Return whole milliseconds: that is what is written back."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError('a duration needs quotes and a unit: "5s", "200ms"')
    try:
        if not isinstance(value, str) or len(value) > 40:
            raise ValueError
        return round(parse_duration(value), 3)
    except ValueError:
        raise ValueError(
            'not a duration: write a number and a unit, such as "200ms", "5s" or '
            '"1h30m" (units: ms, s, m, h, d)'
        ) from None


def _stagger(value: object) -> float:
    """Return the spacing in seconds; infinity stands for "spread"."""
    if value == "spread":
        return math.inf
    try:
        spacing_s = _seconds(value)
    except ValueError:
        raise ValueError(
            'write "spread", or a duration between two checks such as "100ms"'
        ) from None
    if not 0.001 <= spacing_s <= DAY_S:
        raise ValueError('out of bounds: write "spread", or a duration from 1ms to 1d')
    return spacing_s


@dataclass(frozen=True, slots=True)
class Between:
    """Bounds of a number, in our words; editors are told of them too."""

    low: float
    high: float

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(core), "minimum": self.low, "maximum": self.high}

    def _checked(self, value: float) -> float:
        if not self.low <= value <= self.high:  # written so that nan is refused too
            raise ValueError(
                f"out of bounds: write a number from {self.low} to {self.high}"
            )
        return value


def _cleaned(value: str) -> str:
    shown = visible(value, 10 * len(value) + 1).strip()
    if len(shown) > NAME_LENGTH:
        raise ValueError(
            f"{len(shown)} characters long: shorten it to at most {NAME_LENGTH}"
        )
    return shown


def _name(value: str) -> str:
    shown = _cleaned(value)
    if not any(_has_ink(char) for char in shown):
        raise ValueError('empty: give the platform a name, such as "discord"')
    return shown


def _window_name(value: str) -> str:
    shown = _cleaned(value)
    if not any(_has_ink(char) for char in shown):
        raise ValueError('empty: give the window a name, such as "backup"')
    return shown


def _word(value: str) -> str:
    shown = _cleaned(value)
    if not shown:
        raise ValueError("an empty text: take it out")
    return shown


def _words(value: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value))


def _time_of_day(value: str) -> str:
    """Return "2:05" as "02:05"."""
    if not _TIME.fullmatch(value):
        raise ValueError('not a time of day: write hours and minutes, such as "02:00"')
    return value.zfill(5)


def _weekday(value: str) -> str:
    short = value[:3].lower()
    names = {short, f"{_DAYS.get(short, '')}day"}
    if short not in _DAYS or value.lower() not in names:
        raise ValueError(f"not a day of the week: write {listed(_DAYS)}")
    return short


def _cron(value: str) -> str:
    from cronsim import CronSim, CronSimError

    try:
        if len(value) > 200 or len(value.split()) != 5:
            raise CronSimError
        next(CronSim(value, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        raise ValueError(
            "no times that come: write five fields (minute, hour, day, month, "
            'weekday), such as "0 2 * * 1-5"'
        ) from None
    return " ".join(value.split())


def _this_age(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2200:
        raise ValueError("out of bounds: write a year from 2000 to 2200")
    return value


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):  # KeyError: ZoneInfoNotFoundError is one
        hint = suggestion(value, sorted(available_timezones()))
        way_out = hint or 'write its IANA name, such as "Europe/Berlin"'
        raise ValueError(f"no time zone: {way_out}") from None


@dataclass(frozen=True, slots=True)
class ShareOf:
    """A part of an interval: 0.5 for "50%"."""

    share: float


def _grace(value: object) -> float | ShareOf:
    share = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if share is not None:
        return ShareOf(float(share[1]) / 100)
    try:
        return _seconds(value)
    except ValueError:
        raise ValueError(
            'write a share of the interval such as "50%", or a duration such as "2s"'
        ) from None


def _quorum(value: object) -> int | float:
    """Return so many clients (int), or a share of them (float, 0 < share <= 1)."""
    is_bounded = isinstance(value, int) and 1 <= value <= _MOST_CLIENTS
    if isinstance(value, int) and is_bounded and not isinstance(value, bool):
        return value
    share = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if share is not None and 0 < float(share[1]) <= 100:
        return float(share[1]) / 100
    words = f"write a number of clients from 1 to {_MOST_CLIENTS} such as 2, or a share"
    raise ValueError(f'{words} of those that report such as "50%"')


def _model(value: str) -> ModelName:
    if value not in list(ModelName):
        raise ValueError(f"no model is called so: there are {listed(ModelName)}")
    return ModelName(value)


def _shed(value: str) -> ShedMode:
    if value not in list(ShedMode):
        raise ValueError(f"no such way to shed: there are {listed(ShedMode)}")
    return ShedMode(value)


def _trial(value: str) -> TrialBy:
    if value not in list(TrialBy):
        raise ValueError(f"nobody tries so: there are {listed(TrialBy)}")
    return TrialBy(value)


def _agent_name(value: str) -> str:
    problem = agent_name_problem(value)
    if problem:
        raise ValueError(f'{problem}: give it a name such as "agent-001"')
    return value


def _pattern(value: str) -> str:
    try:
        if len(value) > _PATTERN_LENGTH:
            raise ValueError(f"longer than {_PATTERN_LENGTH} characters")
        re.compile(value)
    except (re.error, ValueError, RecursionError, OverflowError) as error:
        raise ValueError(
            f'no regular expression ({error}): write one such as "worker-.*"'
        ) from None
    return value


def _detector(value: str) -> Detector:
    if value not in list(Detector):
        raise ValueError(f"unknown detector: there are {listed(Detector)}")
    return Detector(value)


def _uuid(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise ValueError(
            "no UUID: `uuidgen` makes one, such as "
            '"5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"'
        ) from None


def _socket(value: object) -> bool | str:
    if isinstance(value, bool) or (isinstance(value, str) and value.startswith("/")):
        return value
    raise ValueError("write true, false, or the whole path of a socket in quotes")


def _address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not int(port) < 65536:
        raise ValueError('no address: write host and port, such as "127.0.0.1:7474"')
    return value


def _channel_name(value: str) -> str:
    shown = _cleaned(value)
    if not any(_has_ink(char) for char in shown):
        raise ValueError('empty: give the channel a name, such as "ops"')
    return shown


def _channel_kind(value: str) -> str:
    if value not in CHANNELS:
        hint = suggestion(value, CHANNELS)
        hint = f"{hint} There are" if hint else "there are"
        raise ValueError(f"unknown kind of channel: {hint} {listed(CHANNELS)}")
    return value


def _state(value: str) -> str:
    """Return "failed" as "FAILED"."""
    state = value.upper().replace("_", " ")
    if state not in STATES:
        names = [one.lower() for one in STATES]
        hint = suggestion(state, names)
        hint = f"{hint} There are" if hint else "there are"
        raise ValueError(f"no state that alerts: {hint} {listed(STATES)}")
    return state


def _severity(value: str) -> Severity:
    names = {one.lower(): one for one in Severity}
    if value.lower() not in names:
        raise ValueError(f"no severity: there are {listed(names)}")
    return names[value.lower()]


def _remind(value: object) -> float:
    """Return the seconds; infinity for false."""
    if value is False:
        return math.inf
    words = 'write a duration such as "4h", or false for no reminders'
    try:
        every_s = _seconds(value)
    except ValueError:
        raise ValueError(words) from None
    if not 1 <= every_s <= 31 * DAY_S:
        raise ValueError(f"out of bounds: {words}, from 1s to 31d")
    return every_s


def _flapping(value: object) -> tuple[float, float] | bool:
    """Return (high, low) in percent, or whether it is looked for at all."""
    if isinstance(value, bool):
        return value
    words = "write true, false, or { high = 30, low = 25 } in percent"
    if not isinstance(value, dict) or set(value) != {"high", "low"}:
        raise ValueError(words)
    high, low = value["high"], value["low"]
    for one in (high, low):
        if isinstance(one, bool) or not isinstance(one, int | float):
            raise ValueError(words)
    if not 0 <= low < high <= 100:
        raise ValueError(f"low must be below high, both from 0 to 100: {words}")
    return float(high), float(low)


def _size_within(low: int, high: int) -> BeforeValidator:
    def size(value: object) -> int:
        return _size(value, low, high)

    return BeforeValidator(size)


def _size(value: object, low: int = SMALLEST, high: int = LARGEST) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError('a size needs quotes and a unit: "256MB", "1.5GB"')
    try:
        if not isinstance(value, str):
            raise ValueError
        size = parse_size(value)
    except ValueError:
        raise ValueError(
            'not a size: write a number and a unit, such as "256MB" or "1.5GB" '
            "(units: KB, MB, GB, KiB, MiB, GiB)"
        ) from None
    if not low <= size <= high:
        span = f"{format_size(low)} to {format_size(high)}"
        raise ValueError(f"out of bounds: write a size from {span}")
    return size


def _path(value: str) -> str:
    if not value.startswith("/") or "\0" in value or value.endswith("/"):
        raise ValueError(
            'write the whole path of a file, such as "/var/lib/conductor.db"'
        )
    return value


def _folder(value: str) -> str:
    if not value or "\0" in value:
        raise ValueError('write the path of a folder, such as "plugins"')
    return value


def _plugin_name(value: str) -> str:
    problem = plugin_name_problem(value)
    if problem:
        raise ValueError(f"not a name of a plug-in: {problem}")
    return value


def _has_ink(char: str) -> bool:
    is_mark = unicodedata.category(char).startswith("M")
    return char.isprintable() and not char.isspace() and not is_mark


def _probe(value: str) -> str:
    if value not in KINDS:
        hint = suggestion(value, KINDS)
        hint = f"{hint} There are" if hint else "there are"
        raise ValueError(f"unknown probe: {hint} {listed(KINDS)}")
    return value


_STATE = WithJsonSchema({"type": "string", "enum": list(STATES)})
_SEVERITY = WithJsonSchema({"enum": [one.lower() for one in Severity]})
_REMIND = WithJsonSchema(
    {"anyOf": [{"const": False}, {"type": "string", "pattern": DURATION}]}
)
_FLAPPING = WithJsonSchema(
    {
        "anyOf": [
            {"type": "boolean"},
            {
                "type": "object",
                "properties": {"high": {"type": "number"}, "low": {"type": "number"}},
                "required": ["high", "low"],
                "additionalProperties": False,
            },
        ]
    }
)
_AS_TEXT = WithJsonSchema({"type": "string", "pattern": DURATION})
_AS_SIZE = WithJsonSchema(
    {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?[KMG]i?B$|\$\{"}
)
_GRACE = WithJsonSchema({"type": "string", "pattern": rf"^[0-9.]+%$|{DURATION}"})
_QUORUM = WithJsonSchema(
    {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": _MOST_CLIENTS},
            {"type": "string", "pattern": r"^[0-9.]+%$"},
        ]
    }
)
_SOCKET = WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string"}]})
_STAGGER = WithJsonSchema({"type": "string", "pattern": f"^spread$|{DURATION}"})
Seconds = Annotated[float, _duration(0.001, DAY_S), _AS_TEXT]
LongSeconds = Annotated[float, _duration(0.1, DAY_S), _AS_TEXT]
WaitSeconds = Annotated[float, _duration(0, DAY_S), _AS_TEXT]
SpanSeconds = Annotated[float, _duration(1, 31 * DAY_S), _AS_TEXT]
Stagger = Annotated[float, BeforeValidator(_stagger), _STAGGER]
Percent = Annotated[float, Between(0, 100)]
Quorum = Annotated[Any, BeforeValidator(_quorum), _QUORUM]
Trial = Annotated[str, AfterValidator(_trial), WithJsonSchema({"enum": list(TrialBy)})]
Model = Annotated[
    str, AfterValidator(_model), WithJsonSchema({"enum": list(ModelName)})
]
Shed = Annotated[str, AfterValidator(_shed), WithJsonSchema({"enum": list(ShedMode)})]
Priority = Annotated[int, Between(0, 100)]
Name = Annotated[str, AfterValidator(_name)]
WindowName = Annotated[str, AfterValidator(_window_name)]
Label = Annotated[str, AfterValidator(_cleaned)]
Words = Annotated[list[Annotated[str, AfterValidator(_word)]], AfterValidator(_words)]
Probe = Annotated[str, AfterValidator(_probe)]
Moment = Annotated[datetime, AfterValidator(_this_age)]
TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
Weekday = Annotated[str, AfterValidator(_weekday)]
Cron = Annotated[str, AfterValidator(_cron)]
Zone = Annotated[str, AfterValidator(_zone)]
KeptSeconds = Annotated[float, _duration(3600, 366 * DAY_S), _AS_TEXT]
Size = Annotated[Any, BeforeValidator(_size), _AS_SIZE]
PeriodSeconds = Annotated[float, _duration(0.1, 366 * DAY_S), _AS_TEXT]
Grace = Annotated[Any, BeforeValidator(_grace), _GRACE]
AgentName = Annotated[str, AfterValidator(_agent_name)]
DetectorName = Annotated[
    str, AfterValidator(_detector), WithJsonSchema({"enum": list(Detector)})
]
Pattern = Annotated[str, AfterValidator(_pattern)]
Uuid = Annotated[str, AfterValidator(_uuid)]
Socket = Annotated[Any, BeforeValidator(_socket), _SOCKET]
Address = Annotated[str, AfterValidator(_address)]
ChannelNames = Annotated[str, AfterValidator(_channel_name)]
ChannelKind = Annotated[
    str, AfterValidator(_channel_kind), WithJsonSchema({"enum": list(CHANNELS)})
]
StateNames = Annotated[
    list[Annotated[str, AfterValidator(_state), _STATE]], AfterValidator(frozenset)
]
SeverityName = Annotated[str, AfterValidator(_severity), _SEVERITY]
Remind = Annotated[Any, BeforeValidator(_remind), _REMIND]
Flapping = Annotated[Any, BeforeValidator(_flapping), _FLAPPING]
Path = Annotated[str, AfterValidator(_path)]
Folder = Annotated[str, AfterValidator(_folder)]
Memory = Annotated[Any, _size_within(32 * MIB, LARGEST), _AS_SIZE]
LetterSize = Annotated[Any, _size_within(1024, LARGEST), _AS_SIZE]
OutputSize = Annotated[Any, _size_within(1024, LARGEST), _AS_SIZE]
MinuteSeconds = Annotated[float, _duration(1, 3600), _AS_TEXT]
PluginUse = Annotated[str, AfterValidator(_plugin_name)]
PluginNames = Annotated[list[PluginUse], AfterValidator(_words)]
