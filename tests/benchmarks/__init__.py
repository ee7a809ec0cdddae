"""Planner benchmarks: published and generated instances, an independent check of every plan, and other methods beside.

``python -m tests.benchmarks --smoke`` from the top of the repository; README.md in this folder says the rest.
"""
