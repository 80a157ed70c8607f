"""Stage 1 of Meta-Baseline: a whole-class classifier's body, without its head. Isolates what its episodes add.

Logits are the cosine to the support mean, on features trained from pixels (Chen et al., ICCV 2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from torch import Tensor

from methods.interface import Context, Examples, Method, Needs, Problem, Progress, Task
from methods.networks.conv4 import check_size
from methods.profiles import InputSizes
from methods.support import class_means, cosine_logits
from methods.whole_class import PROFILES, ClassifierSettings, Encoder, fewer_steps, train_classifier


class ClassifierBaseline(Method):
    """Compares images with support means, in the features of a classifier of all classes. Its inputs are images.

    Source: Classifier-Baseline of Chen et al., ICCV 2021, arXiv 2003.04390.
    """

    Hyperparameters = ClassifierSettings
    PROFILES: ClassVar[Mapping[str, Mapping[str, Any]]] = PROFILES
    needs = Needs(inputs="pixels")

    @classmethod
    def scaled(cls, settings: Any, profile: str, inputs: InputSizes) -> Any:
        return fewer_steps(settings, profile, inputs)

    def build(self, problem: Problem) -> None:
        check_size(problem.input_shape)
        self.encoder = Encoder(problem.input_shape[0], self.hyperparameters.width)

    def fit(self, context: Context) -> Iterator[Progress]:
        yield from train_classifier(context, self.hyperparameters, self.encoder)

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)

    def adapt(self, task: Task) -> Tensor:
        return class_means(task, task.support.x)

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return cosine_logits(state, query.x)
