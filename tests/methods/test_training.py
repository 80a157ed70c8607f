"""The library as a notebook uses it: train, generate a head, apply it."""

import subprocess
import sys

import pytest
import torch

import methods
from methods import FeatureSource, LtDi, MemoryStore, Method, Problem, Progress, UserError, registry, train
from methods.head_method import HeadMethod
from methods.sources import LookupSource

WAY, SIZE = 3, 8
QUICK = {"prepared_heads": 64, "preparation_steps": 60, "steps": 60, "width": 16}


def clustered(*, vectors=False):
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(30, SIZE, generator=generator)
    labels = torch.arange(30).repeat_interleave(15)
    features = centres[labels] + 0.1 * torch.randn(len(labels), SIZE, generator=generator)
    return FeatureSource(features, labels, class_vectors=centres if vectors else None)


@pytest.fixture(scope="module")
def task():
    """Support and queries of three new classes, their labels, and vectors of the classes."""
    generator = torch.Generator().manual_seed(1)
    centres = torch.randn(WAY, SIZE, generator=generator)
    support_y, query_y = torch.arange(WAY), torch.arange(WAY).repeat(10)
    support_x, query_x = (
        centres[y] + 0.1 * torch.randn(len(y), SIZE, generator=generator) for y in (support_y, query_y)
    )
    return support_x, support_y, query_x, query_y, centres


def quick(name):
    """A method of few steps that is not trained yet, by name."""
    cls = methods.load(name)
    return cls(cls.for_profile("check" if "check" in cls.PROFILES else "smoke"))


def trained(method=None, seed=0, **options):
    method = LtDi(LtDi.for_profile("smoke", **QUICK)) if method is None else method
    return train(method, clustered(), way=WAY, shot=1, hidden=8, seed=seed, **options)


@pytest.fixture(scope="module")
def lt_di():
    return trained()


def on_features(condition):
    needs = {name: methods.load(name).needs for name in registry.names()}
    return [name for name, need in needs.items() if (need.inputs, need.condition) == ("features", condition)]


def test_a_generated_head_classifies_without_its_method(lt_di, task):
    support_x, support_y, query_x, query_y, _ = task
    weights = lt_di.generate_head(support_x, support_y)
    logits = lt_di.head.apply(weights, query_x)
    assert weights.shape == (lt_di.head.size,) and logits.shape == (30, WAY)
    assert torch.equal(logits, lt_di.classify(query_x, support_x, support_y))
    assert (logits.argmax(-1) == query_y).float().mean() > 0.5


@pytest.mark.parametrize("name", on_features("support"))
def test_methods_on_features_answer_one_task_and_many_alike(name, task):
    support_x, support_y, query_x, _, _ = task
    method = trained(quick(name))
    logits = method.classify(query_x, support_x, support_y)
    several = method.classify(query_x.expand(2, -1, -1), support_x.expand(2, -1, -1), support_y.expand(2, -1))
    assert logits.shape == (30, WAY) and torch.isfinite(logits).all()
    torch.testing.assert_close(several, logits.expand(2, -1, -1), atol=1e-4, rtol=1e-3)
    if isinstance(method, HeadMethod):
        weights = method.generate_head(support_x.numpy(), support_y.tolist())
        torch.testing.assert_close(method.head.apply(weights, query_x), logits, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("name", on_features("semantics"))
def test_methods_on_class_vectors_answer_without_support(name, task):
    _, _, query_x, _, vectors = task
    method = train(quick(name), clustered(vectors=True), way=WAY, shot=0, hidden=8)
    assert method.classify(query_x, class_vectors=vectors).shape == (30, WAY)
    if isinstance(method, HeadMethod):
        assert method.generate_head(class_vectors=vectors).shape == (method.head.size,)
    with pytest.raises(UserError, match="looks at class_vectors alone"):
        method.classify(query_x, query_x, torch.zeros(30, dtype=torch.int64))
    with pytest.raises(UserError, match="class vectors of 8 numbers, not of 5"):
        method.classify(query_x, class_vectors=vectors[:, :5])


def test_the_seed_settles_weights_and_noise(lt_di, task):
    support_x, support_y = task[:2]
    state = torch.random.get_rng_state()
    again, other = trained(), trained(seed=1)
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's random numbers are left alone"
    first = lt_di.generate_head(support_x, support_y)
    assert torch.equal(again.generate_head(support_x, support_y), first)
    assert not torch.equal(other.generate_head(support_x, support_y), first)
    assert not torch.equal(lt_di.generate_head(support_x, support_y, seed=1), first)


def test_a_head_for_fewer_classes_than_in_training(lt_di, task):
    support_x, support_y, query_x, _, _ = task
    weights = lt_di.generate_head(support_x[:2], support_y[:2])
    assert lt_di.head.apply(weights, query_x).shape == (30, 2)
    finetune = trained(quick("finetune"))
    with pytest.raises(UserError, match="Finetune is trained for tasks of 3 classes, not of 2"):
        finetune.generate_head(support_x[:2], support_y[:2])


def test_methods_share_prepared_heads_through_a_store(monkeypatch):
    store = MemoryStore()
    trained(artefacts=store)
    monkeypatch.setattr("methods.prepared._prepare", lambda *arguments: pytest.fail("prepared again"))
    trained(methods.LvDi(methods.LvDi.for_profile("smoke", **QUICK)), artefacts=store)


def test_a_method_made_without_settings_has_those_of_the_profile():
    own = methods.Ridge(methods.Ridge.for_profile("cpu", penalty=3.0))
    assert trained(own, profile="check").hyperparameters.penalty == 3.0
    bare = methods.SetToSet()
    assert bare.hyperparameters == methods.SetToSet.for_profile("cpu")
    assert trained(bare, profile="check").hyperparameters == methods.SetToSet.for_profile("check")
    with pytest.raises(UserError, match="Unknown profile 'papr'"):
        trained(methods.Ridge(), profile="papr")


def test_progress_is_reported_to_the_end():
    seen = []
    trained(progress=seen.append)
    assert all(isinstance(report, Progress) for report in seen)
    assert (seen[-1].step, seen[-1].steps) == (60, 60)


def test_weights_can_be_kept_and_loaded(lt_di, task):
    revived = LtDi(lt_di.hyperparameters)
    revived.build(Problem(WAY, 1, (SIZE,), hidden=8))
    revived.load_state_dict(lt_di.state_dict())
    revived.eval()
    assert torch.equal(revived.generate_head(*task[:2]), lt_di.generate_head(*task[:2]))


@pytest.mark.parametrize(
    ("support_x", "support_y", "query_x", "message"),
    [
        (torch.ones(3, SIZE), torch.arange(2), None, r"support_x \(3, 8\) and support_y \(2,\) do not fit together"),
        (torch.ones(3, SIZE), torch.tensor([0, 1, 3]), None, "must number the classes of each task 0, 1, 2 and so on"),
        (torch.ones(3, SIZE), torch.ones(3), None, "support_y must hold integers, not float32"),
        (torch.ones(3, 5), torch.arange(3), None, r"trained on inputs of shape \(8,\), not \(5,\)"),
        (torch.full((3, SIZE), torch.inf), torch.arange(3), None, "support_x holds NaN or infinite"),
        (None, None, None, "LtDi looks at support_x and support_y"),
        (torch.ones(3, SIZE), torch.arange(3), torch.ones(SIZE), r"query_x must be \(m, features\) for one task"),
    ],
)
def test_tasks_that_do_not_fit_are_refused_in_one_line(lt_di, support_x, support_y, query_x, message):
    with pytest.raises(UserError, match=message) as error:
        lt_di.classify(torch.ones(2, SIZE) if query_x is None else query_x, support_x, support_y)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        ("lt-di", {"way": 1, "shot": 1}, "way must be 2 or more"),
        ("lt-di", {"way": 3, "shot": 0}, "LtDi needs support examples"),
        ("lt-di", {"way": 29, "shot": 1}, "Of 30 classes, 29 cannot train and 2 be held out"),
        ("lt-di", {"way": 3, "shot": 16}, "16 support and 0 query images per class are 16, but a class has only 15"),
        ("lt-di", {"way": 3, "shot": 1, "hidden": 6}, "must have a multiple of 4 hidden units, not 6"),
        ("semantic-lt-di", {"way": 3, "shot": 1}, "use shot=0"),
        ("semantic-lt-di", {"way": 3, "shot": 0}, "give the source class_vectors"),
        ("source-classifier", {"way": 3, "shot": 0}, "SourceClassifier learns known classes"),
        ("reptile", {"way": 3, "shot": 1}, r"Reptile learns from pixels, and the source has inputs of shape \(8,\)"),
    ],
)
def test_impossible_trainings_are_refused_in_one_line(name, sizes, message):
    with pytest.raises(UserError, match=message) as error:
        train(quick(name), clustered(), **sizes)
    assert "\n" not in str(error.value)


def test_an_untrained_method_says_so(task):
    with pytest.raises(UserError, match="LtDi is not trained yet"):
        LtDi().generate_head(*task[:2])


def test_a_loss_that_is_not_finite_ends_training():
    class Diverging(Method):
        def fit(self, context):
            yield Progress(1, 2, float("nan"))

        def adapt(self, task):
            return task

        def predict(self, state, query):
            return query.x

    with pytest.raises(ArithmeticError, match="the loss is nan at step 1 of 2"):
        trained(Diverging())


def test_other_sources_need_classes_to_validate_on():
    train_on, held_out = clustered().split()
    own = LookupSource("own", train_on.counts, train_on._lookup, views=1, device=torch.device("cpu"))
    with pytest.raises(UserError, match="LookupSource holds no classes out by itself"):
        train(quick("metadiff"), own, way=WAY, shot=1)
    assert train(quick("metadiff"), own, way=WAY, shot=1, validation=held_out).problem.input_shape == (SIZE,)


def test_every_method_is_exported_by_the_name_of_its_class():
    for name in registry.names():
        cls = methods.load(name)
        assert getattr(methods, cls.__name__) is cls
        assert cls.__doc__ and cls.__doc__ != Method.__doc__, f"{cls.__name__} needs a docstring of its own"
    assert {"LtDi", "train", "FeatureSource"} <= set(dir(methods))
    with pytest.raises(AttributeError, match="no attribute 'LtDo'"):
        _ = methods.LtDo


def test_names_and_errors_need_no_torch():
    code = (
        "import sys, methods, methods.errors, methods.registry; methods.registry.names(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
