"""LaTeX goes into a paper unchanged."""

import re
import shutil
import subprocess

import pytest

from benchmark.report.results import read_results
from benchmark.report.tables import as_latex

DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs,graphicx}
\begin{document}
\input{tables}
\end{document}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex on this machine")
def test_it_compiles(results, tmp_path):
    hostile = "\\input{x} 100% of_it & <b>$y$</b> #1 ~ ^ [a]* éŠßłğ σ ≤ 5 ° ð"
    for seed in range(2):
        for way in (5, 10, 15, 20, 25):
            results.add_latency(results.add(0.9 + seed / 100, seed=seed, way=way, method="prototypes"), 1, 1)
            results.add(0.8 + seed / 99, seed=seed, way=way, transductive=True, hyperparameters={"a": hostile})
            results.add(0.8 + seed / 98, seed=seed, way=way, hyperparameters={"a": "b"})
    results.add(method="reptile", reason=hostile, hardware={"device": "cpu", "name": hostile})
    (tmp_path / "tables.tex").write_text(as_latex(read_results(results.store)), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(DOCUMENT)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout
    assert "Float too large" not in done.stdout
    assert not re.search(r"Overfull \\hbox \(\d{2,}", done.stdout)  # ten points or more
    assert (tmp_path / "paper.pdf").stat().st_size > 10_000
