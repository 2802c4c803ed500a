"""One file per heartbeat protocol: requests to beats, hearings to answers."""
