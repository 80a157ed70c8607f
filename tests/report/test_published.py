"""The numbers of the paper and of others."""

import pytest

from benchmark.report.published import comparable, paper_number, published_numbers


@pytest.mark.parametrize(
    ("setting", "accuracy", "table"),
    [
        (("omniglot", 5, 1, "lt-di", "conv4"), 97.12, "Table 3"),
        (("omniglot", 20, 5, "metadiff", "conv4"), 97.11, "Table 3"),
        (("mini-imagenet", 5, 5, "ghn3", "conv4"), 79.79, "Table 3"),
        (("domainnet", 5, 1, "lv-di", "resnet12"), 66.75, "Table 4"),
        (("cifar100", 100, 20, "lt-di", "resnet12"), 51.73, "Table 2"),
        (("omniglot", 5, 1, "lt-di", "swin"), 99.90, "Table 7 (names no way or shot, taken as 5-way 1-shot)"),
    ],
)
def test_paper_numbers(setting, accuracy, table):
    number = paper_number(*setting)
    assert (number.accuracy, number.source) == (accuracy, table)


def test_main_comparison_wins_where_the_paper_repeats_itself():
    number = paper_number("omniglot", 5, 1, "reptile", "conv4")
    assert (number.source, number.deviation) == ("Table 3", 0.18)


def test_vae_goes_by_another_name_in_the_paper():
    number = paper_number("omniglot", 5, 1, "vae", "conv4")
    assert (number.accuracy, number.name, number.source) == (94.92, "llo-vae", "Table 1")


@pytest.mark.parametrize(
    "setting",
    [
        ("omniglot", 5, 1, "prototypes", "conv4"),
        ("omniglot", 5, 1, "lt-di", "resnet12"),
        ("omniglot", 5, 1, "lt-di", None),
        ("omniglot", 5, 2, "lt-di", "conv4"),
        ("omniglot", 5, 5, "lt-di", "swin"),
        ("cifar100", 5, 1, "lt-di", "conv4"),
        ("glyphs", 5, 1, "lt-di", "conv4"),
    ],
)
def test_no_number_for_what_was_not_published(setting):
    assert paper_number(*setting) is None
    assert published_numbers(*setting) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"split": "sketch"}, True),
        ({"split": "clipart"}, False),
        ({"part": "validation"}, False),
        ({"tasks": "imbalanced"}, False),
        ({"dataset": "unheard-of"}, True),
        ({"training_classes": "unseen"}, False),
    ],
)
def test_numbers_are_of_plain_test_tasks_of_the_published_domain(changes, expected):
    key = {"dataset": "domainnet", "split": "sketch", "part": "test", "tasks": "plain", **changes}
    assert comparable(key, key) is expected


def test_published_numbers_keep_their_flags():
    plain, transductive = published_numbers("omniglot", 5, 1, "reptile", "conv4")
    assert (plain.accuracy, plain.transductive, plain.unverified) == (95.39, False, False)
    assert (transductive.accuracy, transductive.transductive) == (97.68, True)
    (recalled,) = published_numbers("mini-imagenet", 5, 1, "metadiff", "conv4")
    assert recalled.unverified
    assert recalled.source == "MetaDiff paper"


def test_latencies_of_the_paper_are_not_accuracies():
    assert paper_number("omniglot+mini-imagenet", "", "", "reptile", "conv4") is None
