"""Whole runs with their baselines in a bucket."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .conftest import CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .conftest import Repository


def test_a_branch_is_compared_with_what_main_kept_in_a_bucket(
    repository: Repository, s3: Mapping[str, str], tmp_path: Path
) -> None:
    environ = {**repository.context.environ, **s3, "BUCKET": "kept"}
    here = replace(repository, context=replace(repository.context, environ=environ))
    store = f"baseline: {{store: 's3://${{env:BUCKET}}/{tmp_path.name}'}}\n"
    here.commit("a bucket", mlgate_yaml=CONFIG + store)
    here.run()
    here.save()
    here.branch("feature")
    here.quality(0.7)
    assert here.gates()["accuracy.max_regression"] == "fail"
    gone = {**environ, "BUCKET": "gone"}
    result = here.run(environ=gone)
    assert result.verdict.verdict == "error"
    assert "there is no bucket gone" in result.verdict.headline
