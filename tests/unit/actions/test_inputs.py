"""From the inputs of an action to the arguments of its command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from actions.runner.inputs import ACTIONS, InputError, step

if TYPE_CHECKING:
    from pathlib import Path


def arguments(action: str, **inputs: str) -> tuple[str, ...]:
    return step(ACTIONS[action], {k.replace("_", "-"): v for k, v in inputs.items()}).arguments


def test_without_inputs_the_command_alone() -> None:
    assert arguments("run") == ("run",)
    assert arguments("baseline") == ("baseline", "save")


def test_an_input_is_the_option_of_its_name() -> None:
    assert arguments("run", config="a/mlgate.yaml", run_dir="", train="true") == (
        "run",
        "--config=a/mlgate.yaml",
    )
    assert arguments("run", train="false", commit="abc") == ("run", "--no-train", "--commit=abc")


def test_lists_are_one_a_line_so_that_names_may_hold_blanks() -> None:
    found = arguments("gate", policy="org policy.yaml\n\n  other.yaml\n")
    assert found == ("gate", "--policy=org policy.yaml", "--policy=other.yaml")


def test_no_value_can_become_an_option_of_its_own() -> None:
    assert arguments("check", checks="drift --baseline=x") == (
        "check",
        "--",
        "drift",
        "--baseline=x",
    )
    assert arguments("check", baseline="--list") == ("check", "--baseline=--list")


def test_switches_say_both_and_flags_one() -> None:
    assert arguments("baseline", push="true")[-1] == "--push"
    assert arguments("baseline", push="false")[-1] == "--no-push"
    assert arguments("baseline", if_on_branch="false") == ("baseline", "save")
    assert arguments("baseline", if_on_branch="true")[-1] == "--if-on-branch"


@pytest.mark.parametrize("value", ["yes", "True", "1", "on"])
@pytest.mark.parametrize("name", ["train", "publish", "save-baseline"])
def test_booleans_are_strict(name: str, value: str) -> None:
    with pytest.raises(InputError, match=f"{name} is '{value}'; it must be true or false"):
        step(ACTIONS["run"], {name: value})


def test_the_token_is_a_variable_and_no_argument() -> None:
    given = step(ACTIONS["run"], {"github-token": "secret", "publish": "false"})
    assert given.environ == {"GITHUB_TOKEN": "secret", "MLGATE_PUBLISH": "false"}
    assert "secret" not in " ".join(given.arguments)


def test_light_steps_install_little() -> None:
    assert step(ACTIONS["gate"], {}).level == "light"
    assert step(ACTIONS["setup"], {"packages": "light"}).level == "light"
    assert step(ACTIONS["setup"], {"packages": "all"}).level == "run"
    assert step(ACTIONS["setup"], {"packages": "full"}).level == "full"
    with pytest.raises(InputError, match="all or light or full"):
        step(ACTIONS["setup"], {"packages": "some"})


def test_patterns_of_paths_are_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("runs/b", "runs/a", "other"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert arguments("report", dirs="runs/* none/*") == (
        "report",
        "--",
        "runs/a",
        "runs/b",
        "none/*",
    )


def test_a_file_may_hold_blanks_and_look_like_an_option() -> None:
    assert arguments("comment", key="k", file="--my report.md")[-2:] == ("--", "--my report.md")
