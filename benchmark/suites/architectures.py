"""Tables 7 and 8 of the Lt-Di paper: what the choice of the body does to the methods that generate a head.

REPTILE, which those tables begin with, trains a network of its own from pixels: no body can be put under it. Its
row is that of `fewshot`. The centroid says how good the features of a body are by themselves.
"""

from __future__ import annotations

from benchmark.suites.suite import Suite


class Architectures(Suite):
    summary = "weight generation on the features of larger bodies (Lt-Di paper, Tables 7 and 8)"
    datasets = ("omniglot", "mini-imagenet")
    ways = (5,)
    shots = (1,)
    methods = ("vae", "lv-di", "lt-di", "prototypes")
    bodies = ("resnet18", "mobilenetv2", "swin")  # the quickest first, which is what profile smoke takes
    about_bodies = True
    seeds = 1
