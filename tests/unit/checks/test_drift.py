"""The drift check on real files: what is listed, and a defined answer to every bad input."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate import checks, config
from mlgate.checks import sections
from mlgate.checks.drift import measure as drift
from mlgate.config.check_section import compose
from mlgate.errors import DataError
from mlgate.gates.judge import judge
from mlgate.model.evidence import Absent, BaselineRef, RowCounts
from mlgate.model.inputs import PairedBaseline, Stamp
from mlgate.model.policy import Floors
from mlgate.model.profile import Profile
from mlgate.model.rows import PairedRows, Rows
from mlgate.model.run import JudgeRecord, RunRecord
from mlgate.pipeline.judging.references import trusting
from mlgate.pipeline.measuring.run_inputs import Tables
from mlgate.progress import Silent

N = 2_000
COMMIT = "a" * 40
NONE = Absent(kind="none_yet", reason="no baseline yet")


@pytest.fixture
def measure(tmp_path):
    """Compare two tables given as columns; keywords go into the section `drift`."""

    def run(old, new, rows=None, main=NONE, **options):
        for name, columns in (("old", old), ("new", new)):
            if columns is not None:
                pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
        section = {"reference": "old.parquet", "current": "new.parquet", **options}
        loaded = compose(sections()).model_validate(
            {"version": 1, "drift": section, "gates": {"drift": {"max_share": 0.5}}}
        )
        digests: dict[str, str] = {}
        tables = Tables(tmp_path, tmp_path, trusting({}), digests)
        inputs = SimpleNamespace(
            stamp=Stamp("0.1.0", COMMIT, "2026-01-02T03:04:05Z"),
            digests=digests,
            notes=[],
            progress=Silent(),
            candidate=lambda **_: rows,
            reference=lambda role: main,
            table=lambda path, key, *, reference=False: tables.open(
                path, key, profile=reference, compared=reference
            ),
        )
        evidence = drift.run(inputs, drift.params(loaded))
        assert type(evidence).from_json(evidence.to_json()) == evidence
        return evidence

    return run


def normal(seed=0, n=N, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, n)


def drifted(evidence):
    return {name: one.why for name, one in evidence.columns.items() if one.drifted}


class TestListing:
    def test_a_shift_is_found_and_nothing_else(self, measure):
        old = {"x": normal(1), "y": normal(2), "level": list("abcd") * 500}
        new = {"level": list("abcd") * 500, "y": normal(3), "x": normal(4, shift=0.5)}
        found = measure(old, new)
        assert drifted(found) == {"x": "distribution"}
        assert list(found.columns) == ["x", "y", "level"]
        share = found.metrics["share"]
        assert (share.value, share.interval, share.n) == (pytest.approx(1 / 3), (1 / 3, 1 / 3), 3)
        assert found.columns["x"].wasserstein == pytest.approx(0.5, abs=0.1)
        assert set(found.inputs) == {"old.parquet", "new.parquet"}

    def test_missing_values_and_new_levels(self, measure):
        rare = np.random.default_rng(5).random(N) < 0.1
        old = {"x": pa.array(normal(1)), "level": ["a", "b"] * 1000}
        new = {"x": pa.array(normal(2), mask=rare), "level": ["a", "b"] * 950 + ["c"] * 100}
        found = measure(old, new)
        assert drifted(found)["x"] == "missing values"
        assert "unseen levels" in drifted(found)["level"]
        assert found.columns["level"].unseen_levels == ("c",)

    def test_new_vanished_and_retyped(self, measure):
        old = {"x": normal(1), "gone": normal(2), "was": normal(3)}
        new = {"x": normal(4), "fresh": normal(5), "was": [f"t{i % 7}" for i in range(N)]}
        found = measure(old, new)
        assert {c: one.change for c, one in found.columns.items()} == {
            "x": None, "gone": "vanished", "was": "retyped", "fresh": "new",
        }  # fmt: skip
        assert drifted(found) == {"gone": "vanished", "was": "retyped"}
        assert found.metrics["share"].n == 3
        assert (found.columns["was"].was, found.columns["was"].kind) == ("numeric", "text")

    @pytest.mark.parametrize(
        ("old", "new", "change"),
        [
            (["007", "008"], [7, 8], "retyped"),
            ([7, 8], ["007", "008"], "retyped"),
            (["7", "8"], [7, 8], None),
            (["a", "b"], ["c", "d"], None),
        ],
    )
    def test_codes_on_one_side_and_numbers_on_the_other_are_retyped(
        self, measure, old, new, change
    ):
        found = measure({"x": normal(1), "code": old * 1000}, {"x": normal(2), "code": new * 1000})
        assert found.columns["code"].change == change

    def test_the_index_of_pandas_is_no_feature(self, measure):
        old = {"x": normal(1), "Unnamed: 0": np.arange(N), "__index_level_0__": np.arange(N)}
        new = {"x": normal(2), "Unnamed: 0": np.arange(N) + N}
        assert list(measure(old, new).columns) == ["x"]
        asked = measure(old, new, kinds={"Unnamed: 0": "numeric"})
        assert list(asked.columns) == ["x", "Unnamed: 0"]

    def test_kinds_follow_from_the_content(self, measure):
        side = {
            "number": normal(1),
            "few": [1, 2, 3, 4] * 500,
            "flag": [True, False] * 1000,
            "when": pa.array(np.arange(N) * 1_000_000, pa.timestamp("us")),
            "level": ["a", "b"] * 1000,
            "id": [f"u{i}" for i in range(N)],
            "prose": [
                f"a rather long review about thing number {i % 90} of them all, in words"
                for i in range(N)
            ],
        }
        found = measure(side, side)
        assert {name: one.kind for name, one in found.columns.items()} == {
            "number": "numeric", "few": "categorical", "flag": "boolean", "when": "datetime",
            "level": "categorical", "id": "text", "prose": "text",
        }  # fmt: skip
        assert drifted(found) == {}

    def test_kinds_can_be_said(self, measure):
        side = {"x": [1, 2, 3, 4] * 500, "code": [f"{i % 60}" for i in range(N)]}
        found = measure(side, side, kinds={"x": "numeric", "code": "text"})
        assert (found.columns["x"].kind, found.columns["code"].kind) == ("numeric", "text")
        with pytest.raises(DataError, match="cannot be compared as numeric"):
            measure(side, side, kinds={"code": "numeric"})
        with pytest.raises(
            DataError, match=r"neither old.parquet nor new.parquet has a column 'z'"
        ):
            measure(side, side, kinds={"z": "numeric"})

    def test_text_by_its_length_and_words(self, measure):
        old = {"t": [f"good thing {i} number" for i in range(N)]}
        new = {"t": [f"awful thing {i} number and much more of it" for i in range(N)]}
        assert drifted(measure(old, new))["t"] in ("length, vocabulary", "vocabulary, length")

    def test_ids_do_not_drift(self, measure):
        old, new = ({"id": [f"{side}{i:06}" for i in range(N)], "x": normal(1)} for side in "ab")
        assert drifted(measure(old, new)) == {}

    def test_floors_of_a_column(self, measure):
        old, new = {"x": normal(1)}, {"x": normal(2, shift=0.5)}
        assert drifted(measure(old, new, floors={"x": 0.9})) == {}
        assert drifted(measure(old, new, floors={"x": {"wasserstein": 0.2}})) == {
            "x": "distribution"
        }

    def test_ignored_columns_are_left_out(self, measure):
        found = measure(
            {"x": normal(1), "id": normal(2)}, {"x": normal(3), "id": normal(4)}, ignore=["id"]
        )
        assert list(found.columns) == ["x"]

    def test_one_outlier_changes_no_verdict(self, measure):
        for shift, expected in ((0.0, {}), (0.3, {"x": "distribution"})):
            old, new = normal(1), normal(2, shift=shift)
            assert drifted(measure({"x": old}, {"x": new})) == expected
            for side in (old, new):
                side[7] = 1e6
                assert drifted(measure({"x": old}, {"x": new})) == expected

    def test_the_smallest_effect_that_would_have_shown(self, measure):
        small, large = (
            measure({"x": normal(1, n)}, {"x": normal(2, n)}).columns["x"].detectable
            for n in (200, 5_000)
        )
        assert small > 2 * large > 0


class TestWeightsAndGroups:
    def test_weights_undo_a_biased_sample(self, measure):
        random = np.random.default_rng(0)
        whole = random.normal(size=20_000)
        keep = random.random(20_000) < 1 / (1 + np.exp(-whole))
        biased = whole[keep]
        weight = 1 + np.exp(-biased)
        old = {"x": random.normal(size=8_000), "w": np.ones(8_000)}
        new = {"x": biased, "w": weight}
        assert drifted(measure(old, new, weight="w")) == {}
        assert "x" in drifted(measure(old, new, ignore=["w"]))

    def test_wrong_weights(self, measure):
        side = {"x": normal(1), "w": np.ones(N)}
        bad = {"x": normal(1), "w": np.concatenate([[1.0, -1.0], np.ones(N - 2)])}
        with pytest.raises(
            DataError, match=r"drift.weight: column 'w' of new.parquet holds -1.0 in row 2"
        ):
            measure(side, bad, weight="w")
        with pytest.raises(DataError, match="is 0 in all rows"):
            measure(side, side | {"w": np.zeros(N)}, weight="w")
        with pytest.raises(DataError, match="has no column 'v'"):
            measure(side, side, weight="v")

    def test_rows_of_a_group_are_not_rows_of_their_own(self, measure):
        alarms = {"rows": 0, "groups": 0}
        for seed in range(20):
            random = np.random.default_rng(seed)
            sides = []
            for start in (0, 40):
                group = np.repeat(np.arange(40), 50)
                effect = random.normal(size=40)[group]
                level = np.where(effect + random.normal(size=N) * 0.5 > 0, "high", "low")
                sides.append(
                    {
                        "x": effect + random.normal(size=N) * 0.5,
                        "level": level,
                        "user": group + start,
                    }
                )
            alarms["rows"] += bool(drifted(measure(*sides, ignore=["user"])))
            alarms["groups"] += bool(drifted(measure(*sides, cluster="user")))
        assert alarms["rows"] >= 15
        assert alarms["groups"] <= 2

    def test_a_real_shift_of_groups_is_found(self, measure):
        random = np.random.default_rng(3)
        sides = [
            {"x": random.normal(shift, 1, N), "user": np.repeat(np.arange(100), 20)}
            for shift in (0, 0.6)
        ]
        found = measure(*sides, cluster="user")
        assert drifted(found) == {"x": "distribution"}
        assert found.clusters == (100, 100)
        assert found.columns["x"].inflation == pytest.approx(1, abs=0.4)


class TestTogether:
    def test_a_lost_correlation_is_seen(self, measure):
        random = np.random.default_rng(0)
        x = random.normal(size=800)
        old = {"x": x, "y": x + 0.2 * random.normal(size=800)}
        new = {"x": random.normal(size=800), "y": 1.02 * random.normal(size=800)}
        found = measure(old, new, multivariate=True)
        assert drifted(found) == {}
        assert found.multivariate.interval[0] > 0.7
        assert {one.column for one in found.multivariate.columns} == {"x", "y"}
        assert found.metrics["auc"].value == found.multivariate.auc

    def test_equal_laws_are_not_told_apart(self, measure):
        sides = [{"x": normal(s, 800), "l": list("ab") * 400} for s in (1, 2)]
        low, high = measure(*sides, multivariate=True).multivariate.interval
        assert low < 0.53
        assert high > 0.47

    def test_too_few_rows_are_a_note(self, measure):
        found = measure({"x": normal(1, 20)}, {"x": normal(2, 20)}, multivariate=True)
        assert found.multivariate is None
        assert "too few rows" in found.notes[0].text
        assert "too few rows" in found.metrics["auc"].insufficient


class TestOutputs:
    def rows(self, score):
        truth = np.arange(N) % 2
        return Rows(
            "binary", truth, (score > 0.5).astype(np.int32), score, ("no", "yes"), positive=1
        )

    def test_scores_that_rise_together(self, measure):
        random = np.random.default_rng(0)
        old = random.uniform(0.1, 0.6, N)
        new = np.clip(old + 0.1 + random.normal(0, 0.02, N), 0, 1)
        paired = PairedRows(self.rows(new), self.rows(old), RowCounts(paired=N, added=0, missing=0))
        main = PairedBaseline(BaselineRef(commit="b" * 40), None, paired)
        side = {"x": normal(1)}
        found = measure(side, side, rows=self.rows(new), main=main).outputs
        assert {name: one.drifted for name, one in found.items()} == {
            "prediction": True,
            "score": True,
        }
        same = PairedRows(self.rows(old), self.rows(old), paired.counts)
        found = measure(
            side, side, rows=self.rows(old), main=PairedBaseline(main.ref, None, same)
        ).outputs
        assert not any(one.drifted for one in found.values())

    def test_parts_are_told_by_themselves(self, tmp_path):
        text = """
version: 1
task: binary
predictions: {path: p.csv, label: y, prediction: y_hat, score: p}
drift: {reference: a, current: b}
gates: {drift: {max_share: 0.1}, drift.label: {max_share: 0}}
"""
        params = drift.params(config.parse(text, "mlgate.yaml", sections()).config)
        assert params.parts == {"y": "label", "y_hat": "prediction", "p": "score"}


class TestProfile:
    def profile(self, tmp_path, columns, **options):
        from mlgate.pipeline.tables.profiling import ProfileOptions, write

        pq.write_table(pa.table(columns), tmp_path / "data.parquet")
        context = SimpleNamespace(
            cwd=tmp_path, environ={}, progress=Silent(), stamp=lambda: "2026-01-02T03:04:05Z"
        )
        asked = {"schema": None, "ignore": (), "kinds": {}, "weight": None} | options
        ((path, _, _),) = write(
            context, ProfileOptions("data.parquet", Path("profile.json"), **asked)
        )
        return Profile.from_json((tmp_path / path).read_bytes())

    def columns(self, seed, shift=0.0):
        random = np.random.default_rng(seed)
        return {
            "x": pa.array(random.normal(shift, 1, N), mask=random.random(N) < 0.05),
            "count": random.poisson(30, N) * 1.0,
            "level": np.array(list("abc"))[random.integers(0, 3, N)],
            "text": [f"words of {i} rows" for i in range(N)],
            "when": pa.array(random.integers(0, 10**9, N), pa.timestamp("s")),
        }

    def test_leaves_out_the_index_of_pandas(self, tmp_path):
        columns = {"x": normal(1), "__index_level_0__": np.arange(N)}
        assert list(self.profile(tmp_path, columns).columns) == ["x"]
        asked = self.profile(tmp_path, columns, kinds={"__index_level_0__": "numeric"})
        assert len(asked.columns) == 2

    def test_says_what_the_data_say(self, measure, tmp_path):
        for shift in (0.0, 0.4):
            old, new = self.columns(1), self.columns(2, shift)
            self.profile(tmp_path, old)
            whole = measure(old, new)
            short = measure(None, new, reference="profile.json")
            assert drifted(short) == drifted(whole)
            for name in ("x", "count"):
                one, other = short.columns[name], whole.columns[name]
                assert other.ks - 0.006 <= one.ks <= other.ks + 1e-9
                assert one.wasserstein == pytest.approx(other.wasserstein, abs=0.04)
                assert one.null_p == other.null_p
            assert short.columns["level"].chi2_p == whole.columns["level"].chi2_p
            assert "quantiles of 2,000 rows" in short.profile
            assert whole.profile is None

    def test_holds_no_row(self, tmp_path):
        secret = ["only once"] + ["often"] * (N - 1)
        values = np.append(normal(1, N - 1), 123456.789)
        profile = self.profile(tmp_path, {"name": secret, "x": values})
        text = (tmp_path / "profile.json").read_text()
        assert "only once" not in text
        assert "123456" not in text
        assert profile.columns["name"].pooled == 1
        assert len(profile.columns["x"].steps) < N / 10

    def test_rare_levels_are_not_unseen(self, measure, tmp_path):
        levels = ["a"] * 1990 + [f"rare{i}" for i in range(10)]
        self.profile(tmp_path, {"l": levels}, kinds={"l": "categorical"})
        found = measure(None, {"l": levels}, reference="profile.json").columns["l"]
        assert (found.unseen, found.unseen_p) == (None, None)
        assert not found.drifted

    def test_what_needs_rows_says_so(self, measure, tmp_path):
        self.profile(tmp_path, {"x": normal(1), "g": np.arange(N) % 50})
        new = {"x": normal(2), "g": np.arange(N) % 50}
        for options in ({"cluster": "g"}, {"multivariate": True}):
            with pytest.raises(DataError, match="is a profile and holds no rows"):
                measure(None, new, reference="profile.json", **options)

    def test_another_kind_than_the_profiles(self, measure, tmp_path):
        self.profile(tmp_path, {"x": [1, 2] * 1000})
        with pytest.raises(DataError, match="holds column 'x' as categorical"):
            measure(None, {"x": [1, 2] * 1000}, reference="profile.json", kinds={"x": "numeric"})

    def test_a_damaged_profile(self, measure, tmp_path):
        (tmp_path / "profile.json").write_text('{"profile": 2}')
        with pytest.raises(DataError, match="not a profile that this version reads"):
            measure(None, {"x": normal(1)}, reference="profile.json")


class TestBadInput:
    @pytest.mark.parametrize(
        "values",
        [
            pa.array([None] * N, pa.float64()),
            pa.array([None] * N, pa.null()),
            pa.array([None] * N, pa.string()),
            pa.array(np.full(N, 7.0)),
            pa.array(["same"] * N),
            pa.array([np.inf, -np.inf, np.nan, 1.5] * 500),
            pa.array(np.arange(N)),
            pa.array([f"id{i}" for i in range(N)]),
            pa.array([f"z{i % 10_000}" for i in range(N)]),
            pa.array([[1, 2]] * N),
            pa.array([b"bytes"] * N),
            pa.array([True] * N),
            pa.array([""] * N),
            pa.array([10**18 + i for i in range(N)]),
        ],
        ids=["nulls", "untyped nulls", "null text", "constant", "one level", "infinite", "unique numbers", "unique text", "many levels", "lists", "bytes", "only true", "empty text", "huge"],
    )  # fmt: skip
    def test_the_same_on_both_sides_is_no_drift(self, measure, values):
        side = {"column": values, "x": normal(1)}
        found = measure(side, side)
        assert drifted(found) == {}
        assert found.metrics["share"].value == 0

    def test_all_null_on_one_side(self, measure):
        nothing = {"x": pa.array([None] * N, pa.float64()), "y": normal(1)}
        something = {"x": normal(2), "y": normal(3)}
        for old, new in ((nothing, something), (something, nothing)):
            found = measure(old, new)
            assert drifted(found) == {"x": "missing values"}
            assert found.columns["x"].kind == "numeric"

    def test_constant_that_moves(self, measure):
        assert drifted(measure({"x": np.full(N, 1.5)}, {"x": np.full(N, 2.5)})) == {
            "x": "distribution"
        }

    def test_ten_thousand_levels(self, measure):
        random = np.random.default_rng(0)
        old, new = ({"zip": [f"z{i}" for i in random.integers(0, 10_000, 30_000)]} for _ in "ab")
        found = measure(old, new).columns["zip"]
        assert (found.kind, found.drifted) == ("categorical", False)
        assert found.tv == pytest.approx(found.tv_chance, rel=0.1)

    def test_one_side_of_ten_rows(self, measure):
        found = measure(
            {"x": normal(1), "l": list("ab") * 1000}, {"x": normal(2, 10), "l": list("ab") * 5}
        )
        assert drifted(found) == {}
        assert found.columns["x"].detectable is None or found.columns["x"].detectable > 1
        assert drifted(measure({"x": normal(1)}, {"x": normal(2, 10) + 9})) == {"x": "distribution"}

    def test_one_row(self, measure):
        assert drifted(measure({"x": [1.5]}, {"x": [2.5]})) == {}

    def test_no_common_column(self, measure):
        with pytest.raises(
            DataError, match=r"old.parquet and new.parquet have no column in common: a; and b"
        ):
            measure({"a": [1]}, {"b": [1]})
        with pytest.raises(DataError, match="no column in common"):
            measure({"id": [1]}, {"id": [1]}, ignore=["id"])

    def test_no_rows(self, measure):
        empty = {"x": pa.array([], pa.float64())}
        with pytest.raises(DataError, match=r"new.parquet has no rows"):
            measure({"x": normal(1)}, empty)

    def test_unicode_names(self, measure):
        old = {"größe | 尺寸": normal(1), "a.b": normal(2), 'quo"te': normal(3), "": normal(4)}
        found = measure(old, old)
        assert list(found.columns) == list(old)

    def test_another_order_of_columns_changes_nothing(self, measure):
        old = {"x": normal(1), "l": list("ab") * 1000, "y": normal(2)}
        new = {"x": normal(3, shift=1), "l": list("ab") * 1000, "y": normal(4)}
        one = measure(old, new)
        other = measure(old, {name: new[name] for name in ("y", "x", "l")})
        assert other.columns == one.columns
        assert list(other.columns) == ["x", "l", "y"]
        assert drifted(one) == {"x": "distribution"}

    @pytest.mark.parametrize("part", [0, 900])
    def test_cells_of_several_types_are_text(self, measure, tmp_path, part):
        numbers = "\n".join(["x,y", *(f"{i % 97},{i % 7}" for i in range(1_000))])
        mixed = numbers.replace(f"\n{part % 97},", "\nn.n.,", 1)
        (tmp_path / "old.csv").write_text(mixed)
        (tmp_path / "new.csv").write_text(mixed)
        files = {"reference": "old.csv", "current": "new.csv"}
        found = measure(None, None, **files)
        assert drifted(found) == {}
        assert found.columns["x"].kind in ("categorical", "text")
        (tmp_path / "old.csv").write_text(numbers)
        found = measure(None, None, **files)
        assert drifted(found) == {"x": "retyped"}
        assert found.columns["x"].was == "numeric"

    def test_missing_file(self, measure):
        with pytest.raises(DataError, match=r"drift.reference: there is no file nothing.parquet"):
            measure({"x": [1]}, {"x": [1]}, reference="nothing.parquet")


class TestGate:
    def verdict(self, evidence, **policy):
        loaded = compose(sections()).model_validate(
            {
                "version": 1,
                "drift": {"reference": "a", "current": "b", "floors": policy.pop("floors", {})},
                "gates": {"drift": {"max_share": 0.4, **policy}},
            }
        )
        judged = JudgeRecord(source="main", file="mlgate.yaml", digest="d", policy=loaded.judging())
        run = RunRecord(
            tool="t", name="n", commit=COMMIT, started="2026-01-02T03:04:05Z", judges=(judged,)
        )
        import datetime as dt

        return judge(run, {"evidence": {"drift": evidence}}, dt.date(2026, 1, 2), checks.gates())

    def evidence(self, measure):
        old = {"x": normal(1), "y": normal(2)}
        return measure(old, {"x": normal(3, shift=0.5), "y": normal(4)})

    def test_warns_unless_told_otherwise(self, measure):
        found = self.verdict(self.evidence(measure))
        assert (found.verdict, found.gates[0].verdict, found.gates[0].on_fail) == (
            "pass",
            "fail",
            "warn",
        )
        assert found.gates[0].reason == "1 of 2 (x)"
        assert self.verdict(self.evidence(measure), on_fail="fail").verdict == "fail"

    def test_decides_anew_under_its_own_floors(self, measure):
        evidence = self.evidence(measure)
        assert evidence.columns["x"].drifted
        assert self.verdict(evidence, floors={"x": 0.9}).gates[0].verdict == "pass"
        lying = {
            name: one.model_copy(update={"drifted": False, "because": (), "why": None})
            for name, one in evidence.columns.items()
        }
        metrics = {
            "share": evidence.metrics["share"].model_copy(
                update={"value": 0.0, "interval": (0.0, 0.0)}
            )
        }
        forged = evidence.model_copy(update={"columns": lying, "metrics": metrics})
        assert self.verdict(forged).gates[0].verdict == "fail"

    def test_between_holm_and_benjamini_hochberg_it_is_undecided(self, measure):
        evidence = self.evidence(measure)
        weak = evidence.columns["x"].model_copy(update={"ks_p": 0.01, "null_p": None})
        columns = {f"c{i}": weak for i in range(10)}
        found = self.verdict(evidence.model_copy(update={"columns": columns}))
        assert found.gates[0].verdict == "inconclusive"
        assert found.gates[0].interval == (0, 1)
        assert found.gates[0].reason.startswith(
            "between 0 and 10 of 10 (c0, c1, c2, c3, c4 and 5 more)"
        )

    def test_defaults_of_the_floors_are_the_documented_ones(self):
        assert Floors() == Floors(wasserstein=0.1, tv=0.05, null_rate=0.02, unseen=0.02)
