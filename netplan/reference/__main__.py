"""Writes the reference into a folder (default: docs/reference)."""

import sys
from pathlib import Path

from netplan.reference.write import write_pages

for path in write_pages(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference")):
    sys.stdout.write(f"{path}\n")
