"""Functions of a support set that methods share."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from methods.interface import Task


def one_hot(task: Task) -> Tensor:
    """Support labels (B, n, way) float32; rows of padding are zero."""
    labels = F.one_hot(task.support.y, task.way).float()
    return labels if task.support.mask is None else labels * task.support.mask.unsqueeze(-1)


def class_means(task: Task, features: Tensor) -> Tensor:
    """Mean support feature of each class: features (B, n, d) to (B, way, d); zero for an empty class."""
    labels = one_hot(task)
    return (labels.mT @ features) / labels.sum(1).clamp(min=1).unsqueeze(-1)


def cosine_logits(class_rows: Tensor, features: Tensor, temperature: float = 10.0) -> Tensor:
    """Logits (B, n, way): cosine of features (B, n, d) with class rows (B, way, d), times the temperature."""
    return temperature * F.normalize(features, dim=-1) @ F.normalize(class_rows, dim=-1).mT
