"""Where a training ran."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile

import pytest

from mlgate.training import capture as module
from mlgate.training.capture import capture


def script(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_what_is_known_of_this_machine(env, tmp_path):
    found = capture(env, tmp_path)
    assert found.python is not None
    assert {"pytest", "psutil", "ruamel-yaml", "typing-extensions"} <= set(found.packages)
    assert found.cores is not None
    assert found.cores >= 1
    assert found.memory is not None
    assert found.memory > 0
    assert found.platform
    assert found.cpu


REFERENCE = """
import json, sys
sys.path[:] = [p for p in sys.path if p]
from importlib import metadata
found = {}
for one in metadata.distributions():
    name = one.metadata["Name"].lower().replace("_", "-").replace(".", "-")
    found.setdefault(name, one.version)
print(json.dumps(found))
"""


def described(name, version):
    return f"Metadata-Version: 2.1\nNAME: {name}\nVersion:  {version}\n\nName: other\nVersion: 9\n"


def put(path, name, version):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(described(name, version))


def packages_in(folder):
    """Every way in which a package is found: wheels, eggs, editable installs, and several twice."""
    put(folder / "a/Some.Package-1.0.dist-info/METADATA", "Some.Package_x", "1.0")
    put(folder / "a/old-2.egg-info", "old", "2")
    put(folder / "a/older-3-py3.11.egg-info/PKG-INFO", "older", "3")
    put(folder / "a/pytest-0.1.dist-info/METADATA", "pytest", "0.1")
    put(folder / "a/whole-4-py3.11.egg/EGG-INFO/PKG-INFO", "whole", "4")
    put(folder / "a/EGG-INFO/PKG-INFO", "no-egg", "1")
    put(folder / "b/some_package_x-2.0.dist-info/METADATA", "some-package-x", "2.0")
    with zipfile.ZipFile(folder / "zipped-5-py3.11.egg", "w") as archive:
        archive.writestr("EGG-INFO/PKG-INFO", described("zipped", "5"))
    eggs = ("a/whole-4-py3.11.egg", "zipped-5-py3.11.egg")
    return [str(folder / name) for name in ("a", *eggs, "b", "missing")]


def test_packages_are_those_that_importlib_finds(env, tmp_path):
    python = ":".join(packages_in(tmp_path))
    found = capture({**env, "PYTHONPATH": python}, tmp_path, python=sys.executable).packages
    ours = {"some-package-x": "1.0", "old": "2", "older": "3", "whole": "4", "zipped": "5"}
    assert ours.items() <= found.items()
    assert found["pytest"] == "0.1"
    assert "no-egg" not in found
    answer = subprocess.run(
        [sys.executable, "-c", REFERENCE],
        env={**env, "PYTHONPATH": python},
        capture_output=True,
        check=True,
    )
    assert found == json.loads(answer.stdout)


def test_a_broken_package_hides_no_other(env, tmp_path):
    put(tmp_path / "a/good-1.dist-info/METADATA", "good", "1")
    (tmp_path / "a/bytes-1.dist-info").mkdir()
    (tmp_path / "a/bytes-1.dist-info/METADATA").write_bytes(
        b"Author: \xff\xfe\nName: bytes\nVersion: 1\n\n"
    )
    put(tmp_path / "a/nameless-1.dist-info/METADATA", "", "1")
    (tmp_path / "a/empty-1.dist-info").mkdir()
    found = capture({**env, "PYTHONPATH": f"{tmp_path}/a"}, tmp_path, python=sys.executable)
    assert {"good", "bytes"} <= set(found.packages)
    assert not {"", "nameless", "empty"} & set(found.packages)


def test_the_digest_is_over_everything(env, tmp_path):
    found = capture(env, tmp_path)
    assert capture(env, tmp_path).digest == found.digest
    assert capture(env, tmp_path, ask=False).digest != found.digest


def test_programs_are_not_asked_while_the_user_waits(env, tmp_path):
    found = capture(env, tmp_path, ask=False)
    assert (found.python, found.packages, found.gpus) == (None, {}, ())
    assert found.platform


def test_files_beside_the_training_are_not_imported(env, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit(1)")
    assert capture(env, tmp_path).python is not None


def test_the_training_may_need_no_python(tmp_path):
    assert capture({"PATH": str(tmp_path)}, tmp_path).python is None


def test_python3_will_do_and_another_command_may_be_named(env, tmp_path):
    body = """echo chatter; echo '{"python": "3.99.0", "packages": {"x": "1"}}'"""
    script(tmp_path / "bin" / "python3", body)
    found = capture({"PATH": f"{tmp_path}/bin:/bin:/usr/bin"}, tmp_path, python="python3 -X dev")
    assert found.python == "3.99.0"
    assert found.packages == {"x": "1"}
    assert capture({"PATH": f"{tmp_path}/bin"}, tmp_path).python == "3.99.0"


@pytest.mark.parametrize(
    "body",
    ["exit 1", "echo nonsense", "echo '[]'", """echo '{"python": 1, "packages": []}'""", ":"],
)
def test_a_python_that_does_not_answer_is_none(tmp_path, body):
    script(tmp_path / "bin" / "python", body)
    assert capture({"PATH": f"{tmp_path}/bin:/bin"}, tmp_path).python is None


def test_a_python_that_hangs_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PYTHON_SECONDS", 0.3)
    # Its child keeps the output open.
    script(tmp_path / "bin" / "python", "sleep 30 & sleep 30")
    began = time.monotonic()
    assert capture({"PATH": f"{tmp_path}/bin:/bin:/usr/bin"}, tmp_path).python is None
    assert time.monotonic() - began < 5


def test_gpus_are_listed(env, tmp_path):
    script(tmp_path / "bin" / "nvidia-smi", "echo 'NVIDIA L4, 23034 MiB, 550.54'; echo")
    env = {"PATH": f"{tmp_path}/bin"}
    assert capture(env, tmp_path).gpus == ("NVIDIA L4, 23034 MiB, 550.54",)
    script(tmp_path / "bin" / "nvidia-smi", "echo 'no driver'; exit 9")
    assert capture(env, tmp_path).gpus == ()
