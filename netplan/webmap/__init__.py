"""The interactive map: one file that opens without a network, made from a written plan."""
