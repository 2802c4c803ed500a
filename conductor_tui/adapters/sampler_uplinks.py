"""Which network interfaces count: those by which traffic leaves the machine.

What a container sends passes its veth, a bridge and then the network card; what a
VPN, a VLAN or a bond sends passes a card once more as well. Added up, each byte would
count two or three times. So only cards count, each byte once. Traffic between two
containers of this host, or over loopback, never passes a card and is not counted.
"""

import re
from collections.abc import Iterable
from pathlib import Path

SYS_NET = Path("/sys/class/net")
_LOOPBACK = frozenset({"lo", "lo0"})
_ON_TOP = re.compile(
    r"(?:veth|docker|podman|virbr|lxcbr|lxdbr|br-|cni|cali|flannel|kube|vnet|ifb|dummy"
    r"|tun|tap|wg|utun|sit|gre|ip6tnl|tunl|bond|team|vxlan|bridge|awdl|llw)"
    r"|br\d|.*[.:]\d+$"
)


def uplinks(names: Iterable[str], sys_net: Path = SYS_NET) -> frozenset[str]:
    """Return those of the interfaces that count.

    Cards are what Linux knows a device for. In a container there is none, only the
    inner end of a veth, by any name: then all count but those that by their names
    stand on top of another one; where that leaves none (the `tap0` of a rootless
    container), all but loopback.
    """
    known = frozenset(names) - _LOOPBACK
    cards = frozenset(name for name in known if (sys_net / name / "device").exists())
    if cards:
        return frozenset(name for name in cards if _master(name, sys_net) not in cards)
    return frozenset(name for name in known if not _ON_TOP.match(name)) or known


def _master(name: str, sys_net: Path) -> str:
    """Return the interface this one is part of. Hyper-V's card has another one below
    it, which is a card too, and counts for both.
    """
    return (sys_net / name / "master").resolve().name
