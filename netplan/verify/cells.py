"""Names of columns as the audit reads them from a planner's layers."""

from __future__ import annotations

import re
import unicodedata


def plain_name(column: object) -> str:
    """Small letters and digits without accents, what lies between them as `_`."""
    letters = unicodedata.normalize("NFKD", str(column).lower())
    return "_".join(re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c))))
