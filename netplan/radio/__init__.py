"""Radio: path loss over terrain, access options, microwave hops, coverage."""

from netplan.radio.existing import existing_service
from netplan.radio.hops import build_hops
from netplan.radio.options import build_options
from netplan.radio.shared_places import within_walk

__all__ = ["build_hops", "build_options", "existing_service", "within_walk"]
