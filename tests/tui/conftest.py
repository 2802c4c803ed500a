"""What the look of a terminal depends on must not come from the tester's own."""

import os

for _name in ("NO_COLOR", "TEXTUAL_THEME", "COLORTERM"):
    os.environ.pop(_name, None)
os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read once, when textual is imported
