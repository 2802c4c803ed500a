"""Ways in for heartbeats: one file per protocol, one state machine behind all."""
