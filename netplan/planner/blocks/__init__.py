"""The blocks of the model, one a file: coverage, capacity, opening, connectivity, traffic, limits."""
