"""The interactive map: one file that opens without a network, made from a written plan."""

from netplan.webmap.draw import draw_webmap

__all__ = ["draw_webmap"]
