"""Methods are built for a problem that is known before anything is read, and refuse it then if they must."""

import torch

from benchmark.cells.inputs import resolve
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.running.fitting import foreseen_problem, make_context
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder

FUSSY = '''
"""A method that suits few problems."""
from methods.interface import Method

class Fussy(Method):
    def build(self, problem):
        if problem.way % 2:
            raise ValueError(f"way must be even, not {problem.way}")

    def adapt(self, task):
        ...

    def predict(self, state, query):
        ...
'''


def test_the_foreseen_problem_is_the_problem(warmed, cache):
    tiny = Request("fewshot", ["ridge", "reptile"], ["tiny"], ways=(5,), shots=(1,), seeds=1, profile="smoke")
    methods = ["source-classifier", "prototypes"]
    domain = Request("domain", methods, ["tiny-domains"], ways=(5,), shots=(1,), seeds=1, profile="smoke")
    transfer = Request("zeroshot", ["semantic-ridge"], ["tiny-domains"], source="tiny", seeds=1, profile="smoke")
    bench = Workbench(torch.device("cpu"), ArtefactFolder(cache))
    cells = [cell for request in (tiny, domain, transfer) for cell in make_plan(request).cells]
    assert {cell.method.label for cell in cells} == {"ridge", "reptile", *methods, "semantic-ridge"}
    for cell in cells:
        inputs = resolve(cell)
        assert foreseen_problem(cell) == make_context(inputs, bench.sources(inputs)).problem


def test_a_problem_that_a_method_refuses_is_one_line_before_any_work(ltdi_bench, tmp_path, cache):
    file = tmp_path / "fussy.py"
    file.write_text(FUSSY)
    options = [f"--methods=prototypes,{file}", "--datasets=tiny", "--shots=1", "--seeds=1", "--profile=smoke"]
    done = ltdi_bench("run", "fewshot", *options, "--ways=4,5", f"--results={tmp_path / 'results'}")
    assert (done.code, done.err) == (2, "Error: fussy: way must be even, not 5.\n")
    assert not list((tmp_path / "results").rglob("*.json"))
    assert not (cache / "bodies").exists()
