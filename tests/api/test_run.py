"""`benchmark.run`: the options, defaults and errors of the command, and an outcome that holds the records."""

import inspect

import pytest

import benchmark
from benchmark.cli.run import command

QUICK = {"datasets": "dots", "ways": 5, "shots": 1, "seeds": 1, "profile": "smoke", "device": "cpu", "jobs": 1}


def test_options_are_those_of_the_command():
    """By name, with the same defaults."""
    ours = dict(inspect.signature(benchmark.run).parameters)
    theirs = {parameter.opts[0].lstrip("-").replace("-", "_"): parameter for parameter in command.params}
    assert ours.keys() - {"say"} == theirs.keys()
    for name, parameter in theirs.items():
        default = parameter.to_info_dict().get("default")
        said = ours[name].default
        if name == "jobs":
            assert (said, default) == (None, "auto") and 'else "auto"' in benchmark.run.__doc__
        elif name != "suite":
            assert (str(said) if name == "results" else said or None) == (
                str(default) if name == "results" else default or None
            )


def test_a_run_gives_its_records(dots, tmp_path):
    lines = []
    options = {**QUICK, "results": tmp_path / "results", "latency": False, "say": lines.append}
    outcome = benchmark.run("fewshot", methods=["prototypes", "ridge"], **options)
    assert (outcome.finished, outcome.failed, outcome.clocked, outcome.untouched) == (2, 0, 0, False)
    assert [line.startswith(f"[{n}/2] ") for n, line in enumerate(lines, 1)] == [True, True]
    assert sorted(outcome.records.method) == ["prototypes", "ridge"] and (outcome.records.status == "ok").all()
    assert [state for _, state in outcome.states] == ["done", "done"]
    again = benchmark.run("fewshot", methods="ridge", **options)
    assert again.untouched and again.finished == 0 and list(again.records.method) == ["ridge"]
    assert len(again.results.episodes) == again.records.episodes.sum()


def test_set_changes_hyperparameters(dots, tmp_path):
    options = {**QUICK, "methods": "ridge", "results": tmp_path / "results", "latency": False, "say": len}
    one = benchmark.run("fewshot", set={"ridge.penalty": 2.5}, **options)
    assert one.records["hyperparameters.penalty"].tolist() == [2.5]
    assert benchmark.run("fewshot", set=["ridge.penalty=2.5"], **options).untouched


def test_a_dry_run_trains_nothing(dots, tmp_path):
    folder = tmp_path / "results"
    outcome = benchmark.run("fewshot", methods="ridge", dry_run=True, results=folder, **QUICK)
    assert outcome.untouched and [state for _, state in outcome.states] == ["missing"]
    assert not folder.exists()
    with pytest.raises(benchmark.UserError, match="There are no results in"):
        _ = outcome.records


def test_notices_are_said(dots, tmp_path):
    lines = []
    options = {**QUICK, "datasets": None, "data": tmp_path, "results": tmp_path / "results"}
    benchmark.run("fewshot", methods="ridge", dry_run=True, say=lines.append, **options)
    assert "this is the quickstart" in lines[0]


@pytest.mark.parametrize(
    ("options", "arguments", "part"),
    [
        ({"methods": "rigde"}, ["--methods=rigde"], "Did you mean 'ridge'"),
        ({"methods": []}, ["--methods=,"], "is empty; give"),
        ({"datasets": ["dotts"]}, ["--datasets=dotts"], "Did you mean 'dots'"),
        ({"split": ""}, ["--split="], "is empty"),
        ({"ways": (1, 5)}, ["--ways=1,5"], "1 is too small; the least is 2"),
        ({"shots": 0}, ["--shots=0"], "0 is too small; the least is 1"),
        ({"seeds": 0}, ["--seeds=0"], "seeds"),
        ({"first_seed": -1}, ["--first-seed=-1"], "first"),
        ({"body_epochs": 0}, ["--body-epochs=0"], "epochs"),
        ({"threads": 0}, ["--threads=0"], "threads"),
        ({"jobs": 0}, ["--jobs=0"], "jobs"),
        ({"jobs": "many"}, ["--jobs=many"], "jobs"),
        ({"device": "tpu"}, ["--device=tpu"], "'tpu' is no device"),
        ({"profile": "papper"}, ["--profile=papper"], "Did you mean 'paper'"),
        ({"body": "resnet-12"}, ["--body=resnet-12"], "Did you mean 'resnet12'"),
        ({"set": {"ridge.penatly": 1}}, ["--set=ridge.penatly=1"], "Did you mean 'penalty'"),
        ({"set": ["ridge=1"]}, ["--set=ridge=1"], "'ridge=1' is not of the form METHOD.NAME=VALUE"),
        ({"track": "semantic"}, ["--track=semantic"], "has no tracks"),
        ({"data": ""}, ["--data="], "is empty"),
        ({"results": ""}, ["--results="], "is empty"),
    ],
)
def test_errors_are_those_of_the_command(ltdi_bench, dots, tmp_path, monkeypatch, options, arguments, part):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(benchmark.UserError) as raised:
        benchmark.run("fewshot", **{**QUICK, "methods": "ridge", **options})
    usual = ["--datasets=dots", "--ways=5", "--shots=1", "--seeds=1", "--profile=smoke", "--methods=ridge"]
    done = ltdi_bench("run", "fewshot", *usual, *arguments)
    assert done.code == 2 and part in done.err
    assert part in str(raised.value) and "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"seeds": 2.0}, "seeds=2.0 is not a whole number"),
        ({"seeds": True}, "seeds=True is not a whole number"),
        ({"ways": "five"}, "ways='five' is not a whole number"),
        ({"methods": 5}, "methods=5 are no names"),
        ({"profile": 5}, "profile=5 is no name"),
        ({"set": {"ridge.penalty": "much"}}, "ridge.penalty must be like 1.0 (float), not 'much'"),
    ],
)
def test_values_of_other_types_are_one_line(dots, tmp_path, monkeypatch, options, part):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(benchmark.UserError) as raised:
        benchmark.run("fewshot", **{**QUICK, "methods": "ridge", **options})
    assert part in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_jobs_come_from_the_environment(dots, tmp_path, monkeypatch):
    monkeypatch.setenv("LTDI_BENCH_JOBS", "none")
    with pytest.raises(benchmark.UserError, match="jobs='none'"):
        benchmark.run("fewshot", **{**QUICK, "methods": "ridge", "jobs": None, "results": tmp_path / "results"})
