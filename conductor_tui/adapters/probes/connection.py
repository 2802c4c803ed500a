"""A TCP connection that is gone when its block ends, however it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conductor_tui.adapters.probes.address import Address

READ_LIMIT = 64 * 1024


@asynccontextmanager
async def connected(
    address: Address,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection for the time of a block. Raises OSError when it cannot.

    It ends by abort(): close() would wait for a peer that no longer reads, and
    an answer that is still on its way interests nobody after a cancellation.
    """
    reader, writer = await asyncio.open_connection(
        address.host, address.port, limit=READ_LIMIT
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
