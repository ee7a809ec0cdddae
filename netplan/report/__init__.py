"""Reports of written plans, for people who decide: everything is made from files, nothing here solves."""
