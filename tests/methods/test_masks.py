"""Examples have a mask where rows are padding, and need none elsewhere: whoever reads them gets the same.

The conformance kit trains every method on sources that give no masks.
"""

import torch

from methods.algorithms.metadiff import class_targets
from methods.controls.shrunken_prototypes import class_statistics
from methods.interface import Examples
from tests.methods.sources import clusters


class Unmasked:
    """A source of classes that have as many images each, which needs no mask."""

    def __init__(self, source):
        self._source = source

    def __getattr__(self, name):
        return getattr(self._source, name)

    def examples(self, classes, view=0):
        found = self._source.examples(classes, view)
        assert found.mask.all()
        return Examples(found.x, found.y)


def test_every_row_is_real_where_there_is_no_mask():
    x, mask = torch.zeros(2, 3, 4), torch.tensor([[True, True, False], [True, False, False]])
    assert Examples(x).real.tolist() == [[True] * 3] * 2
    assert Examples(x, mask=mask).real is mask


def test_a_change_is_of_all_that_is_there():
    x, y = torch.arange(6.0).view(2, 3, 1), torch.arange(6).view(2, 3)
    last = Examples(x, y).changed(lambda of: of[1:])
    assert last.x.flatten().tolist() == [3, 4, 5] and last.y.tolist() == [[3, 4, 5]] and last.mask is None
    hidden = Examples(x, mask=y > 3).changed(lambda of: of[:, 1:])
    assert hidden.y is None and hidden.mask.tolist() == [[False, False], [True, True]]


def test_statistics_of_classes_are_the_same_without_masks():
    source, _ = clusters("train", views=2)
    assert torch.equal(class_targets(source), class_targets(Unmasked(source)))
    for masked, unmasked in zip(class_statistics(source), class_statistics(Unmasked(source)), strict=True):
        assert torch.equal(masked, unmasked)
