"""The plan in the formats of other programs: everything is made from a written plan, nothing here solves."""
