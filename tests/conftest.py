"""What holds for all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenarios of a small district, planned and proven, with their maps, pages and comparison.

    For tests that change nothing in it; others copy it.
    """
    import smalldistrict

    from netplan.publish import publish_comparison, publish_plan

    folder = smalldistrict.district(tmp_path_factory.mktemp("small"), country="RWA")
    for scenario in ("greenfield", "sharing"):
        smalldistrict.planned(folder, scenario)
        home = folder / "out" / scenario
        assert home / "map.html" in publish_plan(home, folder)
    publish_comparison([folder / "out" / name for name in ("greenfield", "sharing")], folder / "out")
    return folder / "out"
