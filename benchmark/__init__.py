"""The harness: data, bodies, episodes, cells, records and reports. Knows methods through `methods.interface`.

From Python (docs/python.md): `benchmark.run`, `benchmark.load_results` and `benchmark.plots`. Each is imported when it
is asked for: `import benchmark` takes no time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.api import plots
    from benchmark.api.results import Results, load_results
    from benchmark.api.run import RunOutcome, run
    from methods.errors import UserError

__all__ = ["Results", "RunOutcome", "UserError", "load_results", "plots", "run"]

_MODULES = {  # that the names are of; a name of its own is a whole module
    "Results": "benchmark.api.results",
    "RunOutcome": "benchmark.api.run",
    "UserError": "methods.errors",
    "load_results": "benchmark.api.results",
    "plots": "benchmark.api.plots",
    "run": "benchmark.api.run",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_MODULES[name])
    return getattr(module, name, module)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
