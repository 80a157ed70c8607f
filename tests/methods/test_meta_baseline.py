"""Both stages of Meta-Baseline."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from methods import whole_class
from methods.algorithms import meta_baseline
from methods.algorithms.meta_baseline import CosineNetwork, MetaBaseline, MetaBaselineSettings, validation_accuracy
from methods.controls.classifier_baseline import ClassifierBaseline
from methods.interface import Problem
from methods.whole_class import ClassifierSettings, Encoder
from tests.methods.sources import picture_context, pictures

SIDE = 16
STAGE_1 = {"width": 8, "classifier_steps": 20, "classifier_batch": 32, "augmentation": False}
STAGE_2 = {"steps": 6, "episodes_per_step": 2, "queries": 3, "validations": 3, "validation_episodes": 40}


@pytest.fixture
def context():
    return picture_context(way=4, shot=2, side=SIDE)


def fitted(cls, context, **settings):
    method = cls(cls.Hyperparameters(**settings))
    method.build(context.problem)
    return method, list(method.fit(context))


def draw(of, tasks=3):
    return of.episodes(np.random.default_rng(0), tasks, way=4, shot=2, queries=5)


def same(a, b):
    return all(torch.equal(p, q) for p, q in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_stage_1_is_made_once_for_both_methods_and_all_settings(context):
    first, progress = fitted(ClassifierBaseline, context, **STAGE_1)
    assert [p.step for p in progress] == list(range(1, 21))
    assert progress[-1].loss < progress[0].loss
    other = replace(context, problem=Problem(7, 1, (1, SIDE, SIDE)))
    torch.manual_seed(5)  # whatever a method is initialised with
    second, progress = fitted(ClassifierBaseline, other, **STAGE_1)
    assert progress == [] and same(first, second)
    _, progress = fitted(MetaBaseline, context, **STAGE_1, **STAGE_2)
    assert {p.phase for p in progress} == {"meta-training"}
    _, progress = fitted(ClassifierBaseline, replace(context, seed=2), **STAGE_1)
    assert len(progress) == 20


def test_stage_1_tells_the_training_classes_apart(context):
    """Its features then know classes that it has not seen better than an untrained network's do."""
    trained, _ = fitted(ClassifierBaseline, context, **{**STAGE_1, "classifier_steps": 80})
    torch.manual_seed(0)
    untrained = ClassifierBaseline(ClassifierSettings(**STAGE_1))
    untrained.build(context.problem)
    episodes = draw(pictures("others"), tasks=200)

    def accuracy(method):
        support = episodes.task.support
        logits = method.eval().classify(episodes.query.x, support.x, support.y)
        return (logits.argmax(-1) == episodes.query.y).float().mean()

    assert accuracy(trained) > accuracy(untrained) + 0.05


def test_logits_of_stage_2_are_scaled_cosines_to_support_means(context):
    torch.manual_seed(0)
    network = CosineNetwork(1, 8).eval()
    episodes = draw(context.train)
    with torch.no_grad():
        logits = network(episodes.task, episodes.query)
        for b in range(3):
            support, query = network.encoder(episodes.task.support.x[b]), network.encoder(episodes.query.x[b])
            means = torch.stack([support[episodes.task.support.y[b] == c].mean(0) for c in range(4)])
            expected = 10 * F.cosine_similarity(query[:, None], means[None], dim=-1)
            torch.testing.assert_close(logits[b], expected, atol=1e-2, rtol=1e-2)


def test_stage_2_normalises_over_all_images_of_all_its_episodes(context, monkeypatch):
    monkeypatch.setattr(whole_class, "has_fast_bfloat16", lambda device: False)
    baseline, _ = fitted(ClassifierBaseline, context, **STAGE_1)
    drawn = []
    whole = context.train.episodes
    monkeypatch.setattr(context.train, "episodes", lambda *a, **k: drawn.append(whole(*a, **k)) or drawn[-1])
    _, progress = fitted(MetaBaseline, context, **STAGE_1, **{**STAGE_2, "steps": 1, "validations": 1})
    (episodes,) = drawn
    support, query = episodes.task.support, episodes.query
    every = baseline.encoder.train()(torch.cat([support.x, query.x], 1).flatten(0, 1)).unflatten(0, (2, -1))
    losses = []
    for b in range(2):
        means = torch.stack([every[b, :8][support.y[b] == c].mean(0) for c in range(4)])
        logits = 10 * F.cosine_similarity(every[b, 8:, None], means[None], dim=-1)
        losses.append(F.cross_entropy(logits, query.y[b]).item())
    assert progress[-1].loss == pytest.approx(np.mean(losses), rel=1e-4)


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [("step", [1.0] * 9 + [0.1]), ("cosine", [(1 + math.cos(math.pi * step / 10)) / 2 for step in range(10)])],
)
def test_stage_1_takes_its_steps_at_the_rates_of_its_schedule(context, monkeypatch, schedule, shares):
    found = []
    whole = torch.optim.SGD.step
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: found.append(self.param_groups[0]["lr"]) or whole(self))
    own = {"classifier_steps": 10, "classifier_schedule": schedule, "classifier_learning_rate": 0.2}
    fitted(ClassifierBaseline, context, **{**STAGE_1, **own})
    assert found == pytest.approx([0.2 * share for share in shares])


@pytest.mark.parametrize(("augmentation", "mirror", "added"), [(True, True, 1), (True, False, 2), (False, True, 0)])
def test_stage_1_sees_crops_of_photographs_and_turned_drawings(context, monkeypatch, augmentation, mirror, added):
    monkeypatch.setattr(whole_class, "random_crops", lambda x, generator: x + 1)
    monkeypatch.setattr(whole_class, "random_strokes", lambda x, generator: x + 2)
    context.train.mirror = mirror
    seen = []
    whole = Encoder.forward
    monkeypatch.setattr(Encoder, "forward", lambda self, x: seen.append(x) or whole(self, x))
    fitted(ClassifierBaseline, context, **{**STAGE_1, "classifier_steps": 1, "augmentation": augmentation})
    _, trained_on = seen  # the first image only says how long features are
    assert trained_on.mean().item() == pytest.approx(0.5 + added, abs=0.1)


def test_stage_2_learns_body_and_temperature_and_keeps_the_best_on_validation_classes(context, monkeypatch):
    seen = []

    def look(encoder, *rest):
        seen.append(({n: v.clone() for n, v in encoder.state_dict().items()}, [0.5, 0.9, 0.7][len(seen)]))
        return seen[-1][1]

    monkeypatch.setattr(meta_baseline, "validation_accuracy", look)
    method, _ = fitted(MetaBaseline, context, **STAGE_1, **STAGE_2, learning_rate=0.1)
    baseline, _ = fitted(ClassifierBaseline, context, **STAGE_1)
    assert len(seen) == 3
    kept = method.network.encoder.state_dict()
    assert all(torch.equal(kept[name], value) for name, value in seen[1][0].items())
    assert not same(method.network.encoder, baseline.encoder)
    assert method.network.temperature != 10 and method.best.item() == pytest.approx(0.9)


class Pixels(Encoder):
    """Every image is its own feature."""

    def forward(self, x):
        return x.flatten(-3)


def test_validation_accuracy_is_that_of_tasks_drawn_as_everywhere(context):
    noisy = replace(context, validation=pictures("validation", spread=1.5))
    settings = MetaBaselineSettings(**STAGE_1, **{**STAGE_2, "validation_episodes": 500, "queries": 5})
    episodes = draw(noisy.validation, tasks=500)
    means = torch.stack([episodes.task.support.x.flatten(2)[:, 2 * c : 2 * c + 2].mean(1) for c in range(4)], 1)
    cosines = F.normalize(episodes.query.x.flatten(2), dim=-1) @ F.normalize(means, dim=-1).mT
    expected = (cosines.argmax(-1) == episodes.query.y).float().mean().item()
    assert 0.4 < expected < 0.95
    assert validation_accuracy(Pixels(1, 1), noisy, settings) == pytest.approx(expected, abs=0.03)


def test_stage_1_has_one_class_for_all_domains_that_it_is_in(context, monkeypatch):
    labels = np.tile(np.arange(10), 3)
    domains = replace(context, train=pictures("train", labels=labels, groups=np.repeat(np.arange(3), 10)))
    asked = []
    whole = F.cross_entropy
    monkeypatch.setattr(F, "cross_entropy", lambda logits, y: asked.append((logits, y)) or whole(logits, y))
    drawn = []
    episodes = domains.train.episodes
    monkeypatch.setattr(
        domains.train, "episodes", lambda *a, classes, **k: drawn.append(classes) or episodes(*a, classes=classes, **k)
    )
    fitted(ClassifierBaseline, domains, **STAGE_1)
    for (logits, y), units in zip(asked, drawn, strict=True):
        assert logits.shape[1] == 10 and torch.equal(y, units[:, 0] % 10)


def test_validation_tasks_are_of_one_domain_each(context, monkeypatch):
    """A class of two domains would be there twice, and nobody could tell one from the other."""
    groups = np.repeat(np.arange(3), 10)
    domains = replace(context, validation=pictures("validation", groups=groups, labels=np.tile(np.arange(10), 3)))
    seen = []
    whole = meta_baseline.cosine_logits
    monkeypatch.setattr(meta_baseline, "cosine_logits", lambda m, x, *t: seen.append(m) or whole(m, x, *t))
    validation_accuracy(Pixels(1, 1), domains, MetaBaselineSettings(**STAGE_1, **STAGE_2))
    means = domains.validation.examples(torch.arange(30)[:, None]).x.flatten(2).mean(1)
    classes = torch.cdist(torch.cat(seen).flatten(0, 1), means).argmin(-1).reshape(-1, 4)
    assert len(classes) == 40 and len(classes.unique()) == 30
    assert all(len(row.unique()) == 4 and len((row // 10).unique()) == 1 for row in classes)


@pytest.mark.parametrize("wrong", [{"classifier_steps": 0}, {"classifier_schedule": "linear"}, {"validations": 0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MetaBaselineSettings(**wrong)
