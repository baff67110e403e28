"""The environment of the actions: installed once, by hash, whatever the user has set."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from actions.runner.environment import (
    options_for_uv,
    parse_settings,
    settings_for_pip,
    settings_for_uv,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.actions.conftest import Machine


def installed(folder: Path) -> set[str]:
    (packages,) = folder.glob("lib/python3*/site-packages")
    return {path.stem for path in packages.glob("*.py")}


def test_light_first_then_everything_in_the_same_folder(machine: Machine) -> None:
    folder = machine.folder("light")
    assert installed(folder) == {"alpha"}
    assert machine.folder("run") == folder
    assert installed(folder) == {"alpha", "beta"}
    # Nothing is left to do: it must not even look for the wheels.
    again = machine.ensure("light", MLGATE_WHEELHOUSE="/nowhere")
    assert again.stdout.strip() == str(folder)


def test_two_that_hold_more_add_up(machine: Machine) -> None:
    assert installed(machine.folder("attest")) == {"alpha", "gamma"}
    folder = machine.folder("run")
    assert installed(folder) == {"alpha", "beta", "gamma"}
    for level in ("light", "run", "attest"):
        again = machine.ensure(level, MLGATE_WHEELHOUSE="/nowhere")
        assert again.stdout.strip() == str(folder)


def test_full_is_enough_for_all_that_need_less(machine: Machine) -> None:
    folder = machine.folder("full")
    assert installed(folder) == {"alpha", "beta", "delta"}
    for level in ("light", "run"):
        again = machine.ensure(level, MLGATE_WHEELHOUSE="/nowhere")
        assert again.stdout.strip() == str(folder)


def test_an_interrupted_installation_is_made_anew(machine: Machine) -> None:
    folder = machine.folder("light")
    (folder / "light.done").unlink()
    (folder / "half").touch()
    assert machine.folder("light") == folder
    assert not (folder / "half").exists()


def test_an_upgrade_that_fails_leaves_no_environment_that_looks_whole(machine: Machine) -> None:
    folder = machine.folder("light")
    beta = machine.wheels / "beta-1.0-py3-none-any.whl"
    data = beta.read_bytes()
    beta.unlink()
    failed = machine.ensure("run")
    assert failed.returncode != 0
    assert "beta" in failed.stderr
    assert not list(folder.glob("*.done"))
    beta.write_bytes(data)
    assert installed(machine.folder("run")) == {"alpha", "beta"}


def test_a_wheel_that_is_not_the_locked_one_is_refused(machine: Machine) -> None:
    with (machine.wheels / "alpha-1.0-py3-none-any.whl").open("ab") as file:
        file.write(b"more")
    failed = machine.ensure("light")
    assert failed.returncode != 0
    assert "HASHES" in failed.stderr


def test_settings_for_the_users_own_environments_do_no_harm(
    machine: Machine, tmp_path: Path
) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "constraints.txt").write_text("alpha==2\n")
    (evil / "pip.py").write_text("raise SystemExit('the wrong pip')")
    settings = {
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_TARGET": str(evil),
        "PIP_CONSTRAINT": str(evil / "constraints.txt"),
        "PIP_NO_BINARY": ":all:",
        "VIRTUAL_ENV": str(evil),
    }
    assert installed(machine.folder("light", **settings)) == {"alpha"}
    assert sorted(path.name for path in evil.iterdir()) == ["constraints.txt", "pip.py"]


def test_the_index_that_pip_is_configured_with(machine: Machine, tmp_path: Path) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text(
        f"[global]\nno-index = true\nuser = true\n[install]\nfind-links = {tmp_path / 'links'}\n"
    )
    machine.wheels.rename(tmp_path / "links")
    settings = {"PIP_CONFIG_FILE": str(configuration), "MLGATE_WHEELHOUSE": ""}
    assert installed(machine.folder("light", **settings)) == {"alpha"}


def test_a_home_that_outlives_the_job(machine: Machine, tmp_path: Path) -> None:
    folder = machine.folder("light", MLGATE_HOME=str(tmp_path / "kept"))
    assert folder.parent == tmp_path / "kept"
    assert not list(machine.temporary.iterdir())


def test_a_wheelhouse_that_is_not_there(machine: Machine) -> None:
    failed = machine.ensure("light", MLGATE_WHEELHOUSE="/nowhere")
    assert "MLGATE_WHEELHOUSE=/nowhere is not a folder" in failed.stderr


def test_processes_that_start_together_make_one_environment(machine: Machine) -> None:
    code = "import os; from environment import ensure; ensure('light', dict(os.environ))"
    started = [
        subprocess.Popen(
            ["python3", "-c", code],
            cwd=machine.repository / "actions" / "runner",
            env=machine.environ,
            stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sum(b"Setting up" in one for one in said) == 1


LISTED = """\
:env:.extra-index-url='https://c'
global.cert='/etc/ca.pem'
global.index-url='https://user:word@a/simple'
global.extra-index-url='https://b\\nhttps://d'
global.user='true'
install.trusted-host='a'
"""


def test_of_several_sections_the_more_specific_one_holds() -> None:
    assert parse_settings(LISTED) == {
        "cert": "/etc/ca.pem",
        "index-url": "https://user:word@a/simple",
        "extra-index-url": "https://c",
        "trusted-host": "a",
    }


@pytest.mark.parametrize(
    ("setting", "value", "variable", "given"),
    [
        ("index-url", "https://a", "UV_DEFAULT_INDEX", "https://a"),
        ("extra-index-url", "https://a\nhttps://b", "UV_INDEX", "https://a https://b"),
        ("find-links", "\n/a\n/b", "UV_FIND_LINKS", "/a,/b"),
        ("cert", "/ca.pem", "SSL_CERT_FILE", "/ca.pem"),
        ("keyring-provider", "subprocess", "UV_KEYRING_PROVIDER", "subprocess"),
    ],
)
def test_pips_settings_in_words_of_uv(setting: str, value: str, variable: str, given: str) -> None:
    assert settings_for_uv({setting: value})[variable] == given


def test_uv_asks_no_index_where_there_is_none_to_ask() -> None:
    # uv 0.13 knows no variable for it; without the option it tried the public one beside a wheelhouse.
    assert options_for_uv({"no-index": "true"}) == ["--no-index"]
    assert options_for_uv({"no-index": "0"}) == options_for_uv({}) == []


def test_pip_gets_its_settings_and_reads_no_file() -> None:
    given = settings_for_pip({"index-url": "https://a", "trusted-host": "a"})
    assert given["PIP_INDEX_URL"] == "https://a"
    assert given["PIP_TRUSTED_HOST"] == "a"
    assert given["PIP_CONFIG_FILE"] == "/dev/null"
