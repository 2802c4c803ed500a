"""Its import leaves."""

import sys

sys.exit(5)
