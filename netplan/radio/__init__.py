"""Radio: path loss over terrain, access options, microwave hops, coverage.

`path_loss`, `clearance` and `coverage` are the plain interface to propagation. (They are named like the modules
`netplan.radio.path_loss` and `netplan.radio.coverage`, whose other names are imported from those.)
"""

from netplan.radio.asked import asked_radios
from netplan.radio.best import TITLE as BEST_SERVER_TITLE
from netplan.radio.best import best_server, best_servers
from netplan.radio.coverage import Coverage, Transmitter, coverage
from netplan.radio.existing import existing_service
from netplan.radio.geotiff import Band, write_geotiff
from netplan.radio.hops import build_hops
from netplan.radio.options import build_options
from netplan.radio.path_loss import PathLoss, batch_losses, clearance, free_space_loss, path_loss
from netplan.radio.shared_places import within_walk
from netplan.radio.variability import building_entry_loss_db, location_margin_db, location_sd_db

__all__ = [
    "BEST_SERVER_TITLE",
    "Band",
    "Coverage",
    "PathLoss",
    "Transmitter",
    "asked_radios",
    "batch_losses",
    "best_server",
    "best_servers",
    "build_hops",
    "build_options",
    "building_entry_loss_db",
    "clearance",
    "coverage",
    "existing_service",
    "free_space_loss",
    "location_margin_db",
    "location_sd_db",
    "path_loss",
    "within_walk",
    "write_geotiff",
]
