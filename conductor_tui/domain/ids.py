"""Names and numbers that must not be mixed up."""

from typing import NewType

PlatformName = NewType("PlatformName", str)
AgentId = NewType("AgentId", str)
NodeName = NewType("NodeName", str)
CommandId = NewType("CommandId", str)
Seq = NewType("Seq", int)
Epoch = NewType("Epoch", int)
