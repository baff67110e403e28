"""Versions and aliases on a real MLflow server."""

from __future__ import annotations

import pytest
from tests.mlflow_server import free_port

from mlgate.registries.mlflow import MlflowRegistry
from mlgate.registries.registry import RegistryError

pytestmark = pytest.mark.system
FACTS = {"commit": "a" * 40, "sha256": "b" * 64, "verdict": "pass"}


@pytest.fixture
def registry(mlflow_server, request):
    return MlflowRegistry(mlflow_server, f"model-{request.node.name}", {}, "s3://bucket/model")


def test_a_model_that_is_not_there_has_no_versions_and_no_aliases(registry):
    assert registry.versions() == ()
    assert registry.aliases() == {}


def test_versions_keep_their_commit_and_digest_and_aliases_move(registry):
    first = registry.register("a" * 40, None, FACTS)
    second = registry.register("c" * 40, None, {**FACTS, "commit": "c" * 40})
    assert [(v.name, v.commit) for v in registry.versions()] == [("1", "a" * 40), ("2", "c" * 40)]
    assert registry.versions()[0].sha256 == "b" * 64
    assert registry.assign("prod", first, None, FACTS).endswith("@prod")
    before = registry.aliases()["prod"]
    assert (before.version, before.commit) == (first, "a" * 40)
    registry.assign("prod", second, before, {"verdict": "pass"})
    assert registry.aliases()["prod"].version == second


def test_an_alias_that_moved_meanwhile_is_left_alone(registry):
    first = registry.register("a" * 40, None, FACTS)
    second = registry.register("c" * 40, None, FACTS)
    registry.assign("prod", first, None, {})
    seen = registry.aliases()["prod"]
    registry.assign("prod", second, seen, {})
    with pytest.raises(RegistryError, match="names version 2 by now"):
        registry.assign("prod", first, seen, {})
    assert registry.aliases()["prod"].version.name == "2"


def test_what_the_server_refuses_and_a_server_that_is_away_are_errors(registry):
    with pytest.raises(RegistryError, match="numbers versions itself"):
        registry.register("a" * 40, "v1.0.0", FACTS)
    made = registry.register("a" * 40, None, FACTS)
    with pytest.raises(RegistryError, match="MLflow refuses"):
        registry.assign("not/a/name", made, None, {})
    away = MlflowRegistry(f"http://127.0.0.1:{free_port()}", "m", {})
    with pytest.raises(RegistryError, match="does not answer"):
        away.versions()
