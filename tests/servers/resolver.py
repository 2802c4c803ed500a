"""A real dnsmasq that knows a few names, and a resolver that does as the test says."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemon import binary, free_port, running

RECORDS = (
    "--host-record=www.lab.test,192.0.2.1,2001:db8::1,3600",
    "--host-record=www.lab.test,192.0.2.2,3600",
    "--host-record=mail.lab.test,192.0.2.25",
    "--cname=web.lab.test,www.lab.test,60",
    "--cname=dangling.lab.test,nowhere.lab.test",
    "--mx-host=lab.test,mail.lab.test,10",
    "--mx-host=lab.test,backup.lab.test,20",
    "--txt-record=lab.test,v=spf1 -all",
    "--srv-host=_imap._tcp.lab.test,mail.lab.test,143,5,7",
    *(f"--txt-record=big.lab.test,{'x' * 200} {number}" for number in range(20)),
)


@contextmanager
def dnsmasq(folder: Path) -> Iterator[int]:
    """Run a server that alone knows *.lab.test, and refuses to be asked for others."""
    port = free_port()
    argv = [binary("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null"]
    argv += ["--listen-address=127.0.0.1", "--bind-interfaces", f"--port={port}"]
    argv += [
        "--no-resolv",
        "--no-hosts",
        "--pid-file=",
        "--user=root",
        "--log-facility=-",
    ]
    argv += ["--local=/lab.test/", *RECORDS]
    with running(argv, port=port, log=folder / "dnsmasq.log"):
        yield port


@dataclass(slots=True)
class Asked:
    """What a scripted resolver has been asked, as packets."""

    port: int
    packets: list[bytes]
    was_asked: asyncio.Event


Answer = Callable[[bytes], list[bytes]]


@asynccontextmanager
async def answering(answer: Answer, port: int = 0) -> AsyncIterator[Asked]:
    """Serve UDP on 127.0.0.1: `answer` gives the packets to send back for each."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.setblocking(False)
        plug.bind(("127.0.0.1", port))
        asked = Asked(plug.getsockname()[1], [], asyncio.Event())
        task = asyncio.create_task(_answer_all(plug, answer, asked))
        try:
            yield asked
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _answer_all(plug: socket.socket, answer: Answer, asked: Asked) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(plug, ready.set)
    try:
        while True:
            await ready.wait()
            ready.clear()
            with suppress(BlockingIOError):
                packet, sender = plug.recvfrom(4096)
                asked.packets.append(packet)
                asked.was_asked.set()
                for reply in answer(packet):
                    plug.sendto(reply, sender)
    finally:
        loop.remove_reader(plug)
