"""What the training may see."""

from __future__ import annotations

import pytest

from mlgate import ci
from mlgate.training.environment import seeds, user_environment

OWN = "/opt/mlgate"
WITHHELD = [
    "GITHUB_TOKEN", "GH_TOKEN", "INPUT_GITHUB-TOKEN", "INPUT_TOKEN", "INPUT_DEPLOY_KEY",
    "INPUT_PASSWORD", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_RUNTIME_URL",
    "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_CACHE_URL",
    "ACTIONS_RESULTS_URL", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
]  # fmt: skip


def seen(environ, *, prefix=OWN, base_prefix="/usr", **rest):
    names = {"credentials": ci.credentials(), "channels": ci.channels()}
    return user_environment(environ, prefix=prefix, base_prefix=base_prefix, **names, **rest)


@pytest.mark.parametrize("name", WITHHELD)
def test_withholds_each_credential_and_says_so(name):
    user = seen({name: "ghs_abcdefgh", "HOME": "/home/u"})
    assert name not in user.env
    assert user.withheld == (name,)
    assert user.env["HOME"] == "/home/u"


@pytest.mark.parametrize("name", WITHHELD)
def test_pass_env_names_what_the_training_gets_after_all(name):
    user = seen({name: "ghs_abcdefgh"}, pass_env=[name])
    assert user.env[name] == "ghs_abcdefgh"
    assert user.withheld == ()


@pytest.mark.parametrize(
    "name",
    ["GITHUB_SHA", "GITHUB_ACTIONS", "GITHUB_REPOSITORY", "INPUT_CONFIG", "HF_TOKEN", "CI"],
)
def test_leaves_what_is_the_users_own(name):
    assert seen({name: "value-of-it"}).env[name] == "value-of-it"


def test_withholds_a_token_under_another_name():
    user = seen({"GITHUB_TOKEN": "ghs_abcdefgh", "MY_PAT": "ghs_abcdefgh", "GITHUB_ENV": "/f"})
    assert user.withheld == ("GITHUB_ENV", "GITHUB_TOKEN", "MY_PAT")


def test_an_empty_or_short_token_takes_nothing_with_it():
    assert "A" in seen({"GITHUB_TOKEN": "", "A": ""}).env
    assert "A" in seen({"GITHUB_TOKEN": "true", "A": "true"}).env


def test_withholds_the_secrets_of_the_configuration():
    user = seen({"STORE_KEY": "0123456789", "OTHER": "x"}, secrets={"STORE_KEY"})
    assert user.withheld == ("STORE_KEY",)
    assert "OTHER" in user.env


def test_its_own_programs_leave_the_path_and_nothing_else():
    user = seen({"PATH": f"/home/u/bin:{OWN}/bin:/usr/bin:{OWN}-other/bin:"})
    assert user.env["PATH"] == f"/home/u/bin:/usr/bin:{OWN}-other/bin:"
    assert "not activated" in str(user.where_missing)
    assert seen({"PATH": "/usr/bin"}).where_missing is None


def test_a_training_in_mlgates_own_python_says_where_its_packages_belong(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").write_text("")
    (tmp_path / "bin/python").chmod(0o755)
    environ = {"VIRTUAL_ENV": str(tmp_path), "PATH": f"{tmp_path}/bin:/usr/bin"}
    where = seen(environ, prefix=str(tmp_path)).where_missing
    assert "`python` is the one that mlgate is installed in" in str(where)
    assert seen(environ, prefix=str(tmp_path / "other")).where_missing is None


@pytest.mark.parametrize("name", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_environment_that_the_user_activated_stays(name):
    environ = {name: f"{OWN}/", "PATH": f"{OWN}/bin:/usr/bin", "PYTHONPATH": f"{OWN}/lib"}
    user = seen(environ)
    assert user.env["PATH"] == environ["PATH"]
    assert user.env["PYTHONPATH"] == environ["PYTHONPATH"]


def test_another_active_environment_is_the_users():
    user = seen({"VIRTUAL_ENV": "/home/u/.venv", "PATH": f"{OWN}/bin:/home/u/.venv/bin:/usr/bin"})
    assert user.env["PATH"] == "/home/u/.venv/bin:/usr/bin"
    assert user.env["VIRTUAL_ENV"] == "/home/u/.venv"


def test_without_an_environment_of_its_own_the_path_stays():
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": "/usr/lib/x"}
    user = seen(environ, prefix="/usr", base_prefix="/usr")
    assert user.env["PATH"] == "/usr/bin:/bin"
    assert user.env["PYTHONPATH"] == "/usr/lib/x"


def test_what_points_into_it_leaves_the_python_variables():
    user = seen(
        {
            "PYTHONPATH": f"{OWN}/lib/python3.12/site-packages:src",
            "PYTHONHOME": OWN,
            "__PYVENV_LAUNCHER__": f"{OWN}/bin/python",
        }
    )
    assert user.env["PYTHONPATH"] == "src"
    assert "PYTHONHOME" not in user.env
    assert "__PYVENV_LAUNCHER__" not in user.env


def test_links_to_its_environment_are_seen_through(tmp_path):
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "venv")
    own = str(tmp_path / "venv")
    environ = {"PATH": f"{tmp_path}/link/bin:/usr/bin"}
    assert seen(environ, prefix=own).env["PATH"] == "/usr/bin"
    environ["VIRTUAL_ENV"] = f"{tmp_path}/link"
    assert seen(environ, prefix=own).env["PATH"] == environ["PATH"]


def test_output_streams_unless_the_user_says_otherwise():
    assert seen({}).env == {"MLGATE": "1", "PYTHONUNBUFFERED": "1"}
    assert seen({"PYTHONUNBUFFERED": ""}).env["PYTHONUNBUFFERED"] == ""


def test_the_mapping_that_is_given_is_not_changed():
    environ = {"GITHUB_TOKEN": "ghs_abcdefgh", "PATH": f"{OWN}/bin"}
    seen(environ)
    assert environ == {"GITHUB_TOKEN": "ghs_abcdefgh", "PATH": f"{OWN}/bin"}


def test_seeds_are_plain_integers():
    env = {
        "PYTHONHASHSEED": "0", "SEED": "42", "pl_global_seed": "-7", "SEED_FILE": "/tmp/x",
        "RANDOM_SEED": "random", "OTHER": "1", "SEEDS": "1,2", "SEED_X": "１",
    }  # fmt: skip
    assert seeds(env) == {"PYTHONHASHSEED": "0", "SEED": "42", "pl_global_seed": "-7"}
