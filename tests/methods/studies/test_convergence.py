"""Theorem 2 of the Lt-Di paper on heads."""

import numpy as np
import pytest

from methods import weight_generator
from methods.algorithms.lt_di import LtDi
from methods.studies import convergence
from tests.methods.sources import context, fitted

LITTLE = {"prepared_heads": 64, "steps": 30, "width": 16}


@pytest.fixture(scope="module")
def studied():
    """By SAM's rho: a fitted Lt-Di, its context, and the study of it."""
    by_rho = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weight_generator, "VALIDATION_HEADS", 24)
        for rho in (0.0, 0.2):
            learned_from = context()
            method, _ = fitted(LtDi, learned_from, **LITTLE, sam_rho=rho)
            by_rho[rho] = method, learned_from, convergence.study(method, learned_from)
        yield by_rho


def test_excess_is_what_generated_heads_lose_to_prepared_ones(studied):
    method, learned_from, study = studied[0.0]
    classes, generated, prepared = method.validation_heads(learned_from)
    images = learned_from.validation.examples(classes[:5])
    made, trained = (method.head.losses(heads[:5], images.x, images.y, images.mask) for heads in (generated, prepared))
    excess = made - trained
    assert study.series["excess_loss"][:5] == pytest.approx(excess.tolist(), rel=1e-3)
    assert study.series["squared_distance"][:5] == pytest.approx(
        (generated - prepared)[:5].square().sum(1).tolist(), rel=1e-3
    )
    assert study.summary["excess_loss"] == pytest.approx(np.mean(study.series["excess_loss"]), rel=1e-3)
    assert study.summary["excess_loss"] > 0


def test_bound_is_half_the_eigenvalue_times_the_squared_distance(studied):
    _, _, study = studied[0.0]
    series = {name: np.array(values) for name, values in study.series.items()}
    bound = series["largest_eigenvalue"] * series["squared_distance"] / 2
    assert study.summary["bound"] == pytest.approx(bound.mean(), rel=1e-3)
    assert study.summary["bound_holds"] == pytest.approx((series["excess_loss"] <= bound).mean())


def test_sharpness_aware_preparation_lowers_the_curvature(studied):
    plain, sharpness_aware = (studied[rho][2].summary["largest_eigenvalue"] for rho in (0.0, 0.2))
    assert 0 < sharpness_aware < plain
