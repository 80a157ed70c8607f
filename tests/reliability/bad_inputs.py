"""Bad inputs over all commands, run in a folder as `world` makes it: what is typed, and what the error says.

An input ends with exit code 2 and one line of error, unless the list says another code.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field


@dataclass(frozen=True)
class BadInput:
    """A command line, in the words of a shell, and what must come of it."""

    typed: str
    code: int = 2
    says: str = ""  # part of the error
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        return shlex.split(self.typed)


def bad(typed: str, says: str = "", code: int = 2, **environment: str) -> BadInput:
    return BadInput(typed, code, says, environment)


RUN = "run fewshot --datasets=dots --methods=ridge --ways=5 --shots=1 --seeds=1 --profile=smoke --results=new"
DRY = f"{RUN} --dry-run"

COMMANDS = [
    bad("rnu", "Did you mean 'run'?"),
    bad("''"),
    bad("'run '"),
    bad("Run"),
    bad("run.py"),
    bad("../run"),
    bad("__init__"),
    bad("_options"),
    bad("--verbose", "No such option"),
    bad("--version=3"),
    bad("-x"),
    bad("data remove omniglot"),
    bad("data ''"),
    bad("cache lst"),
    bad("plot rank"),
    bad("plot tradeof"),
]

LISTS = [
    bad("list"),
    bad("list all"),
    bad("list method"),
    bad("list suites methods"),
    bad("list suites --results=results"),
    bad("list Methods"),
    bad("cache list everything"),
    bad("cache clear"),
    bad("cache clear banks ../results"),
    bad("cache clear /"),
    bad("cache clear ''"),
    bad("cache clear bnaks"),
]

RUNS = [
    bad("run", "Name a suite to run, or else a record with --record"),
    bad("run fewshot --record=abcd1234"),
    bad("run --record=abcd1234 --results=results", "has no record whose hash begins with 'abcd1234'"),
    bad("run --record=abcd1234 --seeds=2", "leave --seeds out"),
    bad("run --record=none.json", "There is no record 'none.json'"),
    bad("run --record=file", "names no record"),
    bad("run ''"),
    bad("run fewshto", "Did you mean 'fewshot'?"),
    bad("run fewshot.py"),
    bad("run fewshot zeroshot"),
    bad(f"{RUN} --methods=", "the list is empty"),
    bad(f"{RUN} --methods=,", "the list is empty"),
    bad(f"{RUN} --methods=Ridge", "Did you mean 'ridge'?"),
    bad(f"{RUN} --methods='ridge prototypes'"),
    bad(f"{RUN} --methods=ridge;prototypes"),
    bad(f"{RUN} --methods=results"),
    bad(f"{RUN} --methods=missing.py"),
    bad(f"{RUN} --methods=./results.py"),
    bad(f"{RUN} --datasets="),
    bad(f"{RUN} --datasets=dost", "Did you mean 'dots'?"),
    bad(f"{RUN} --datasets=../dots"),
    bad(f"{RUN} --datasets=omniglot", "is incomplete"),
    bad(f"{RUN} --datasets=pacs"),
    bad(f"{RUN} --datasets=imagenet"),
    bad(f"{RUN} --datasets=mini-imagenet"),
    bad(f"{RUN} --datasets=stl10", "is not in"),
    bad(f"{RUN} --split=defualt", "Did you mean 'default'?"),
    bad(f"{RUN} --split="),
    bad(f"{RUN} --ways=0"),
    bad(f"{RUN} --ways=1"),
    bad(f"{RUN} --ways=-5"),
    bad(f"{RUN} --ways=5.0"),
    bad(f"{RUN} --ways=five"),
    bad(f"{RUN} --ways=5;20"),
    bad(f"{RUN} --ways=11", "choose smaller --ways"),
    bad(f"{RUN} --ways=99999999999999999999"),
    bad(f"{RUN} --shots=0"),
    bad(f"{RUN} --shots=-1"),
    bad(f"{RUN} --shots=1e3"),
    bad(f"{RUN} --shots=6", "choose smaller --shots"),
    bad(f"{RUN} --shots=99999999999999999999"),
    bad(f"{RUN} --seeds=0"),
    bad(f"{RUN} --seeds=-1"),
    bad(f"{RUN} --seeds=1,2"),
    bad(f"{RUN} --seeds=many"),
    bad(f"{RUN} --seeds="),
    bad(f"{RUN} --first-seed=-1"),
    bad(f"{RUN} --first-seed=x"),
    bad(f"{RUN} --profile=papper", "Did you mean 'paper'?"),
    bad(f"{RUN} --profile="),
    bad(f"{RUN} --body=conv5"),
    bad(f"{RUN} --body="),
    bad(f"{RUN} --body-epochs=0"),
    bad(f"{RUN} --body-epochs=half"),
    bad(f"{RUN} --source=glyphs", "leave out --source"),
    bad(f"{RUN} --source="),
    bad(f"{RUN} --target=symbols", "leave out --target"),
    bad(f"{RUN} --track=semantic", "leave out --track"),
    bad(f"{RUN} --semantics=vectors.csv", "leave out --semantics"),
    bad(f"{RUN} --semantics="),
    bad(f"{RUN} --set=ridge"),
    bad(f"{RUN} --set=ridge.penalty"),
    bad(f"{RUN} --set=ridge.penalty="),
    bad(f"{RUN} --set=ridge.penalty=much"),
    bad(f"{RUN} --set=ridge.penatly=1", "Did you mean 'penalty'?"),
    bad(f"{RUN} --set=rigde.penalty=1", "Did you mean 'ridge'?"),
    bad(f"{RUN} --set==1"),
    bad(f"{RUN} --set=.=1"),
    bad(f"{RUN} --set=prototypes.steps=1"),
    bad(f"{RUN} --methods=lt-di --set=lt-di.outer_loop=maml", "is none of joint, reptile"),
    bad(f"{RUN} --methods=lt-di --set=lt-di.steps=1.5"),
    bad(f"{RUN} --results="),
    bad(f"{RUN} --results=file"),
    bad(f"{RUN} --results=file/below", "cannot be written"),
    bad(f"{RUN} --results=~nobody-of-that-name/x"),
    bad(f"{RUN} --data="),
    bad(f"{RUN} --data=missing", "does not exist"),
    bad(f"{RUN} --data=file", "does not exist"),
    bad(f"{RUN} --device=tpu"),
    bad(f"{RUN} --device="),
    bad(f"{RUN} --sedes=3"),
    bad(f"{RUN} --latency=yes"),
    bad(f"{RUN} --dry-run=no"),
    bad("run zeroshot --datasets=dots --results=new --methods=semantic-ridge"),
    bad("run zeroshot --track=semnatic --results=new"),
    bad("run domain --datasets=dots --results=new"),
    bad("run fewshot --methods=semantic-ridge --datasets=dots --results=new"),
    bad(DRY, LTDI_BENCH_DATA="missing"),
    bad(DRY, LTDI_BENCH_DATA="file"),
    bad(DRY, LTDI_BENCH_DATA="~nobody-of-that-name"),
    bad(DRY, LTDI_BENCH_CACHE="file"),
    bad(DRY, LTDI_BENCH_CACHE="file/below"),
    bad(DRY, LTDI_BENCH_CACHE="~nobody-of-that-name"),
    bad("data list", LTDI_BENCH_DATA="missing"),
    bad("cache list", LTDI_BENCH_CACHE="~nobody-of-that-name"),
]

METHOD_FILES = [
    *(
        bad(f"check theirs/{name}.py", says)
        for name, says in (
            ("exits", "it tried to end the program"),
            ("parses", "it tried to end the program"),
            ("raises", "BaseException"),
            ("fails", "first second"),
            ("imports", "no_such_package"),
            ("mistyped", "SyntaxError"),
            ("bytes", "cannot be imported"),
            ("empty", "defines no method, data set or body"),
            ("half", "has no predict"),
            ("two", "has 2"),
            ("nonsense", "cannot be imported"),
            ("folder", "There is no method, data set or body file"),
            ("missing", "There is no method, data set or body file"),
        )
    ),
    *(
        bad(f"{DRY} --methods=ridge,theirs/{name}.py")
        for name in (
            "exits",
            "parses",
            "raises",
            "fails",
            "imports",
            "mistyped",
            "bytes",
            "empty",
            "half",
            "two",
            "nonsense",
            "ridge",
        )
    ),
    bad("check"),
    bad("check ''"),
    bad("check metadif", "Did you mean 'metadiff'?"),
    bad("check ridge prototypes"),
    bad("check ridge --results=results"),
    bad("check file"),
    bad("check ~nobody-of-that-name/x.py"),
    bad("check theirs/interrupted.py", "interrupted", 130),
]

REPORTS = [
    bad("report --results=new", "ltdi-bench run"),
    bad("report --results="),
    bad("report --results=file"),
    bad("report --results=results --format=tabel"),
    bad("report --results=results --format="),
    bad("report --results=results --reference="),
    bad("report --results=results --reference=rigde"),
    bad("report --results=results --suites=fewshto"),
    bad("report --results=results --datasets=none"),
    bad("report --results=results --methods=none"),
    bad("report --results=results --profiles=none"),
    bad("report --results=results --ways=7"),
    bad("report --results=results --ways=x"),
    bad("report --results=results --ways=1"),
    bad("report --results=results --shots=-1"),
    bad("report --results=results --html="),
    bad("report --results=results --html=results"),
    bad("report --results=results --html=file/page.html"),
    bad("report --results=results --html=page.html --format=csv"),
    bad("report --results=results --check", "--update"),
    bad("report --results=results --update=missing.md"),
    bad("report --results=results --update=results"),
    bad("report --results=results --update=broken.md"),
    bad("report --results=results --update=binary.md"),
    bad("report --results=results --update="),
    bad("report --results=results --against=new"),
    bad("report --results=results --against=file"),
    bad("report --results=results --against="),
    bad("report --results=results --against=results --html=page.html"),
    bad("report --results=results --against=results --format=json"),
    bad("report --results=results --serve --port=99999"),
    bad("report --results=results --serve --port=http"),
    bad("report --results=results --serve --format=csv"),
    bad("report results"),
]

PLOTS = [
    bad("plot ranks --results=new"),
    bad("plot ranks --results=file"),
    bad("plot ranks --results=results --out="),
    bad("plot ranks --results=results --out=ranks"),
    bad("plot ranks --results=results --out=ranks.gif"),
    bad("plot ranks --results=results --out=results"),
    bad("plot ranks --results=results --out=file/ranks.svg"),
    bad("plot ranks --results=results --out=ranks.svg --methods=none"),
    bad("plot tradeoff --results=results --x=size"),
    bad("plot tradeoff --results=results --y=none"),
    bad("plot tradeoff --results=results --y="),
    bad("plot curves --results=results --x=epochs"),
    bad("plot curves --results=results --y=none"),
    bad("plot curves --results=results"),
    bad("plot sensitivity --results=results"),
    bad("plot sensitivity --results=results --method=none"),
    bad("plot sensitivity --results=results --x=none"),
    bad("plot trajectories --results=results"),
    bad("plot trajectories --results=results --seed=-1"),
    bad("plot trajectories --results=results --seed=99"),
    bad("plot trajectories --results=results --chains=0"),
    bad("plot trajectories --results=results --methods=none"),
]

DATA = [
    bad("data verify"),
    bad("data verify ''"),
    bad("data verify omniglto", "Did you mean 'omniglot'?"),
    bad("data verify omniglot", "is incomplete"),
    bad("data verify pacs", "2 things are wrong"),
    bad("data verify imagenet", "none of ImageNet's 1,000 classes"),
    bad("data verify mini-imagenet", "val.csv"),
    bad("data verify tiered-imagenet", "is not in"),
    bad("data verify cifar100", "is not the published file"),
    bad("data verify stl10"),
    bad("data verify dots --data=missing"),
    bad("data verify dots --data=file"),
    bad("data verify dots --data=results", "is not in"),
    bad("data verify dots pacs"),
    bad("data download"),
    bad("data download ''"),
    bad("data download omniglott", "Did you mean 'omniglot'?"),
    bad("data download pets aircraft"),
    bad("data download domainnet"),
    bad("data download omniglot --data=missing"),
    bad("data list omniglot --data=file/data"),
    bad("data list --data="),
]

MERGES = [
    bad("merge"),
    bad("merge ''"),
    bad("merge missing --results=results"),
    bad("merge file --results=results"),
    bad("merge results --results=results"),
    bad("merge ./results/../results --results=results"),
    bad("merge other --results=results", "", 1),
    bad("merge damaged/truncated --results=results"),
    bad("merge damaged/edited --results=results"),
    bad("merge results --results=file"),
    bad("merge results --results=file/below"),
    bad("merge --results="),
]

DAMAGES = ("truncated", "empty", "list", "foreign", "newer", "edited", "binary", "deep", "fields", "renamed", "folder")
DAMAGED = [
    *(bad(f"report --results=damaged/{name}", "damaged") for name in DAMAGES),
    *(bad(f"plot ranks --results=damaged/{name} --out=ranks.svg", "damaged") for name in DAMAGES),
    *(
        bad(f"{DRY} --results=damaged/{name}")
        for name in ("truncated", "empty", "list", "foreign", "newer", "edited", "folder")
    ),
]

EXPORTS = [
    bad("export"),
    bad("export tables --results=results"),
    bad("export records --results=new"),
    bad("export records --results=file"),
    bad("export records --results=results --out="),
    bad("export records --results=results --out=records.xlsx"),
    bad("export records --results=results --out=file/records.csv"),
    bad("export episodes --results=results --methods=none"),
]

EVERY = [*COMMANDS, *LISTS, *RUNS, *METHOD_FILES, *REPORTS, *PLOTS, *EXPORTS, *DATA, *MERGES, *DAMAGED]
PROCESSES = [*COMMANDS[:4], *LISTS[8:12], *RUNS[:4], *REPORTS[:4], *MERGES[:4], *DATA[:3]]
