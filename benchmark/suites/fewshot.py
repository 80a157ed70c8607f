"""Few-shot classification: n-way k-shot tasks of meta-test classes (Lt-Di, Table 3)."""

from __future__ import annotations

from benchmark.suites.suite import Suite


class FewShot(Suite):
    summary = "n-way k-shot tasks of unseen classes (Lt-Di paper, Table 3)"
    datasets = ("omniglot", "mini-imagenet", "cifar-fs", "fc100", "tiered-imagenet")
    ways = (5, 20)
    shots = (1, 5)
    named_in_full = True  # the quickstart compares methods
