"""Text in records stays text in every format."""

import io
import re

from rich.console import Console

from benchmark.report.escaping import latex, markdown, plain
from tests.report.shown import shown

HOSTILE = r"\input{x} [red]a|b[/red] 100% of_it & <b>$y$</b> #1 ~ ^" + "\n\x1b[31m*c*"


def test_plain_is_one_line_without_control_characters():
    assert plain("a\n b\t\x1b[31mc\u202ed\x00") == "a b [31mcd"


def test_markdown_escapes():
    assert markdown("a|b *c* _d_ <e> [f](g) `h` \\") == r"a\|b \*c\* \_d\_ \<e\> \[f\](g) \`h\` \\"


def test_latex_escapes():
    assert latex(r"\a{b} 1% $x$ a_b #1 & ~^ <|>") == (
        r"\textbackslash{}a\{b\} 1\% \$x\$ a\_b \#1 \& \textasciitilde{}\textasciicircum{} "
        r"\textless{}\textbar{}\textgreater{}"
    )
    assert latex("[a]*") == "{[}a{]}{*}"
    assert latex("1 ± 2 – 3") == r"1 $\pm$ 2 -- 3"
    assert latex("é Š ß σ ≤ ð") == "é Š ß U+03C3 U+2264 U+00F0"


def test_text_of_records_is_no_markup(results):
    hostile_cpu = {"device": "cpu", "name": HOSTILE, "cores": 2}
    results.add(0.9, method="a", hyperparameters={"x": HOSTILE}, hardware=hostile_cpu)
    results.add(0.9, method="a", hyperparameters={"x": "y"})
    results.add(method="[b]*", reason=HOSTILE, split="[bold]|&")

    wide = Console(file=io.StringIO(), width=300, force_terminal=True, color_system=None)
    terminal = shown("table", results.store, console=wide)
    assert "\x1b[31m" not in terminal
    assert plain(HOSTILE) in terminal and "[bold]|&" in terminal

    rows = [line for line in shown("markdown", results.store).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows} == {7, 5, 3}
    assert "<b>" not in shown("markdown", results.store).replace(r"\<b\>", "")

    source = shown("latex", results.store)
    assert r"\input" not in source and not re.search(r"\\\\\s*[\[*]", source)
    assert r"100\% of\_it \& \textless{}b" in source
    for columns, body in re.findall(r"begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", source, flags=re.DOTALL):
        rows = [row for row in re.findall(r"^.*\\\\$", body, flags=re.MULTILINE) if "multicolumn" not in row]
        assert rows and all(len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1 for row in rows)
