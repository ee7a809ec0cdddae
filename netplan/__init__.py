"""netplan: least-cost connectivity plans for districts, with a proven bound."""

__version__ = "0.1.0"
