"""The reference, generated from the code: project file, outputs, catalogue, commands. `python -m netplan.reference`."""

from netplan.reference.write import pages, write_pages

__all__ = ["pages", "write_pages"]
