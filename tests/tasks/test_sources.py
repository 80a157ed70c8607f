"""Task sources, on inputs that say which class, image and view they are."""

import warnings

import numpy as np
import pytest
import torch
from scipy import stats

from benchmark.data.bank import ImageBank
from benchmark.data.dataset import Selection
from benchmark.data.parts import Part
from benchmark.data.selection import select
from benchmark.tasks.sources import PairedSource, PartSource, pixel_lookup
from methods.errors import UserError
from methods.sources import feature_lookup

COUNTS = np.array([9, 7, 12, 6, 8, 6])
CPU = torch.device("cpu")
CLASS, IMAGE, VIEW = range(3)


def source(views=1, counts=COUNTS):
    """Features (class, image within the class, view)."""
    classes = np.repeat(np.arange(len(counts)), counts)
    images = np.concatenate([np.arange(count) for count in counts])
    rows = [np.stack([classes, images, np.full_like(classes, view)], 1) for view in range(views)]
    features = torch.from_numpy(np.stack(rows)).float()
    return PartSource("key", counts, feature_lookup(features), views=views, device=CPU)


def draw(of, tasks=300, seed=0, way=4, shot=2, queries=3, **options):
    rng = np.random.default_rng(seed)
    return of.episodes(rng, tasks, way=way, shot=shot, queries=queries, **options)


def class_of(episodes, examples):
    """(B, n) the class number that each example's label stands for."""
    return episodes.classes.gather(1, examples.y)


def test_shapes_and_types():
    episodes = draw(source())
    assert episodes.task.support.x.shape == (300, 8, 3)
    assert episodes.query.x.shape == (300, 12, 3)
    assert episodes.task.class_mask.shape == (300, 4)
    assert episodes.task.class_mask.all()
    for labels in (episodes.task.support.y, episodes.query.y, episodes.classes, episodes.task.seeds):
        assert labels.dtype == torch.int64
    assert source().input_shape == (3,)
    assert source().class_count == 6


@pytest.mark.parametrize("views", [1, 3])
def test_batches_are_the_episodes_with_few_inputs_at_a_time(views):
    of, looked_up = source(views), []
    lookup = of._lookup
    of._lookup = lambda members, views: looked_up.append(len(members)) or lookup(members, views)
    batches = list(of.batches(np.random.default_rng(0), 30, 8, way=4, shot=2, queries=3))
    assert looked_up == [8, 8, 8, 8, 8, 8, 6, 6]
    whole = draw(of, tasks=30)

    def tensors(episodes):
        task, query = episodes.task, episodes.query
        return task.support.x, task.support.y, task.class_mask, task.seeds, query.x, query.y, episodes.classes

    for parts, all_of_them in zip(zip(*map(tensors, batches), strict=True), tensors(whole), strict=True):
        assert torch.equal(torch.cat(parts), all_of_them)


@pytest.mark.parametrize("part", ["support", "query"])
def test_inputs_belong_to_the_class_of_their_label(part):
    episodes = draw(source(views=2))
    examples = episodes.task.support if part == "support" else episodes.query
    assert torch.equal(examples.x[..., CLASS].long(), class_of(episodes, examples))
    assert (examples.x[..., IMAGE] < torch.from_numpy(COUNTS)[class_of(episodes, examples)]).all()


def test_every_slot_has_its_share_of_support_and_queries():
    episodes = draw(source())
    for examples, each in ((episodes.task.support, 2), (episodes.query, 3)):
        counts = torch.nn.functional.one_hot(examples.y, 4).sum(1)
        assert (counts == each).all()


def test_no_image_is_drawn_twice_in_a_task():
    episodes = draw(source(views=3))
    both = torch.cat([episodes.task.support.x, episodes.query.x], 1)
    for task in both[..., [CLASS, IMAGE]]:
        assert len(task.unique(dim=0)) == 20


def test_place_of_a_query_says_nothing_of_its_class():
    slots = draw(source(), tasks=6000).query.y
    for place in range(12):
        assert stats.chisquare(np.bincount(slots[:, place], minlength=4)).pvalue > 1e-3
    for place in range(11):
        same = (slots[:, place] == slots[:, place + 1]).sum().item()
        assert stats.binomtest(same, len(slots), 2 / 11).pvalue > 1e-3


def test_same_generator_gives_the_same_tasks():
    first, again, other = draw(source(2), seed=1), draw(source(2), seed=1), draw(source(2), seed=2)
    assert torch.equal(first.query.x, again.query.x)
    assert torch.equal(first.task.support.x, again.task.support.x)
    assert torch.equal(first.task.seeds, again.task.seeds)
    assert not torch.equal(first.query.x, other.query.x)


def test_every_task_has_a_seed_of_its_own():
    seeds = draw(source(), tasks=5000).task.seeds
    assert len(seeds.unique()) == 5000
    assert seeds.min() >= 0


def test_views_are_drawn_for_every_image_by_itself():
    episodes = draw(source(views=4), tasks=3000)
    for examples in (episodes.task.support, episodes.query):
        views = examples.x[..., VIEW].long()
        assert stats.chisquare(np.bincount(views.flatten(), minlength=4)).pvalue > 1e-3
        same = (views[:, 0] == views[:, 1]).sum().item()
        assert stats.binomtest(same, len(views), 1 / 4).pvalue > 1e-3


def test_the_only_view_is_the_image_itself():
    assert (draw(source(views=1)).query.x[..., VIEW] == 0).all()


def test_given_classes_are_kept_in_their_slots():
    classes = torch.tensor([[5, 0, 2], [3, 4, 1]])
    episodes = draw(source(), tasks=2, way=3, classes=classes)
    assert torch.equal(episodes.classes, classes)
    for examples in (episodes.task.support, episodes.query):
        assert torch.equal(examples.x[..., CLASS].long(), classes.gather(1, examples.y))


def test_given_classes_with_too_few_images_are_an_error():
    with pytest.raises(UserError, match="only 6"):
        draw(source(), tasks=1, way=2, shot=5, queries=2, classes=torch.tensor([[0, 3]]))
    assert draw(source(), tasks=1, way=2, shot=5, queries=2, classes=torch.tensor([[0, 1]]))


def test_no_queries():
    episodes = draw(source(), queries=0)
    assert episodes.query.x.shape == (300, 0, 3)
    assert episodes.query.y.shape == (300, 0)
    assert torch.equal(episodes.task.support.x[..., CLASS].long(), class_of(episodes, episodes.task.support))


def test_a_single_task_is_drawn_without_a_warning():
    torch.set_warn_always(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            draw(source(), tasks=1)
    finally:
        torch.set_warn_always(False)


def test_examples_are_all_images_of_the_classes_padded_and_masked():
    classes = torch.tensor([[3, 0], [2, 1], [4, 5]])
    found = source().examples(classes)
    assert found.x.shape == (3, 2 * 12, 3)
    for task, numbers in enumerate(classes):
        for slot, number in enumerate(numbers.tolist()):
            own = found.mask[task] & (found.y[task] == slot)
            assert (found.x[task, own, CLASS] == number).all()
            assert found.x[task, own, IMAGE].tolist() == list(range(COUNTS[number]))
    kept = [COUNTS[numbers].sum() for numbers in classes.numpy()]
    assert found.mask.sum(1).tolist() == kept


def test_padding_is_an_image_of_the_same_class():
    """A method that forgets the mask is then slightly wrong, not trained on another class."""
    found = source().examples(torch.tensor([[3, 0]]))
    assert (found.x[0, :, CLASS] == torch.tensor([3, 0])[found.y[0]]).all()


def test_examples_of_equal_classes_need_no_padding():
    found = source(counts=np.full(4, 5)).examples(torch.tensor([[1, 3]]))
    assert found.x.shape == (1, 10, 3)
    assert found.mask.all()


def test_examples_of_a_view():
    of = source(views=3)
    assert (of.examples(torch.tensor([[0, 1]]))).x[..., VIEW].unique().tolist() == [0]
    assert (of.examples(torch.tensor([[0, 1]]), view=2)).x[..., VIEW].unique().tolist() == [2]


def test_pixels_are_scaled_and_belong_to_their_class():
    labels = np.repeat(np.arange(3), 5)
    images = np.broadcast_to((labels * 51).astype(np.uint8)[:, None, None, None], (15, 4, 6, 1))
    units = select(Selection(("b", "c")), np.full((3, 1), 5), ("a", "b", "c"), ())
    part = Part.of(ImageBank(images, labels, ("a", "b", "c"), ""), units)
    of = PartSource("key", part.counts, pixel_lookup(part, CPU), views=1, device=CPU)
    assert of.input_shape == (1, 4, 6)
    episodes = draw(of, tasks=10, way=2)
    assert episodes.query.x.shape == (10, 6, 1, 4, 6)
    assert episodes.query.x.dtype == torch.float32
    expected = (class_of(episodes, episodes.query) + 1) * 0.2
    torch.testing.assert_close(episodes.query.x.amin((2, 3, 4)), expected)
    torch.testing.assert_close(episodes.query.x.amax((2, 3, 4)), expected)
    assert draw(of, tasks=10, way=2, queries=0).query.x.shape == (10, 0, 1, 4, 6)


def test_at_most_so_many_images_of_a_class_are_given():
    """The same ones in every view, others in another task, never another class's."""
    of = PartSource("key", COUNTS, source(3)._lookup, views=3, device=CPU, most=7)
    classes = torch.tensor([[2, 0], [2, 1], [2, 3]])
    found = of.examples(classes)
    assert found.x.shape == (3, 2 * 7, 3)
    assert of.largest == 7 and source().largest == max(COUNTS)
    for task, numbers in enumerate(classes):
        for slot, number in enumerate(numbers.tolist()):
            own = found.mask[task] & (found.y[task] == slot)
            assert (found.x[task, own, CLASS] == number).all()
            assert len(found.x[task, own, IMAGE].unique()) == own.sum() == min(7, COUNTS[number])
    assert torch.equal(of.examples(classes, view=2).x[..., IMAGE], found.x[..., IMAGE])
    assert torch.equal(of.examples(classes).x, found.x)
    drawn = found.x[:, :7, IMAGE]
    assert not torch.equal(drawn[0], drawn[1])


def test_tasks_tell_what_they_are_asked_to():
    vectors, numbers = torch.randn(6, 4), torch.tensor([9, 8, 7, 6, 5, 4])
    of = PartSource("key", COUNTS, source()._lookup, views=1, device=CPU, semantics=vectors, identities=numbers)
    episodes = draw(of)
    assert torch.equal(episodes.task.semantics, vectors[episodes.classes])
    assert torch.equal(episodes.task.identities, numbers[episodes.classes])
    plain = draw(source()).task
    assert plain.semantics is None and plain.identities is None


def test_without_shots_there_is_no_support():
    episodes = draw(source(), shot=0)
    assert episodes.task.support is None
    assert episodes.query.x.shape == (300, 12, 3)


def test_paired_sources_share_classes_and_nothing_else():
    support, query = source(), source()
    query._lookup = feature_lookup(source()._lookup(np.arange(COUNTS.sum()), np.zeros(COUNTS.sum(), int))[None] + 100)
    episodes = draw(PairedSource(support, query))
    assert torch.equal(episodes.task.support.x[..., CLASS].long(), class_of(episodes, episodes.task.support))
    assert torch.equal(episodes.query.x[..., CLASS].long() - 100, class_of(episodes, episodes.query))
    assert all(len(set(classes)) == 4 for classes in episodes.classes.tolist())
    with pytest.raises(UserError, match="there are 6"):
        draw(PairedSource(support, query), way=7)


def test_pixels_are_scaled_to_a_size():
    labels = np.repeat(np.arange(2), 3)
    images = np.broadcast_to((labels * 51 + 51).astype(np.uint8)[:, None, None, None], (6, 8, 8, 1))
    units = select(Selection(), np.full((2, 1), 3), ("a", "b"), ())
    part = Part.of(ImageBank(images, labels, ("a", "b"), ""), units)
    found = pixel_lookup(part, CPU, (4, 6))(np.array([[0, 5]]), np.zeros((1, 2), int))
    assert found.shape == (1, 2, 1, 4, 6)
    torch.testing.assert_close(found[0, :, 0, 0, 0], torch.tensor([0.2, 0.4]))
