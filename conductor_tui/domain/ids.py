"""Names and numbers that must not be mixed up."""

from typing import NewType

PlatformName = NewType("PlatformName", str)
AgentId = NewType("AgentId", str)
NodeName = NewType("NodeName", str)
CommandId = NewType("CommandId", str)
ClientId = NewType("ClientId", str)
PluginName = NewType("PluginName", str)
ChannelName = NewType("ChannelName", str)
AlertKey = NewType("AlertKey", str)
SilenceId = NewType("SilenceId", str)
DeliveryId = NewType("DeliveryId", int)
LetterId = NewType("LetterId", int)
Seq = NewType("Seq", int)
Epoch = NewType("Epoch", int)
