"""PACS (Li et al. 2017): 7 classes in 4 domains, 9,991 images, here 84x84."""

from __future__ import annotations

from benchmark.data.domains import DomainTree
from benchmark.data.layouts import Layout

DOMAINS = ("art_painting", "cartoon", "photo", "sketch")


class Pacs(DomainTree):
    """Read from pacs/DOMAIN/CLASS/*.png, or PACS/, as DomainBed calls it."""

    summary = "7 classes in 4 domains (art painting, cartoon, photo, sketch), 9,991 images, 84x84 (Li et al. 2017)"
    domains = DOMAINS
    class_count = 7
    full_size = 9_991
    splits = ("sketch", "photo", "cartoon", "art_painting")
    layouts = (Layout("pacs", folders=DOMAINS), Layout("PACS", folders=DOMAINS))
    source = "put its domains into pacs/ in the data folder; from https://github.com/facebookresearch/DomainBed"
