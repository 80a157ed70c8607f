"""Hyper-parameters that make no sense are refused before any work is done."""

from dataclasses import fields, replace

import pytest

from methods import registry
from methods.algorithms.lt_di import DiffusionSettings
from methods.algorithms.metadiff import MetaDiffSettings
from methods.controls.mean_head import MeanHeadSettings
from methods.interface import Problem
from methods.weight_generator import GeneratorSettings


@pytest.mark.parametrize("name", registry.names())
def test_no_number_may_be_below_zero(name):
    settings = registry.load(name).for_profile("cpu")
    for field in fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            with pytest.raises(ValueError):
                replace(settings, **{field.name: type(value)(-1)})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (lambda: GeneratorSettings(steps=0), "steps must be at least 1, not 0"),
        (lambda: GeneratorSettings(preparation_steps=2), "preparation_steps must be at least 3, not 2"),
        (lambda: MeanHeadSettings(preparation_steps=2), "preparation_steps must be at least 3, not 2"),
        (lambda: GeneratorSettings(learning_rate=0.0), "learning_rate must be above 0, not 0.0"),
        (lambda: GeneratorSettings(width=33), "width must be even, not 33"),
        (lambda: GeneratorSettings(outer_loop="maml"), "outer_loop 'maml' is none of joint, reptile"),
        (
            lambda: DiffusionSettings(trajectory_length=6, preparation_steps=4),
            "length 6 needs 5 preparation_steps, not 4",
        ),
        (lambda: MetaDiffSettings(widths=()), "widths must be numbers from 1"),
        (
            lambda: MetaDiffSettings(widths=(8, 6, 8), condition="u-net"),
            "with condition u-net the middle one of widths must be a multiple of 4, not 6",
        ),
        (lambda: MetaDiffSettings(ema_decay=1.0), "ema_decay must be at least 0 and below 1, not 1.0"),
    ],
)
def test_what_is_wrong_is_said(settings, message):
    with pytest.raises(ValueError, match=message):
        settings()


@pytest.mark.parametrize(
    ("name", "problem", "message"),
    [
        ("lt-di", Problem(5, 1, (8,), hidden=10), "multiple of 4 hidden units, not 10"),
        ("vae", Problem(5, 1, (8,), hidden=6), "multiple of 4 hidden units, not 6"),
        ("meta-baseline", Problem(5, 1, (3, 12, 32)), "images must have 16 pixels a side for Conv4, not 12 x 32"),
        ("classifier-baseline", Problem(5, 1, (1, 28, 8)), "images must have 16 pixels a side for Conv4, not 28 x 8"),
        ("maml", Problem(5, 1, (1, 8, 8)), "images must have 16 pixels a side for Conv4, not 8 x 8"),
    ],
)
def test_problems_that_settings_do_not_suit_are_refused(name, problem, message):
    """Before anything is trained: see `Method.build`."""
    method = registry.load(name)
    with pytest.raises(ValueError, match=message):
        method(method.for_profile("cpu")).build(problem)
