"""What a command is given to print."""

from typing import cast

from conductor_tui.adapters.wire.status import status_document
from conductor_tui.cli.asking import Document
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH


def shown(snapshot: Snapshot) -> list[Document]:
    """Return the platforms as GET /v1/status has them."""
    return cast(list[Document], status_document(snapshot, EPOCH)["platforms"])
