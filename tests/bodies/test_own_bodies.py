"""Bodies that no file here names: models of timm, and networks of the user's own."""

import subprocess
import sys

import pytest

from benchmark.bodies import architectures, from_timm
from benchmark.bodies.recipe import Recipe
from benchmark.cells.profiles import PROFILES
from methods.errors import UserError

OWN = '''"""A network that anyone could write."""

from benchmark.bodies.architecture import Architecture, Network


class Means(Architecture):
    summary = "means of each channel in {cells} x {cells} cells; {features} features of grey images"
    settings = {{"learning_rate": 1e-3}}

    def features(self, recipe, image_shape):
        return {cells} ** 2 * image_shape[2]

    def network(self, recipe, image_shape):
        from torch import nn

        height, width, channels = image_shape
        layers = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.AdaptiveAvgPool2d({cells}), nn.Flatten())
        return Network(layers, (height, width), self.features(recipe, image_shape))
'''


def own(path, cells=4):
    path.write_text(OWN.format(cells=cells, features=cells**2))
    return str(path)


def recipe(name):
    return PROFILES["cpu"].recipe("characters", name)


def test_a_file_is_a_body_that_goes_by_its_name(tmp_path):
    name = own(tmp_path / "channel_means.py")
    key = recipe(name).key()
    assert (key["architecture"], key["learning_rate"], key["epochs"]) == ("channel-means", 1e-3, 3)
    network = architectures.build(recipe(name), (16, 16, 1))
    assert network.feature_size == architectures.features(recipe(name), (16, 16, 1)) == 16


def test_a_file_that_changes_is_another_body(tmp_path):
    name = own(tmp_path / "means.py")
    before = recipe(name)
    own(tmp_path / "means.py", cells=2)
    after = recipe(name)
    assert before.key()["source"] != after.key()["source"]
    assert architectures.features(after, (16, 16, 1)) == 4
    with pytest.raises(UserError, match="was changed since this run began; run the command again"):
        architectures.build(before, (16, 16, 1))


def test_keys_of_bodies_that_go_by_a_name_say_nothing_of_files():
    assert "source" not in recipe("conv4").key()
    assert "source" not in recipe("resnet12").key()


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("conv4.py", OWN.format(cells=1, features=1), "would be recorded as 'conv4', as another body is; rename"),
        ("empty.py", "", "must define exactly one class that derives from Architecture, but has 0"),
        ("broken.py", "1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        (
            "half.py",
            "from benchmark.bodies.architecture import Architecture\nclass Half(Architecture):\n    summary = ''\n",
            "Half in .* has no features and network, which a body must define",
        ),
        ("missing.py", None, "There is no body file"),
    ],
)
def test_wrong_file_is_one_line(tmp_path, file, text, said):
    if text is not None:
        (tmp_path / file).write_text(text)
    with pytest.raises(UserError, match=said) as raised:
        architectures.get(str(tmp_path / file))
    assert "\n" not in str(raised.value)


def test_a_new_file_in_the_room_is_a_body(tmp_path, monkeypatch, ltdi_bench):
    """Nothing else has to be changed."""
    own(tmp_path / "channel_means.py")
    monkeypatch.setattr(architectures, "__path__", [*architectures.__path__, str(tmp_path)])
    assert "channel-means" in architectures.names()
    assert "means of each channel in 4 x 4 cells" in " ".join(ltdi_bench("list", "bodies").out.split())
    assert recipe("channel-means").key()["architecture"] == "channel-means"
    checked = ltdi_bench("check", "channel-means")
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.endswith("The body channel-means keeps the contract.\n")


def test_an_entry_point_is_a_body(tmp_path, monkeypatch):
    own(tmp_path / "means_of_others.py")
    about = tmp_path / "others-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[ltdi_bench.bodies]\ntheir-means = means_of_others:Means\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "their-means" in architectures.names()
    assert architectures.build(recipe("their-means"), (16, 16, 1)).feature_size == 16


def test_any_model_of_timm():
    plain, weights = (recipe(name) for name in ("timm:resnet10t", "timm:resnet10t.c3_in1k"))
    assert (plain.key()["architecture"], plain.epochs, plain.learning_rate) == ("timm:resnet10t", 3, 2e-3)
    assert (weights.epochs, weights.pretrained) == (0, "c3_in1k of timm")
    network = architectures.build(plain, (32, 32, 1))
    assert (network.image_size, network.feature_size) == ((32, 32), 512)
    assert architectures.features(plain, (32, 32, 1)) == 512


def test_a_model_that_takes_images_of_one_size_gets_those():
    vit = recipe("timm:vit_tiny_patch16_224")
    assert vit.learning_rate == 5e-4
    assert architectures.build(vit, (32, 32, 3)).image_size == (224, 224)


def test_a_model_that_cannot_see_such_images_is_one_line():
    with pytest.raises(
        UserError, match=r"timm's convnext_atto cannot see images of 28x28x1 .*another --body"
    ) as raised:
        architectures.build(recipe("timm:convnext_atto"), (28, 28, 1))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("timm:resnt18", "Did you mean 'resnet18' or "),
        ("timm:resnet18.a9", "Did you mean 'resnet18.a1_in1k' or "),
        ("timm:", r"Unknown timm model ''\. timm\.list_models"),
    ],
)
def test_unknown_model_of_timm_is_answered_with_near_ones(name, meant):
    with pytest.raises(UserError, match=meant):
        architectures.get(name)


def test_what_planning_asks_of_a_model_of_timm_is_kept(tmp_path):
    """Importing timm takes seconds, and a plan is made by every command."""
    assert from_timm.TimmModel("resnet10t").size == 512
    code = (
        "import sys\nfrom benchmark.bodies import architectures\nfrom benchmark.bodies.recipe import Recipe\n"
        "recipe = Recipe(1, **architectures.changes('timm:resnet10t'))\n"
        "print(architectures.features(recipe, (28, 28, 1)), {'torch', 'timm'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "512 set()\n", done.stderr


def test_recipe_of_a_body_is_the_profile_s_with_what_the_body_changes():
    assert recipe("resnet12") == Recipe(3, architecture="resnet12", learning_rate=2e-3)
