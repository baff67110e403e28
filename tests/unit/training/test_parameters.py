"""Parameters as they stood when the training started."""

from __future__ import annotations

from mlgate.training import parameters


def test_params_yaml_is_read_by_itself(tmp_path):
    (tmp_path / "params.yaml").write_text(
        "train:\n  lr: 0.1\n  layers: [8, 8]\n  name: a b\nseed: 1\nflag: true\nnothing: null\nday: 2026-01-02\n"
    )
    values, problems = parameters.read(None, tmp_path)
    assert values == {
        "train.lr": "0.1",
        "train.layers": "[8, 8]",
        "train.name": "a b",
        "seed": "1",
        "flag": "true",
        "nothing": "null",
        "day": '"2026-01-02"',
    }
    assert problems == []
    assert parameters.read(None, tmp_path / "elsewhere") == ({}, [])


def test_other_files_are_named_and_patterns_expanded(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "a.toml").write_text("[model]\ndepth = 3\n")
    (tmp_path / "conf" / "b.json").write_text('{"lr": 1e-3}')
    values, problems = parameters.read(["conf/*"], tmp_path)
    assert values == {"conf/a.toml:model.depth": "3", "conf/b.json:lr": "0.001"}
    assert problems == []


def test_what_is_missing_or_unreadable_is_said(tmp_path):
    (tmp_path / "broken.yaml").write_text("a: [")
    (tmp_path / "list.yaml").write_text("- 1")
    values, problems = parameters.read(["no.yaml", "broken.yaml", "list.yaml"], tmp_path)
    assert values == {}
    assert [problem.split()[0] for problem in problems] == ["no.yaml", "broken.yaml", "list.yaml"]


def test_a_link_that_leaves_the_repository_is_not_quoted(tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text("password: hunter2hunter2\n")
    root = tmp_path / "repository"
    root.mkdir()
    (root / ".git").mkdir()
    (root / "params.yaml").symlink_to(outside)
    values, problems = parameters.read(None, root)
    assert values == {}
    assert "hunter2" not in "".join(problems)


def test_there_are_limits(tmp_path):
    lines = [f"p{number}: {'x' * 300}" for number in range(parameters.MOST + 1)]
    (tmp_path / "params.yaml").write_text("\n".join(lines))
    values, problems = parameters.read(None, tmp_path)
    assert len(values) == parameters.MOST
    assert {value[:7] for value in values.values()} == {"sha256:"}, "never a part of a text"
    assert "1,001 parameters" in problems[0]
