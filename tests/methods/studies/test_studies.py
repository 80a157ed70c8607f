"""Studies are found by name, and say themselves which methods they suit."""

import pytest
import torch

from methods import registry, studies
from methods.algorithms.lt_di import LtDi
from methods.errors import UserError
from methods.interface import Method


def suited(study):
    return {name for name in registry.names() if studies.suits(study, registry.load(name))}


def test_each_study_suits_the_methods_that_have_what_it_needs():
    generators = {"lt-di", "lv-di", "semantic-lt-di", "vae", "regression", "flow-matching"}
    assert studies.names() == ["convergence", "optimal-path"]
    assert suited("convergence") == generators
    assert suited("optimal-path") == {"metadiff"}


def test_a_method_of_ones_own_can_be_studied_where_it_has_what_a_study_needs():
    class Own(Method):
        def adapt(self, task):
            return task

        def predict(self, state, query):
            return query.x

        def validation_heads(self, context):
            return torch.zeros(1, 2), torch.zeros(1, 3), torch.zeros(1, 3)

    assert studies.suits("convergence", Own)
    assert not studies.suits("optimal-path", Own)


def test_unknown_studies_are_named_in_one_line():
    with pytest.raises(UserError, match=r"Unknown study 'convergance'\. Did you mean 'convergence'"):
        studies.suits("convergance", LtDi)
