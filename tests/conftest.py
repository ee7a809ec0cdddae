"""What holds for all tests."""

import os

# The layers that tests write need not be waited for until the disk has them.
os.environ.setdefault("OGR_SQLITE_SYNCHRONOUS", "OFF")
