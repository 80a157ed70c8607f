"""Small generators of weights, for the tests of several files."""

import torch

from tests.methods.sources import context

SMALL = {"prepared_heads": 24, "steps": 30, "width": 16, "preparation_steps": 12}


def built(cls, **settings):
    method = cls(cls.for_profile("smoke", **SMALL | settings))
    torch.manual_seed(0)
    method.build(context().problem)
    return method
