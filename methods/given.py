"""Tasks that a caller gives as plain arrays or tensors, checked and put into the form that methods take.

A caller gives one task, or B tasks with a leading dimension B. UserErrors say what does not fit.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from methods.errors import UserError
from methods.tasks import Examples, Task

INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def numbers(values: Any, name: str) -> Tensor:
    """The caller's `name` as float32; all of it must be finite."""
    try:
        tensor = torch.as_tensor(values, dtype=torch.float32)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{name} must be an array or a tensor of numbers, not {type(values).__name__}.") from error
    if not torch.isfinite(tensor).all():
        raise UserError(f"{name} holds NaN or infinite numbers; leave those examples out.")
    return tensor


def integers(values: Any, name: str) -> Tensor:
    """The caller's `name` as int64."""
    try:
        tensor = torch.as_tensor(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{name} must be an array or a tensor of integers, not {type(values).__name__}.") from error
    if tensor.dtype not in INTEGERS:
        raise UserError(f"{name} must hold integers, not {str(tensor.dtype).removeprefix('torch.')}.")
    return tensor.long()


def task_of_support(x: Any, y: Any, seed: int) -> tuple[Task, bool]:
    """B tasks from support x (B, n, *input_shape) and class slots y (B, n); and whether B was left out.

    All of them start from the noise of one seed, so that none depends on its place among the others.
    """
    x, y = numbers(x, "support_x"), integers(y, "support_y")
    if y.dim() not in (1, 2) or x.dim() <= y.dim() or x.shape[: y.dim()] != y.shape or not y.numel():
        raise UserError(
            f"support_x {tuple(x.shape)} and support_y {tuple(y.shape)} do not fit together; give (n, features) and "
            "(n,) for one task, or both with a leading dimension for several."
        )
    alone = y.dim() == 1
    x, y = (x[None], y[None]) if alone else (x, y)
    way = int(y.max()) + 1
    if y.min() < 0 or any(len(row.unique()) != way for row in y):
        raise UserError(
            "support_y must number the classes of each task 0, 1, 2 and so on; "
            "torch.unique(labels, return_inverse=True)[1] does so for the labels of one task."
        )
    return _task(len(x), way, x.device, seed, support=Examples(x, y)), alone


def task_of_vectors(values: Any, seed: int) -> tuple[Task, bool]:
    """B tasks from class vectors (B, way, s); and whether B was left out."""
    vectors = numbers(values, "class_vectors")
    if vectors.dim() not in (2, 3) or not vectors.numel():
        raise UserError(
            f"class_vectors must be (way, s) for one task or (B, way, s) for several, not {tuple(vectors.shape)}."
        )
    alone = vectors.dim() == 2
    vectors = vectors[None] if alone else vectors
    return _task(len(vectors), vectors.shape[1], vectors.device, seed, semantics=vectors), alone


def queries(x: Any, tasks: int, *, alone: bool) -> Examples:
    """Queries of B tasks from x (B, m, *input_shape); a task that came without B has queries without it."""
    x = numbers(x, "query_x")
    if x.dim() < (2 if alone else 3) or not (alone or len(x) == tasks):
        expected = "(m, features) for one task" if alone else f"({tasks}, m, features) for {tasks} tasks"
        raise UserError(f"query_x must be {expected}, not {tuple(x.shape)}.")
    return Examples(x[None] if alone else x)


def _task(tasks: int, way: int, device: torch.device, seed: int, **known: Any) -> Task:
    known = {"support": None, **known}
    return Task(
        class_mask=torch.ones(tasks, way, dtype=torch.bool, device=device),
        seeds=torch.full((tasks,), seed, dtype=torch.int64, device=device),
        **known,
    )
