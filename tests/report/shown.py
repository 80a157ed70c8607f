"""Results as text, and entries of its tables, for the tests of several files."""

import re

from benchmark.report.results import read_results
from benchmark.report.tables import FORMATS

READABLE = ["table", "markdown", "latex"]


def shown(form, store, **options):
    return FORMATS[form](read_results(store), **options)


def lines_of(text, method):
    return [line for line in text.splitlines() if method in line]


def cells_of(text, method, heading):
    """The entries of a method's lines in one table of the Markdown, by the heading of the table."""
    part = text.split(f"### {heading}\n")[1].split("\n### ")[0]
    return [re.split(r" *\| *", line)[2:-1] for line in lines_of(part, f"| {method} ")]
