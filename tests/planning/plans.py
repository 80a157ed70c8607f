"""Plans of few cells, for the tests of several files."""

from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request

METHOD = '''
"""A method of somebody else."""
from dataclasses import dataclass
from methods.interface import Method

@dataclass(frozen=True)
class Settings:
    steps: int = 10
    rate: float = 0.5
    fast: bool = False
    outer: str = "joint"
    widths: tuple[int, ...] = (3, 4)

class Mine(Method):
    Hyperparameters = Settings
    PROFILES = {"smoke": {"steps": 2}}

    def adapt(self, task):
        ...

    def predict(self, state, query):
        ...
'''


def plan(*methods, **options):
    options = {"datasets": ["dots"], "ways": (5,), "shots": (1,), "seeds": 1, "profile": "smoke", **options}
    return make_plan(Request("fewshot", methods=methods or ["prototypes"], **options)).cells


def plan_one(*methods, **options):
    (cell,) = plan(*methods, **options)
    return cell
