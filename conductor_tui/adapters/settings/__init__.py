"""conductor.toml: found, read, judged, and written. Begin with `file`."""
