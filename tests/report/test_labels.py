"""What variants of a method are called."""

from benchmark.report.labels import variant_labels


def labels(*settings):
    return list(variant_labels({i: ("m", {"hyperparameters": of}) for i, of in enumerate(settings)}).values())


def test_a_few_settings_are_all_named():
    assert labels({"a": 1, "b": 0}, {"a": 2, "b": 0}, {"a": 2, "b": 3}) == [
        "m (a=1, b=0)",
        "m (a=2, b=0)",
        "m (a=2, b=3)",
    ]


def test_of_many_settings_those_unlike_most_are_named():
    """One that is like most in all of them goes by the method's name alone."""
    usual = {"a": 1, "b": 1, "c": 1, "d": 1}
    several = usual | {"a": 2, "b": 2}
    assert labels(usual, *(usual | {name: 5} for name in "abcd"), several) == [
        "m",
        "m (a=5)",
        "m (b=5)",
        "m (c=5)",
        "m (d=5)",
        "m (a=2, b=2)",
    ]


def test_what_follows_from_an_architecture_is_not_named():
    bodies = [("a", 1), ("b", 2), ("c", 2)]
    settings = [{"architecture": architecture, "learning_rate": rate} for architecture, rate in bodies]
    assert labels(*({"body": body} for body in settings)) == [f"m (body.architecture={name})" for name in "abc"]
    settings.append({"architecture": "c", "learning_rate": 3})
    assert labels(*({"body": body} for body in settings))[-1] == "m (body.architecture=c, body.learning_rate=3)"
