"""Methods that are told of classes by other things than support images, and heads for another number of classes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from methods.algorithms.lt_di import LtDi
from methods.algorithms.semantic_lt_di import SemanticLtDi
from methods.controls.flow_matching import FlowMatching
from methods.controls.regression import DirectRegression
from methods.controls.semantic_ridge import SemanticRidge, ridge_map
from methods.controls.source_classifier import SourceClassifier
from methods.heads import Head
from methods.prepared import Normaliser
from tests.methods.sources import clusters, context, fitted

QUICK = {"steps": 3, "prepared_heads": 8, "preparation_steps": 4}
OTHER_WAY = 7  # meta-training is 4-way


def told(*, semantics=False, identities=False):
    """A context whose tasks tell of their classes; vectors are a linear map of the classes' means."""
    found = context(shot=0)
    mixed = torch.randn(16, 6, generator=torch.Generator().manual_seed(3))
    for source, inputs in (clusters("train"), clusters("validation")):
        own = found.train if source.key == "train" else found.validation
        own._semantics = inputs.mean(1) @ mixed if semantics else None
        own._identities = torch.arange(len(inputs)).flip(0) if identities else None
    problem = replace(found.problem, semantics=6 if semantics else None, class_count=40 if identities else None)
    return replace(found, problem=problem)


def accuracy(method, source, way=4):
    episodes = source.episodes(np.random.default_rng(0), 200, way=way, shot=0, queries=5)
    with torch.no_grad():
        logits = method.predict(method.adapt(episodes.task), episodes.query.without_labels())
    return (logits.argmax(-1) == episodes.query.y).float().mean().item()


def test_ridge_map_is_the_minimum():
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(9, size, generator=generator, dtype=torch.float64) for size in (5, 3))
    found = ridge_map(x, y, 0.3)
    expected = torch.linalg.solve(x.T @ x + 0.3 * torch.eye(5, dtype=torch.float64), x.T @ y)
    torch.testing.assert_close(found, expected)


def test_semantic_ridge_finds_the_map():
    found = told(semantics=True)
    method, _ = fitted(SemanticRidge, found)
    assert accuracy(method, found.validation) > 0.4
    assert accuracy(method, found.validation, OTHER_WAY) > 0.3
    found.validation._semantics = found.validation._semantics.roll(1, 0)
    assert accuracy(method, found.validation) < 0.35


def test_source_classifier_knows_classes_by_their_numbers():
    found = told(identities=True)
    method, _ = fitted(SourceClassifier, found)
    assert accuracy(method, found.train) > 0.9
    assert accuracy(method, found.train, OTHER_WAY) > 0.9
    found.train._identities = found.train._identities.roll(1, 0)
    assert accuracy(method, found.train) < 0.2


def test_semantic_lt_di_depends_on_vectors_alone():
    found = told(semantics=True)
    method, losses = fitted(SemanticLtDi, found, **QUICK)
    assert np.isfinite(losses).all()
    assert np.isfinite(list(method.diagnostics(found).values())).all()
    task = found.validation.episodes(np.random.default_rng(0), 5, way=4, shot=0, queries=0).task
    with torch.no_grad():
        weights, other = method.adapt(task), method.adapt(replace(task, semantics=task.semantics.roll(1, 0)))
    assert weights.shape == (5, Head(16, 8, 4).size)
    assert not torch.allclose(weights, other)


@pytest.mark.parametrize("cls", [LtDi, DirectRegression, FlowMatching])
def test_generators_answer_for_another_number_of_classes(cls):
    found = context()
    method, _ = fitted(cls, found, **QUICK)
    episodes = found.validation.episodes(np.random.default_rng(0), 3, way=OTHER_WAY, shot=1, queries=2)
    with torch.no_grad():
        state = method.adapt(episodes.task)
        assert state.shape == (3, Head(16, 8, OTHER_WAY).size)
        assert method.predict(state, episodes.query).shape == (3, 2 * OTHER_WAY, OTHER_WAY)


def test_class_rows_of_other_heads_are_normalised_alike():
    head, other = Head(5, 3, 4), Head(5, 3, 6)
    normaliser = Normaliser(head)
    normaliser.measure(torch.randn(20, head.size, generator=torch.Generator().manual_seed(0)) + 3)
    weights = torch.randn(2, other.size, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(normaliser.normalise(normaliser.denormalise(weights)), weights)
    hidden, own = head.split(weights)
    smaller = head.join(hidden, own[:, :4])
    restored = head.split(normaliser.denormalise(weights))
    expected = head.split(normaliser.denormalise(smaller))
    torch.testing.assert_close(restored[0], expected[0])
    torch.testing.assert_close(restored[1][:, :4], expected[1])
