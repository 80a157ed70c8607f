"""Cross-domain: methods learn from one data set and are tested on another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmark.cells.scenarios.scenario import Origin
from benchmark.cells.scenarios.within import Within
from benchmark.data.catalogue import Located
from benchmark.data.transfer import Target

CROSS_DOMAIN = "cross-domain"  # how keys call the tasks: plain ones of another data set


@dataclass(frozen=True)
class CrossDomain(Within):
    """Test tasks come from a target, without the classes that methods have learned from."""

    target: Target

    def origins(self, data: Located, split: str, seed: int) -> dict[str, Origin]:
        target = self.target
        test = Origin(target.data, target.split, target.units(), role="target", marks={"without": target.left_out})
        return {**super().origins(data, split, seed), "test": test}

    def key(self) -> dict[str, Any]:
        return {"tasks": CROSS_DOMAIN, **self.target.key()}

    def label(self) -> str:
        return f" {CROSS_DOMAIN} ({self.target.data.dataset.name})"
