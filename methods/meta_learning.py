"""Two ways to train one network on many tasks: jointly, and with REPTILE's outer loop (Nichol et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

Loss = Callable[[Callable[..., Tensor], tuple[Tensor, ...]], Tensor]


class Joint:
    """One optimiser step on the mean loss over a batch of tasks."""

    def __init__(self, network: nn.Module, loss: Loss, optimiser: torch.optim.Optimizer, clip: float) -> None:
        self.network, self.loss, self.optimiser, self.clip = network, loss, optimiser, clip

    def step(self, batch: tuple[Tensor, ...]) -> float:
        """`batch` holds tensors (B, ...), one row per task; gives the loss."""
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(self.network, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimiser.step()
        return loss.item()


class Reptile:
    """For each task a copy of the network takes K steps of its own; the network moves towards the copies' mean.

    All copies advance together (vmap). The mean displacement is handed to the outer optimiser as a gradient, in
    units of the inner learning rate: phi <- phi + zeta * mean(phi_i - phi) itself needs zeta near 1 to move at all.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        optimiser: torch.optim.Optimizer,
        clip: float,
        *,
        inner_steps: int,
        inner_learning_rate: float,
    ) -> None:
        self.network, self.optimiser, self.clip = network, optimiser, clip
        self.inner_steps, self.inner_learning_rate = inner_steps, inner_learning_rate

        def task_loss(parameters: dict[str, Tensor], batch: tuple[Tensor, ...]) -> Tensor:
            return loss(lambda *inputs: functional_call(network, parameters, inputs), batch)

        self._gradients = vmap(grad_and_value(task_loss), randomness="error")
        self._first_gradients = vmap(grad_and_value(task_loss), in_dims=(None, 0), randomness="error")

    def step(self, batch: tuple[Tensor, ...]) -> float:
        """`batch` holds tensors (M tasks, inner steps * D, ...): D examples an inner step; gives the mean loss."""
        parameters = {name: value.detach() for name, value in self.network.named_parameters()}
        copies = parameters
        losses = []
        for i, examples in enumerate(zip(*(part.chunk(self.inner_steps, dim=1) for part in batch), strict=True)):
            # The first step starts from the same weights for all tasks: there is nothing to copy yet.
            gradients, loss = (self._gradients if i else self._first_gradients)(copies, examples)
            losses.append(loss.mean())
            copies = {name: value - self.inner_learning_rate * gradients[name] for name, value in copies.items()}
        for name, parameter in self.network.named_parameters():
            parameter.grad = (parameters[name] - copies[name].mean(0)) / self.inner_learning_rate
        nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimiser.step()
        return torch.stack(losses).mean().item()
