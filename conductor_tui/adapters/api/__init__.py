"""Heartbeats over HTTP: our own API, and the protocols that existing clients speak."""
