"""Every command and every option says what it does, in the imperative."""

import re

import click
import pytest

from benchmark.cli import cli

# What begins a fragment or a clause, where a verb belongs.
NO_VERBS = re.findall(
    r"\w+", "a an any default for from how if of only or that the what when where whether which who whose with"
)


def leaves(group, path=()):
    """Every command that is no group, with its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield pytest.param(command, id=" ".join((*path, name)))


def begins_with_a_verb(text):
    """Whether it may do so, after the condition under which it holds ("zeroshot: ...", "With --update: ...")."""
    words = re.sub(r"^(With --)?[\w-]+: ", "", text.strip()).split()
    return bool(words) and words[0].lower().strip(",.:") not in NO_VERBS


@pytest.mark.parametrize("command", list(leaves(cli)))
def test_help_is_imperative(command):
    assert begins_with_a_verb(command.help or "")
    for option in command.params:
        if isinstance(option, click.Option):
            assert begins_with_a_verb(option.help or ""), option.name


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Measure latencies too.", True),
        ("With --update: write nothing.", True),
        ("zeroshot: meta-train on this data set.", True),
        ("", False),
        ("Only these suites.", False),
        ("zeroshot: the data set to meta-train on.", False),
    ],
)
def test_fragments_are_found(text, good):
    assert begins_with_a_verb(text) == good
