"""Hashes that name results and artefacts by what determines them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest(key: Mapping[str, Any]) -> str:
    """SHA-256 of a key of plain values; the order of its entries does not matter."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
