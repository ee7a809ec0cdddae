"""What holds for all tests."""

import os
from collections.abc import Iterator

import pytest

# The layers that tests write need not be waited for until the disk has them.
os.environ.setdefault("OGR_SQLITE_SYNCHRONOUS", "OFF")


@pytest.fixture(scope="session", autouse=True)
def _nobody_changes_the_catalogue() -> Iterator[None]:
    """All that is planned in one process shares it."""
    from netplan.catalogue import load_catalogue

    shared = load_catalogue()
    before = shared.model_dump()
    yield
    assert shared.model_dump() == load_catalogue().model_dump() == before
