"""The plan in the formats of other programs: everything is made from a written plan, nothing here solves."""

from netplan.export.formats import FILES, FORMATS, export_plan

__all__ = ["FILES", "FORMATS", "export_plan"]
