"""One file per probe: an options type, one async function, and how to open it.

Each module defines `Options`, a frozen dataclass whose fields are the keys that
conductor.toml may give (`target` among them where the probe has one) and whose
`__post_init__` raises ValueError in words, and `open_probe(options) -> Probe`.
"""
