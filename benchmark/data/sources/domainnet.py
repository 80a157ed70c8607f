"""DomainNet (Peng et al. 2019): 345 classes in 6 domains, 586,575 images, here 84x84."""

from __future__ import annotations

from pathlib import Path

from benchmark.data.domains import DomainTree
from benchmark.data.layouts import Layout
from benchmark.data.signatures import folders_signature

DOMAINS = ("clipart", "infograph", "painting", "quickdraw", "real", "sketch")


class DomainNet(DomainTree):
    """Read from domainnet/DOMAIN/CLASS/*.jpg, or domain_net/, as DomainBed calls it."""

    summary = "345 classes in 6 domains, 586,575 images (the cleaned version), 84x84 (Peng et al. 2019)"
    domains = DOMAINS
    class_count = 345
    fewest = 20  # for 5 support and 15 query images
    full_size = 586_575
    splits = ("sketch", "clipart", "infograph", "painting", "quickdraw", "real")
    layouts = (Layout("domainnet", folders=DOMAINS), Layout("domain_net", folders=DOMAINS))
    source = "unpack its six archives into domainnet/ in the data folder; from https://ai.bu.edu/M3SDA"

    def signature(self, root: Path) -> str:
        return folders_signature(root / self.layout(root).folder)
