"""The notebook: a valid one without outputs, whose cells run in order."""

import ast
import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "quickstart.ipynb"


@pytest.fixture(scope="module")
def notebook():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def test_it_is_a_notebook_of_format_4(notebook):
    """What the format asks for (nbformat 4.5), and no outputs, which would go out of date."""
    assert notebook["nbformat"] == 4 and notebook["nbformat_minor"] >= 5
    assert notebook["metadata"]["kernelspec"]["language"] == "python"
    names = [cell["id"] for cell in notebook["cells"]]
    assert len(set(names)) == len(names)
    for cell in notebook["cells"]:
        usual = {"cell_type", "id", "metadata", "source"}
        assert cell.keys() == (usual | {"outputs", "execution_count"} if cell["cell_type"] == "code" else usual)
        assert cell["cell_type"] in ("code", "markdown") and all(isinstance(line, str) for line in cell["source"])
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None


def shown(source, names):
    """Runs a cell; gives the value of its last line, as a notebook shows it."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(NOTEBOOK), "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)


def test_its_cells_run_in_order(notebook, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    values = [shown(source, names) for source in sources]
    assert values[0] == (6, 0)  # three methods and two seeds finished
    records, differences, changed, summary, figure = values[1:6]
    assert len(records) == 6 and (records.accuracy_mean > 0.2).all() and (records.ms_per_sample > 0).all()
    assert differences.shape == (2, 3) and (differences["prototypes"] == 0).all()
    assert (changed["hyperparameters.penalty"] == 100).all() and len(changed) == 2
    assert {"lt-di", "prototypes", "ridge (penalty=100.0)"} <= set(summary.label)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert (tmp_path / "tradeoff.svg").is_file()
    assert "Did you mean 'lt-di'" in capsys.readouterr().out.splitlines()[-1]
