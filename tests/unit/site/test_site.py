"""The page of all runs: what its data hold, and that nothing in them is markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from tests.unit.lineage.conftest import origin_of

from mlgate.site import page
from mlgate.site.data import SiteRun, data

TIMES = ("2026-11-01T10:00:00+00:00", "2026-11-03T10:00:00+00:00", "2026-11-02T10:00:00+00:00")


def run(sample="passing", *, name="income", commit="a" * 40, kept=TIMES[0], place="", tag=None):
    origin = origin_of(sample)
    record = origin.record.model_copy(update={"name": name, "commit": commit})
    return SiteRun(replace(origin, record=record), place, kept, tag)


def made(*runs):
    return data(runs, "2026-11-29T10:00:00Z", "0.1.0")


def test_runs_stand_by_model_and_time():
    kept = [run(commit=c * 40, kept=time) for c, time in zip("abc", TIMES, strict=True)]
    whole = made(*kept, run(name="churn"), run(place="other"))
    assert [(m["place"], m["name"]) for m in whole["models"]] == [
        ("", "churn"), ("", "income"), ("other", "income"),
    ]  # fmt: skip
    income = whole["models"][1]
    assert income["commit"] == ["a" * 16, "c" * 16, "b" * 16]
    assert income["time"][0] == "2026-11-01T10:00:00Z"


def test_numbers_and_intervals_come_back_to_five_digits():
    given = run("regression")
    model = made(given)["models"][0]
    metrics = {metric["key"]: metric for metric in model["metrics"]}
    for key, measured in given.origin.evidence["compare"].metrics.items():
        if measured.value is None:
            continue
        metric = metrics[key]
        scale = 10 ** metric["places"]
        value = metric["value"][0]
        assert value / scale == pytest.approx(measured.value, rel=1e-4)
        for column, bound in zip(("below", "above"), measured.interval, strict=True):
            distance = metric[column][0]
            back = None if distance is None else (value + distance) / scale
            assert back == (None if bound is None else pytest.approx(bound, abs=1.1 / scale))


def test_a_metric_that_a_run_lacks_is_none():
    without = run(kept=TIMES[1])
    evidence = dict(without.origin.evidence)
    compare = evidence["compare"]
    left = {k: m for k, m in compare.metrics.items() if k != "accuracy"}
    evidence["compare"] = compare.model_copy(update={"metrics": left})
    other = replace(without, origin=replace(without.origin, evidence=evidence))
    accuracy = made(run(), other)["models"][0]["metrics"][0]
    assert accuracy["key"] == "accuracy"
    assert accuracy["value"][1] is None
    assert accuracy["below"][1] is None


def test_verdicts_waivers_and_texts_are_there_once():
    whole = made(run(), run("blocked", commit="b" * 40, kept=TIMES[1], tag="v1"), run("undecided"))
    model, texts = whole["models"][0], whole["texts"]
    assert [texts[i] for i in model["verdict"]] == ["pass", "inconclusive", "fail"]
    assert model["blocked"] == [0, 0, 1]
    assert model["tag"] == [None, None, "v1"]
    assert len(texts) == len(set(texts))
    assert len(set(model["command"])) == 1
    assert texts[model["parameters"][0]] == "lr=0.1\nlayers=[8, 8]"


def test_what_was_not_judged_or_trained_is_shown_all_the_same():
    bare = run()
    record = bare.origin.record.model_copy(
        update={"verdict": None, "environment": None, "artifacts": (), "commit": None}
    )
    bare = replace(bare, origin=replace(bare.origin, record=record, verdict=None))
    model = made(bare)["models"][0]
    assert model["verdict"] == model["headline"] == model["environment"] == [None]
    assert model["commit"] == model["artifacts"] == [None]


def test_no_text_is_markup_and_nothing_else_runs():
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    html = page.render(made(run(name=evil)), evil)
    assert "<img" not in html
    assert html.count("<script") == 2
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    held = html.split('id="data">')[1].split("</script>")[0]
    assert json.loads(held)["models"][0]["name"] == evil
