"""Radio: path loss over terrain, access options, microwave hops, coverage."""
