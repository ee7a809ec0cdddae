"""The catalogue: what can be built, with which figures and from whom they come. Data in ``models/``."""

from netplan.catalogue.load import load_catalogue, select, shipped_folder
from netplan.catalogue.schema import Catalogue

__all__ = ["Catalogue", "load_catalogue", "select", "shipped_folder"]
