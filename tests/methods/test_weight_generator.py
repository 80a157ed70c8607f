"""What the generators' hyper-parameters do, and the losses of the one-pass and few-step relatives of diffusion."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from methods import prepared
from methods.algorithms.lt_di import LtDi
from methods.algorithms.lv_di import LvDi
from methods.algorithms.vae import Vae
from methods.controls.flow_matching import TIME_SCALE, FlowMatching
from methods.prepared import PreparedHeads
from methods.trajectories import Preparation
from tests.methods.sources import context, fitted

SMALL = {"prepared_heads": 24, "steps": 30, "width": 16, "preparation_steps": 12}


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(prepared, "BLOCK", 8)
    monkeypatch.setattr("methods.weight_generator.BLOCK", 8)


def heads(folder, settings=None, *, count=24, beside=False, **sources):
    made = PreparedHeads(context(folder, **sources), count, settings or Preparation(steps=12), beside=beside)
    made.take(count)
    return made


def built(cls, **settings):
    method = cls(cls.for_profile("smoke", **SMALL | settings))
    torch.manual_seed(0)
    method.build(context(None).problem)
    return method


def test_heads_prepared_beside_are_those_prepared_before(tmp_path, small_blocks):
    before, beside = heads(tmp_path / "a"), heads(tmp_path / "b", beside=True)
    assert torch.equal(before.points, beside.points)
    assert torch.equal(before.classes, beside.classes)
    assert before.points.shape == (24, 3, before.points.shape[2])


def test_more_heads_are_the_same_and_others(tmp_path, small_blocks):
    """Blocks are artefacts of their own: asking for more prepares only what is missing."""
    few, many = heads(tmp_path, count=8), heads(tmp_path, count=24)
    assert torch.equal(many.points[:8], few.points)
    assert len(many.points.flatten(1).unique(dim=0)) == 24


def test_beside_meta_training_starts_with_the_first_heads(tmp_path, small_blocks, monkeypatch):
    """Which heads a step draws from depends on the step alone."""
    seen = []
    whole = LvDi._batch
    monkeypatch.setattr(
        LvDi,
        "_batch",
        lambda self, c, p, chosen, *rest: seen.append(len(p.points)) or whole(self, c, p, chosen, *rest),
    )
    fitted(LvDi, context(tmp_path), **SMALL, preparation="beside")
    assert seen == [8 * math.ceil(math.ceil(2 * step / 30 * 24) / 8) for step in range(1, 16)] + [24] * 15


def test_beside_gives_the_same_method_twice(tmp_path, small_blocks):
    one, two = (fitted(LvDi, context(tmp_path / name), **SMALL, preparation="beside")[0] for name in "ab")
    for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_stopped_preparation_leaves_no_thread(tmp_path, small_blocks):
    threads = torch.get_num_threads()
    fit = built(LvDi, preparation="beside").fit(context(tmp_path))
    next(fit), next(fit)
    fit.close()
    assert torch.get_num_threads() == threads


def test_vanilla_reads_the_end_of_the_same_trajectories(tmp_path):
    long = heads(tmp_path, Preparation(steps=12))
    short = heads(tmp_path, Preparation(steps=12, trajectory_length=2))
    assert torch.equal(short.points, long.points[:, :1])
    assert len(list((tmp_path / "trajectories").iterdir())) == 1, "prepared once"


@pytest.mark.parametrize("changes", [{"sam_rho": 0.0}, {"augmentation": False}, {"learning_rate": 0.02}])
def test_preparation_settings_change_the_heads(tmp_path, changes):
    settings = Preparation(steps=12)
    one = heads(tmp_path, settings, views=3)
    other = heads(tmp_path, replace(settings, **changes), views=3)
    assert torch.equal(one.classes, other.classes)
    assert not torch.allclose(one.points, other.points, atol=1e-4)


def test_sam_ends_in_flatter_minima(tmp_path):
    """The mean loss rise under random perturbations of the final weights is smaller with it."""
    rises = {}
    for rho in (0.0, 0.5):
        of = context(tmp_path, spread=0.6)
        made = PreparedHeads(of, 64, Preparation(steps=100, sam_rho=rho), beside=False)
        made.take(64)
        head, final = of.problem.head, made.points[:, 0]
        data = of.train.examples(made.classes)

        def loss(weights, head=head, data=data):
            return torch.nn.functional.cross_entropy(head.apply(weights, data.x).flatten(0, 1), data.y.flatten())

        noise = torch.randn(20, *final.shape, generator=torch.Generator().manual_seed(0)) * 0.1
        rises[rho] = torch.stack([loss(final + one) for one in noise]).mean() - loss(final)
    assert rises[0.5] < 0.9 * rises[0.0]


def test_augmentation_trains_on_all_views(tmp_path):
    """With as many copies of the plain images as there are views, augmentation changes nothing but the batches."""
    source = context(tmp_path, views=4).train
    settings = Preparation()
    for augmentation, views in ((True, 4), (False, 1)):
        rng = np.random.default_rng(0)
        batches = prepared._batches(source, torch.tensor([[0, 1]]), replace(settings, augmentation=augmentation), rng)
        inputs = torch.cat([batch.x[0, :, :-1] for batch in batches])
        assert len(inputs.unique(dim=0)) == views * 2 * 12


@pytest.mark.parametrize("outer_loop", ["joint", "reptile"])
def test_both_outer_loops_lower_the_loss(tmp_path, outer_loop):
    _, losses = fitted(LvDi, context(tmp_path), **SMALL | {"steps": 40, "outer_loop": outer_loop})
    assert np.mean(losses[-10:]) < 0.97 * np.mean(losses[1:11])


@pytest.mark.parametrize("length", [2, 3, 5])
def test_trajectory_length_is_the_number_of_anchors_and_the_start(tmp_path, length):
    method, _ = fitted(LtDi, context(tmp_path), **SMALL | {"steps": 2, "trajectory_length": length})
    assert len(method.diffusion.positions) == length - 1
    assert method.diffusion.positions[0] == 0


@pytest.mark.parametrize("steps", [10, 40])
def test_generation_takes_as_many_passes_as_there_are_diffusion_steps(steps):
    of = context(None)
    method = built(LtDi, diffusion_steps=steps, final_signal=1e-3)
    calls = []
    method.network.register_forward_hook(lambda module, args, output: calls.append(int(args[1][0])))
    with torch.no_grad():
        method.adapt(of.validation.episodes(np.random.default_rng(0), 2, way=4, shot=1, queries=0).task)
    assert calls == list(range(steps, 0, -1))


@pytest.mark.parametrize("sampler", ["mean", "ddim", "ancestral"])
def test_samplers_differ_and_repeat(sampler):
    of = context(None)
    task = of.validation.episodes(np.random.default_rng(0), 3, way=4, shot=1, queries=0).task
    mean, other = built(LtDi), built(LtDi, sampler=sampler)
    with torch.no_grad():
        assert torch.equal(other.adapt(task), other.adapt(task))
        assert torch.allclose(mean.adapt(task), other.adapt(task), atol=1e-4) == (sampler == "mean")


@pytest.mark.parametrize(
    "wrong",
    [
        {"outer_loop": "other"},
        {"preparation": "never"},
        {"steps": 0},
        {"parameterisation": "x"},
        {"anchor_scope": "x"},
        {"sampler": "x"},
        {"trajectory_length": 1},
        {"diffusion_steps": 2},
    ],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError):
        LtDi.for_profile("cpu", **wrong)


def test_flow_learns_the_velocity_of_the_straight_path():
    """Along x_s = (1 - s) e + s w the velocity dx/ds is w - e, whatever s."""
    method = built(FlowMatching)
    anchors = torch.randn(50, 1, method.head.size, generator=torch.Generator().manual_seed(0))
    shown = method.regression(anchors, torch.Generator().manual_seed(1))
    s = 1 - shown.t[:, None] / TIME_SCALE
    start = shown.x - s * shown.target
    torch.testing.assert_close(start + shown.target, anchors[:, 0], atol=1e-5, rtol=0)
    assert start.std().item() == pytest.approx(1, abs=0.02)


def test_euler_steps_follow_a_known_flow_to_its_end():
    method = built(FlowMatching, euler_steps=7)
    goal = torch.randn(2, method.head.size, generator=torch.Generator().manual_seed(0))
    task = context(None).validation.episodes(np.random.default_rng(0), 2, way=4, shot=1, queries=0).task
    method.network.forward = lambda x, left, classes: (goal - x) / (left[:, None] / TIME_SCALE)
    torch.testing.assert_close(method.generate(method.condition(task), task), goal, atol=1e-5, rtol=0)


def test_vae_loss_is_the_negative_evidence_bound():
    """Squared error plus the divergence of N(mean, variance) from N(0, I), by PyTorch's own distributions."""
    method = built(Vae, latent=3, kl_weight=0.5)
    generator = torch.Generator().manual_seed(0)
    size = method.head.size
    decoded, target = torch.randn(2, 6, size, generator=generator)
    mean, log_variance = torch.randn(2, 6, 3, generator=generator)
    ours = method.loss(torch.cat([decoded, mean, log_variance], 1), target, torch.ones(6, 1))
    posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
    divergence = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).sum(1).mean()
    errors = [part.mean() for part in method.head.split((decoded - target).square())]
    torch.testing.assert_close(ours, sum(errors) / 2 + 0.5 * divergence)


def test_vae_decodes_what_its_encoder_read(tmp_path):
    """After training without divergence, a head passes through the latent vector better than the prior's draw."""
    of = context(tmp_path)
    method, losses = fitted(Vae, of, **SMALL | {"steps": 80, "kl_weight": 0.0})
    assert np.mean(losses[-20:]) < 0.8 * np.mean(losses[1:21])
    made = PreparedHeads(of, 24, method._preparation(), beside=False)
    made.take(24)
    final = method.normaliser.normalise(made.points[:, 0])
    episodes = of.train.episodes(np.random.default_rng(0), 24, way=4, shot=1, queries=0, classes=made.classes)
    tokens = method.condition(episodes.task)
    with torch.no_grad():
        read, _ = method.network.encoder(final, tokens).chunk(2, dim=1)
        error = (method.network.decode(read, tokens) - final).square().mean()
        blind = (method.network.decode(torch.randn(24, 32), tokens) - final).square().mean()
    assert error < blind


def test_reconstruction_error_is_that_of_validation_heads(tmp_path, monkeypatch):
    """Zero for a method that returns the prepared heads, about one for one that returns their mean."""
    of = context(tmp_path)
    method, _ = fitted(LvDi, of, **SMALL)
    made = PreparedHeads(replace(of, train=of.validation), 256, method._preparation(), beside=False)
    made.take(256)
    final = method.normaliser.normalise(made.points[:, 0])
    monkeypatch.setattr(method, "generate", lambda classes, task: final)
    assert method.diagnostics(of)["reconstruction_error"] == pytest.approx(0, abs=1e-9)
    monkeypatch.setattr(method, "generate", lambda classes, task: torch.zeros_like(final))
    assert 0.5 < method.diagnostics(of)["reconstruction_error"] < 2


def test_anchor_errors_are_of_the_chain_where_it_should_pass_them(tmp_path, monkeypatch):
    """A chain that is off by 1, 2, 3 at the anchors, the final one first, and far off elsewhere."""
    of = context(tmp_path)
    method, _ = fitted(LtDi, of, **SMALL)
    _, _, prepared = method.validation_tasks(of)
    anchors = method.normaliser.normalise(prepared)
    steps, places = method.diffusion.schedule.steps, method.diffusion.positions.tolist()
    passed = [
        anchors[:, places.index(t)] + places.index(t) + 1 if t in places else anchors[:, 0] + 99 for t in range(steps)
    ]
    monkeypatch.setattr(method.diffusion, "chain", lambda network, x, fresh: iter(passed[::-1]))
    found = method.diagnostics(of)
    assert [found[f"anchor_error_{i}"] for i in range(3)] == pytest.approx([1, 4, 9], rel=1e-4)
    assert found["anchor_error_0"] == pytest.approx(found["reconstruction_error"], rel=1e-4)
    assert "anchor_error_0" not in fitted(LvDi, of, **SMALL)[0].diagnostics(of)
