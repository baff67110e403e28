"""`mlgate baseline forget`: rows that are taken out of what is kept, and what that leaves."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mlgate.errors import DataError, UsageError
from mlgate.inputs import baseline_rows
from mlgate.pipeline.baselines.choice import StoredBaselines
from mlgate.pipeline.forget import forget
from mlgate.pipeline.prepare import prepare

IDS = Path("ids.csv")


@pytest.fixture
def kept(repository):
    """Main with two baselines, the second one's rows under other predictions."""
    repository.run()
    repository.save()
    repository.quality(0.91)
    repository.run()
    repository.save()
    repository.write("ids.csv", "id\nrow3\nrow7\nrow99999\n")
    return repository


def rows(repository):
    """The kept rows of each baseline, newest first."""
    prepared = prepare(repository.context)
    stored = StoredBaselines(prepared, prepared.judges[0].config)
    read = (stored.store.read_rows(baseline) for baseline in stored.baselines)
    return [None if data is None else baseline_rows.read_rows(data) for data in read]


def listed(repository):
    prepared = prepare(repository.context)
    return StoredBaselines(prepared, prepared.judges[0].config).baselines


def test_the_rows_are_gone_from_every_baseline_and_the_others_stay(kept):
    before, order = rows(kept), [baseline.commit for baseline in listed(kept)]
    done = forget(kept.context, IDS, push=False)
    after = rows(kept)
    assert done.ids == 3
    assert list(done.rows.values()) == [2, 2]
    assert [baseline.commit for baseline in listed(kept)] == order
    for old, new in zip(before, after, strict=True):
        assert (len(old), len(new)) == (3000, 2998)
        left = {tuple(hashed) for hashed in new.hashes.tolist()}
        gone = {tuple(hashed) for hashed in old.hashes.tolist()} - left
        assert len(gone) == 2
        keep = [tuple(hashed) in left for hashed in old.hashes.tolist()]
        assert (old.prediction[keep] == new.prediction).all()
        assert (old.score[keep] == new.score).all()
    prepared = prepare(kept.context)
    stored = StoredBaselines(prepared, prepared.judges[0].config)
    for baseline in stored.baselines:
        compare = json.loads(stored.store.read(baseline)["evidence/compare.json"])
        assert (compare["n"], compare["forgotten"]) == (3000, 2)
    assert forget(kept.context, IDS, push=False).rows == {}


def test_the_next_change_is_still_compared_row_by_row(kept):
    forget(kept.context, IDS, push=False)
    kept.branch("feature")
    kept.write("quality.json", '{"accuracy": 0.92}')
    kept.commit("better")
    verdict = kept.run().verdict
    assert verdict.verdict != "error"
    compared = next(g for g in verdict.gates if g.id == "accuracy.max_regression")
    assert compared.n == 2998


def test_without_any_row_left_no_rows_are_kept(kept):
    every = "\n".join(["id", *(f"row{i}" for i in range(3000))])
    kept.write("ids.csv", f"{every}\n")
    forget(kept.context, IDS, push=False)
    assert rows(kept) == [None, None]


def test_the_remote_is_rewritten(kept, tmp_path):
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    kept.git("remote", "add", "origin", str(remote))
    kept.git("push", "--quiet", "origin", "main", "refs/mlgate/*:refs/mlgate/*")
    forget(kept.context, IDS, push=True)
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(["git", "clone", "--quiet", str(remote), str(elsewhere)], check=True)
    context = replace(kept.context, cwd=elsewhere)
    assert [len(each) for each in rows(replace(kept, root=elsewhere, context=context))] == [
        2998
    ] * 2


def test_ids_under_a_secret_that_is_not_known_stop_it_before_anything_is_rewritten(repository):
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write("mlgate.yaml", f'{text}baseline: {{id_key: "${{env:KEY}}"}}\n')
    repository.commit("key")
    environ = {**repository.context.environ, "KEY": "a long secret"}
    keyed = replace(repository, context=replace(repository.context, environ=environ))
    keyed.run()
    keyed.save()
    repository.write("ids.csv", "id\nrow3\n")
    other = replace(keyed.context, environ={**environ, "KEY": "another secret"})
    with pytest.raises(UsageError, match="not known here"):
        forget(other, IDS, push=False)
    assert [len(each) for each in rows(keyed)] == [3000]
    assert list(forget(keyed.context, IDS, push=False).rows.values()) == [1]


@pytest.mark.parametrize("text", ["", "name\nrow3\n", "id\nrow3\nrow3\n"])
def test_a_table_of_ids_that_is_none_is_an_error(kept, text):
    kept.write("ids.csv", text)
    with pytest.raises(DataError):
        forget(kept.context, IDS, push=False)
