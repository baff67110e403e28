"""`fairness` and the gates on it: what may be written, and what is said of the rest."""

from __future__ import annotations

import pytest

from mlgate import checks, config
from mlgate.errors import ConfigError

START = """
version: 1
task: {task}
predictions: {{path: p.csv, label: y, prediction: p}}
fairness: {{{fairness}}}
gates:
  {gates}
"""


def parse(fairness="sensitive: [sex, race]", gates="", task="binary"):
    text = START.format(task=task, fairness=fairness, gates=gates or "accuracy: {min: 0}")
    return config.parse(text, "mlgate.yaml", checks.sections()).config


def problems(fairness="sensitive: [sex, race]", gates="", task="binary"):
    with pytest.raises(ConfigError) as caught:
        parse(fairness, gates, task)
    return [
        f"{one.key}: {one.message}" + (f" ({one.hint})" if one.hint else "")
        for one in caught.value.problems
    ]


def gate(name, rules="max: 0.1"):
    return f'"fairness.{name}": {{{rules}}}'


class TestGroupings:
    @pytest.mark.parametrize(
        ("section", "names"),
        [
            ("sensitive: [sex]", ["sex"]),
            ("sensitive: [sex, race]", ["sex", "race", "sex*race"]),
            ("sensitive: [a, b, c]", ["a", "b", "c", "a*b", "a*c", "b*c", "a*b*c"]),
            ("sensitive: [sex, race], intersections: false", ["sex", "race"]),
            ('sensitive: [a, b, c], intersections: ["a * c"]', ["a", "b", "c", "a*c"]),
            ("sensitive: {age: {edges: [25, 45]}}", ["age"]),
            (
                "sensitive: [sex, race], intersections: false, control: [region]",
                ["sex", "race", "sex|region", "race|region"],
            ),
        ],
    )
    def test_names(self, section, names):
        assert [one.name for one in parse(section).fairness.groupings()] == names

    def test_reference_groups(self):
        found = parse("sensitive: [sex, race], reference_group: {race: White}").fairness
        assert (found.reference_of("sex"), found.reference_of("race")) == (None, "White")
        assert (
            parse("sensitive: [sex], reference_group: Male").fairness.reference_of("sex") == "Male"
        )


class TestSection:
    @pytest.mark.parametrize(
        ("section", "message"),
        [
            ("sensitive: []", "fairness.sensitive: must not be empty"),
            ("control: [sex]", "fairness.sensitive: is missing (the columns whose groups are compared)"),
            ("sensitive: [sex, sex]", "fairness.sensitive.1: 'sex' is named twice"),
            ('sensitive: ["a|b"]', "fairness.sensitive.0: '|' is not allowed in a name (name it: {sensitive: {name: {column: 'a|b'}}})"),
            ("sensitive: [a, b, c, d, e, f, g, h, i]", "fairness.sensitive: at most 8 columns are compared, got 9"),
            ("sensitive: {age: {bins: 4, edges: [3]}}", "fairness.sensitive.age.bins: cannot be combined with edges (remove one of the two)"),
            ("sensitive: {age: {edges: [3, 3]}}", "fairness.sensitive.age.edges: must be in ascending order, without repeats"),
            ("sensitive: {age: {bins: 1}}", "fairness.sensitive.age.bins: must be at least 2, got the number 1"),
            ("sensitive: {age: {id: key}}", "fairness.sensitive.age.id: applies to another file, and path names none (the predictions' own id is predictions.id)"),
            ("sensitive: [sex], control: [sex]", "fairness.control.0: 'sex' is also a sensitive column"),
            ('sensitive: [sex, race], intersections: ["sex*rase"]', "fairness.intersections.0: there is no sensitive column 'rase' (did you mean race?)"),
            ('sensitive: [sex, race], intersections: ["sex"]', "fairness.intersections.0: expected several columns such as sex*race, got 'sex'"),
            ("sensitive: [sex, race], reference_group: Male", "fairness.reference_group: which of sex, race has this group? (write {sex: Male})"),
            ("sensitive: [sex], reference_group: {sax: Male}", "fairness.reference_group.sax: there is no sensitive column 'sax' (did you mean sex?)"),
            ("sensitve: [sex], sensitive: [sex]", "fairness.sensitve: unknown key (did you mean sensitive?)"),
            ("sensitive: [sex], suppress_below: 1", "fairness.suppress_below: must be at least 2, got the number 1"),
        ],
    )  # fmt: skip
    def test_each_rule(self, section, message):
        assert problems(section) == [message]

    def test_slices_may_not_show_what_is_hidden(self):
        text = (
            "version: 1\ntask: binary\npredictions: {path: p.csv, id: id, label: y, prediction: q}\n"
            "slices: {by: [region, sex]}\nfairness: {sensitive: [sex], suppress_below: 5}\n"
            "gates: {accuracy: {min: 0}}"
        )
        with pytest.raises(ConfigError, match=r"slices.by.1: would show every group of 'sex'"):
            config.parse(text, "mlgate.yaml", checks.sections())
        config.parse(text.replace(", suppress_below: 5", ""), "mlgate.yaml", checks.sections())

    def test_needs_predictions(self):
        text = "version: 1\nmetrics: {files: [m.json]}\nfairness: {sensitive: [sex]}\ngates: {a: {min: 0}}"
        with pytest.raises(
            ConfigError, match="fairness: needs predictions, but none are configured"
        ):
            config.parse(text, "mlgate.yaml", checks.sections())


class TestGates:
    @pytest.mark.parametrize(
        ("name", "canonical"),
        [
            ("demographic_parity_difference[sex]", "demographic_parity_difference[sex]"),
            ("selection_rate_difference[sex]", "demographic_parity_difference[sex]"),
            ("true_positive_rate_difference[sex*race]", "equal_opportunity_difference[sex*race]"),
            ("accuracy_score_difference[race]", "accuracy_difference[race]"),
            ("precision_score_difference[race]", "predictive_parity_difference[race]"),
            ("false_positive_rate[sex=Female]", "fpr[sex=Female]"),
        ],
    )
    def test_spellings_of_fairlearn(self, name, canonical):
        policy = parse(gates=gate(name)).judging()
        assert list(policy.gates) == [f"fairness.{canonical}"]

    def test_the_four_fifths_rule_is_a_preset(self):
        preset = parse(gates=gate("four_fifths_rule[sex]", "")).judging()
        assert preset.gates["fairness.four_fifths_rule[sex]"].min == 0.8
        own = parse(gates=gate("four_fifths[sex]", "min: 0.75")).judging()
        assert own.gates["fairness.four_fifths_rule[sex]"].min == 0.75

    @pytest.mark.parametrize(
        ("gates", "message"),
        [
            (gate("demographic_party_difference[sex]"), "there is no fairness metric 'demographic_party_difference' (did you mean fairness.demographic_parity_difference?)"),
            (gate("accuracy_difference[sax]"), "there is no grouping 'sax' (did you mean sex?)"),
            (gate("accuracy_difference"), "does not name a column (write fairness.accuracy_difference[sex])"),
            (gate("tpr[sex]"), "true positive rate is a rate of one group (fairness.tpr[sex=GROUP]; gaps between groups are fairness.equal_opportunity_difference or fairness.equal_opportunity_ratio)"),
            (gate("accuracy_difference[sex]", "on_fail: warn"), "has no rule (give it min, max or max_regression)"),
            (gate("roc_auc_difference[sex]"), "ROC AUC difference needs scores, but predictions.score is not set (name the column with the probability)"),
        ],
    )  # fmt: skip
    def test_each_name(self, gates, message):
        name = gates.partition('"')[2].partition('"')[0]
        assert problems(gates=gates) == [f"gates.{name}: {message}"]

    @pytest.mark.parametrize(
        ("gates", "message"),
        [
            (gate("accuracy_difference[sex]", "min: 0.1"), "min: accuracy difference should be small (write max)"),
            (gate("accuracy_ratio[sex]", "max: 0.9"), "max: accuracy ratio should be near 1 (write min)"),
            (gate("accuracy_difference[sex]", "max: 10"), "max: accuracy difference is between 0 and 1, got 10 (write 0.1 for 10 points)"),
            (gate("accuracy_difference[sex]", "max_share: 0.1"), "max_share: is only for drift (min, max or max_regression)"),
            (gate("selection_rate[sex=F]", "max_regression: 0.1"), "max_regression: neither a higher nor a lower selection rate is better (gate the difference between groups)"),
        ],
    )  # fmt: skip
    def test_each_limit(self, gates, message):
        name = gates.partition('"')[2].partition('"')[0]
        assert problems(gates=gates) == [f"gates.{name}.{message}"]

    def test_what_the_task_does_not_have(self):
        text = gate("equal_opportunity_difference[sex]")
        found = problems("sensitive: [sex]", f"mae: {{max: 1}}\n  {text}", "regression")
        assert "equal opportunity difference is not defined for the task regression" in found[0]
        assert "available: mean_error_difference, mae_difference" in found[0]

    def test_an_organisation_may_gate_what_it_does_not_configure(self):
        text = 'version: 1\ngates: {"fairness.accuracy_difference[sex]": {max: 0.1}}'
        assert config.parse_policy(text, "org.yaml", checks.sections()).gates


def test_the_examples_of_the_page_are_valid():
    import re
    from pathlib import Path

    text = (Path(__file__).parents[3] / "docs" / "fairness.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        assert config.parse(block, "fairness.md", checks.sections()).config.fairness
