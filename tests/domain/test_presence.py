from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.presence import Roll, call_roll

REDIS, BUILD = PlatformName("redis"), PlatformName("build")


def looks(*found: list[PlatformName], every_s: float = 5.0) -> Roll:
    roll: Roll = {}
    for turn, names in enumerate(found):
        roll = call_roll(roll, names, turn * every_s)
    return roll


def watched(roll: Roll) -> list[PlatformName]:
    return [name for name, presence in roll.items() if presence.is_watched]


def test_what_is_there_at_first_is_watched_at_once() -> None:
    assert watched(looks([REDIS])) == [REDIS]


def test_a_newcomer_is_watched_when_seen_twice_in_a_row() -> None:
    assert watched(looks([REDIS], [REDIS, BUILD])) == [REDIS]
    assert watched(looks([REDIS], [REDIS, BUILD], [REDIS, BUILD])) == [REDIS, BUILD]


def test_a_port_that_lived_for_one_look_is_never_watched() -> None:
    assert looks([REDIS], [REDIS, BUILD], [REDIS]).keys() == {REDIS}


def test_a_passing_listener_is_forgotten_after_three_looks() -> None:
    passing = [[REDIS], [REDIS, BUILD], [REDIS, BUILD]]
    assert BUILD in looks(*passing, [REDIS], [REDIS])
    assert BUILD not in looks(*passing, [REDIS], [REDIS], [REDIS])


def test_what_was_there_at_first_stays_watched_for_half_an_hour_after_it_went() -> None:
    gone: list[list[PlatformName]] = [[BUILD]]
    assert REDIS in looks([REDIS, BUILD], *gone * 360)
    assert REDIS not in looks([REDIS, BUILD], *gone * 361)


def test_a_listener_of_a_minute_is_settled_too() -> None:
    stayed = [[REDIS], *[[REDIS, BUILD]] * 13, *[[REDIS]] * 10]
    assert watched(looks(*stayed)) == [REDIS, BUILD]
