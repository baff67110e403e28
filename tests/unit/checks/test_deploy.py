"""What a trial shows: bounds over turns, and what the preflight finds."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate import checks, config
from mlgate.checks.deploy.from_trial import Trial, VersionLoad, evidence
from mlgate.checks.deploy.section import PreflightSection
from mlgate.errors import ConfigError
from mlgate.model.evidence import Environment
from mlgate.model.inputs import Stamp
from mlgate.pipeline.deploying.preflight import MachineFacts, problems

TURNS, EACH = 20, 100
TIMES_SLOWER = 1.1
GIB = 2**30


def load(random: np.random.Generator, factor: float) -> VersionLoad:
    """Latencies whose level differs from turn to turn, as on a machine with neighbours."""
    turns = np.repeat(np.arange(TURNS), EACH)
    neighbours = random.normal(0, 0.15, TURNS)[turns]
    seconds = factor * 0.01 * np.exp(neighbours + random.normal(0, 0.4, TURNS * EACH))
    return VersionLoad(seconds, [None] * len(seconds), turns)


def measured(**trial):
    return evidence(Trial("0" * 64, **trial), Stamp("mlgate", None, "2027-01-01T00:00:00Z"))


@pytest.mark.parametrize("metric", ["latency_ratio.p50", "latency_ratio.p95"])
def test_bounds_of_a_ratio_hold_where_turns_differ(metric):
    random, above, below = np.random.default_rng(17), 0, 0
    for _ in range(200):
        made = measured(new=load(random, TIMES_SLOWER), running=load(random, 1.0))
        low, high = made.metrics[metric].interval
        above += low > TIMES_SLOWER
        below += high < TIMES_SLOWER
    assert max(above, below) / 200 <= 0.05 + 0.03


def test_a_failed_request_is_slow_and_counted_by_its_reason():
    seconds = np.array([0.01] * 190 + [10.0] * 10)
    failures = [None] * 190 + ["no answer"] * 10
    made = measured(rows=3, new=VersionLoad(seconds, failures, np.arange(200) // 10))
    assert made.versions["new"].failures == {"no answer": 10}
    assert made.metrics["errors"].value == 0.05
    assert made.metrics["latency.p99"].value == 10_000
    assert made.absent["main"].kind == "none_yet"


def machine(packages=None, python="3.11.7", memory=4 * GIB, disk=2 * GIB) -> MachineFacts:
    return MachineFacts(environment(packages, python), memory, disk)


def environment(packages=None, python="3.11.7") -> Environment:
    given = {"numpy": "2.4.0", "scipy": "1.17.0"} if packages is None else packages
    return Environment(python=python, packages=given, platform="linux", digest="")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (machine(), []),
        (machine({"numpy": "2.4.0", "requests": "2"}), []),
        (machine({"numpy": "2.5.0"}), ["numpy is 2.5.0 here, and was 2.4.0 at training"]),
        (machine(python="3.12.1"), ["Python is 3.12.1 here, and was 3.11.7 at training"]),
        (machine(python=None), ["there is no python on PATH"]),
        (
            machine(memory=GIB),
            ["1,024 MiB of memory are free, and preflight.memory asks for 2,048"],
        ),
        (machine(disk=GIB // 2), ["512 MiB of disk are free, and preflight.disk asks for 1,024"]),
    ],
)
def test_the_preflight_compares_with_the_training_and_the_models_size(facts, words):
    shown = list(problems(PreflightSection(), facts, environment(), GIB))
    assert len(shown) == len(words)
    assert all(text.startswith(start) for text, start in zip(shown, words, strict=True))


def test_a_training_without_a_recorded_python_is_a_problem_unless_any_will_do():
    assert list(problems(PreflightSection(), machine(), None, 1))
    assert not list(problems(PreflightSection(packages="any"), machine(), None, 1))


BASE = """\
version: 1
task: binary
predictions: {path: p.csv, id: id, label: y, prediction: z}
"""


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("deploy: {target: local}\ngates: {accuracy: {min: 0.5}}", []),
        ("deploy: {target: local}\ngates: {deploy.errors: {max: 1}}", ["gates.deploy.errors"]),
        (
            (
                "deploy: {known_inputs: {path: k.csv, prediction: label}, load: {rate: 5}}\n"
                "gates: {deploy.errors: {max: 1}, deploy.p98: {max: 1}, deploy.latency.p50: {min: 1}}"
            ),
            ["gates.deploy.p98", "gates.deploy.latency.p50.min"],
        ),
        (
            (
                "deploy: {load: {rate: 5}, known_inputs: {path: k.csv, score: p}}\n"
                "gates: {accuracy: {min: 0.5}}"
            ),
            ["deploy.load", "deploy.known_inputs.score"],
        ),
        (
            "deploy: {load: {rate: 5}}\ngates: {deploy.errors: {max: 1}}",
            ["deploy.load"],
        ),
        (
            (
                "deploy: {target: argo-rollouts, cluster: {name: m, storage: s}}\n"
                "gates: {accuracy: {min: 0.5}}"
            ),
            ["deploy.target"],
        ),
        (
            "deploy: {server: {run: 'serve \"'}}\ngates: {accuracy: {min: 0.5}}",
            ["deploy.server.run"],
        ),
        (
            "deploy: {known_inputs: {path: k.csv}}\ngates: {accuracy: {min: 0.5}}",
            ["deploy.known_inputs"],
        ),
    ],
)
def test_what_the_configuration_contradicts_is_refused(text, keys):
    try:
        config.parse(BASE + text, "mlgate.yaml", checks.sections())
        found = []
    except ConfigError as error:
        found = [problem.key for problem in error.problems]
    assert found == keys
