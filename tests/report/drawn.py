"""Rows and learning curves, for the tests of several plots."""

from benchmark.report.results import read_results
from benchmark.report.selection import Selection


def rows(results, **chosen):
    return read_results(results.store, selection=Selection(**chosen)).rows


def curve_to(last, steps=(100, 200, 300)):
    return [{"step": s, "seconds": s / 10, "validation_accuracy": last * s / steps[-1]} for s in steps]
