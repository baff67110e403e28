"""The user's metrics, in real processes of a real Python."""

from __future__ import annotations

import ast
import dataclasses
import gc
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from mlgate.errors import DataError
from mlgate.inputs.custom import WORKER, UserMetric
from mlgate.model.rows import Rows
from mlgate.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

SCORING = """
import os, sys, time
import numpy as np

print("hello from the import")

def plain(y_true, y_pred):
    print("noise on stdout " * 1000)
    os.write(1, b"more noise")
    return np.mean(y_true == y_pred)

def full(y_true, y_pred, y_score, sample_weight):
    return float(np.average(y_score, weights=sample_weight))

def weighted(y_true, y_pred, *, sample_weight=None):
    return np.average(y_true == y_pred, weights=sample_weight)

def scored(y_true, y_pred, normalize=True, y_score=None):
    assert normalize is True
    return y_score.sum()

def passed(*arguments):
    return len(arguments)

def kinds(y_true, y_pred):
    return {"b": 1, "i": 2, "f": 3, "U": 4}[y_true.dtype.kind] + y_true.max().item() * 10 \\
        if y_true.dtype.kind != "U" else len(y_true[0])

def reads_stdin(y_true, y_pred):
    return len(sys.stdin.read())

def here(y_true, y_pred):
    assert os.path.exists("scoring.py") and os.environ["MINE"] == "1"
    return 1

def fails(y_true, y_pred):
    raise KeyError("profit table")

def quits(y_true, y_pred):
    sys.exit("enough")

def dies(y_true, y_pred):
    sys.stderr.write("out of memory, says the kernel\\n")
    sys.stderr.flush()
    os._exit(9)

def sleeps(y_true, y_pred):
    import subprocess
    child = subprocess.Popen(["sleep", "60"])
    open("child", "w").write(str(child.pid))
    time.sleep(60)

def recall(y_true, y_pred):
    return np.float64(sum(y_true & y_pred)) / np.float64(sum(y_true))

def exact_recall(y_true, y_pred):
    return int(sum(y_true & y_pred)) / int(sum(y_true))

class Scorer:
    def __call__(self, y_true, y_pred): return 7
scorer = Scorer()
number = 3
gives = lambda value: lambda y_true, y_pred: value
nan, text, many, none, whole, wide = map(gives, [float("nan"), "0.5", [1, 2], None, True, np.ones((1, 1))])
"""

Metric = Callable[..., UserMetric]


@pytest.fixture
def metric(root: Path) -> Iterator[Metric]:
    (root / "scoring.py").write_text(SCORING)
    made: list[UserMetric] = []

    def build(name: str, **keys: Any) -> UserMetric:
        keys.setdefault("python", shlex.quote(sys.executable))
        env = {"MINE": "1", "PATH": os.environ["PATH"]}
        function = name if ":" in name else f"scoring:{name}"
        made.append(UserMetric(function, cwd=root, env=env, **keys))
        return made[-1]

    yield build
    for one in made:
        one.close()


def workers() -> list[psutil.Process]:
    """Worker processes that this one has started and that are alive."""
    name = WORKER.name
    return [p for p in psutil.Process().children() if any(name in part for part in p.cmdline())]


def rows(classes: tuple[str, ...] = ("no", "yes"), **keys: Any) -> Rows:
    y = np.array([0, 1, 1, 0], dtype=np.int32)
    score = np.array([0.5, 0.25, 1.0, 0.0])
    return Rows("binary", y, np.array([0, 1, 0, 0], dtype=np.int32), score, classes, 1, **keys)


def ask(metric: UserMetric, of: Rows | None = None, weights: Any = None) -> list[float]:
    return list(metric(of or rows(), weights, Silent()))


def test_what_it_prints_cannot_reach_the_protocol(metric: Metric) -> None:
    assert ask(metric("plain")) == [0.75]


def test_one_process_serves_all_calls(metric: Metric) -> None:
    one, first, second = metric("plain"), rows(), rows()
    for of in (first, second, first):
        assert ask(one, of) == [0.75]
    assert len(workers()) == 1
    one.close()
    assert workers() == []
    assert ask(one) == [0.75]


def test_weights_by_name_by_position_or_as_repeated_rows(metric: Metric) -> None:
    weights = np.array([[1, 1, 1, 1], [0, 3, 1, 0], [2, 0, 0, 5]], dtype=np.float64)
    wanted = [0.75, 0.75, 1.0]
    assert ask(metric("weighted"), weights=weights) == wanted
    assert ask(metric("plain"), weights=weights) == wanted
    assert ask(metric("full"), weights=weights) == pytest.approx([0.4375, 0.4375, 1 / 7])
    with pytest.raises(DataError, match="takes no sample_weight, and the weights of the rows"):
        ask(metric("plain"), weights=weights + 0.5)


def test_scores_go_where_the_signature_says(metric: Metric) -> None:
    assert ask(metric("scored")) == [1.75]
    assert ask(metric("full")) == [0.4375]
    assert ask(metric("passed")) == [4]


@pytest.mark.parametrize(
    ("classes", "code"),
    [(("false", "true"), 11), (("0", "1"), 12), (("0.5", "1"), 13), (("no", "yes"), 2),
     (("1", "x"), 1)],
)  # fmt: skip
def test_labels_are_of_their_own_type(metric: Metric, classes: tuple[str, ...], code: int) -> None:
    assert ask(metric("kinds"), rows(classes)) == [code]


def test_regression_and_class_scores(metric: Metric, root: Path) -> None:
    (root / "more.py").write_text(
        "def mae(t, p): return abs(t - p).mean()\ndef shape(t, p, s): return s.shape[1] + s[1, 2]\n"
    )
    numbers = Rows("regression", np.array([1.0, 2.5]), np.array([2.0, 2.5]))
    assert ask(metric("more:mae"), numbers) == [0.5]
    y = np.array([0, 1], dtype=np.int32)
    score = np.asfortranarray([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]])
    assert ask(metric("more:shape"), Rows("multiclass", y, y, score, ("a", "b", "c"))) == [3.5]


def test_stdin_is_empty_and_the_folder_and_variables_are_the_users(metric: Metric) -> None:
    assert ask(metric("reads_stdin")) == [0]
    assert ask(metric("here")) == [1]


def test_modules_of_ours_are_not_in_the_users_way(metric: Metric) -> None:
    with pytest.raises(DataError, match="there is no module 'pairing' for "):
        ask(metric("pairing:pair"))


def test_an_object_that_can_be_called(metric: Metric) -> None:
    assert ask(metric("scorer")) == [7]


def test_an_exception_is_told_with_the_end_of_its_traceback(metric: Metric) -> None:
    with pytest.raises(DataError) as e:
        ask(metric("fails"))
    assert "metrics.custom: scoring:fails: it failed\n" in e.value.message
    assert 'scoring.py", line' in e.value.message
    assert e.value.message.endswith("    KeyError: 'profit table'")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("quits", "(?s)it failed.*SystemExit: enough"),
        ("dies", "(?s)its Python ended with 9\n.*out of memory, says the kernel"),
        ("nan", "it returned nan, which is not a finite number"),
        ("text", "it returned '0.5', not a number"),
        ("many", r"it returned \[1, 2\], not a number"),
        ("none", "it returned None, not a number"),
        ("wide", r"it returned array\(\[\[1\.\]\]\), not a number"),
        ("nothing", "module 'scoring' has no 'nothing'"),
        ("number", "'number' is not a function"),
        ("score:nothing", "there is no module 'score' for "),
        ("broken:f", "(?s)it failed.*ModuleNotFoundError: No module named 'not_installed'"),
    ],
)
def test_what_goes_wrong_is_told(metric: Metric, root: Path, name: str, told: str) -> None:
    (root / "broken.py").write_text("import not_installed\n")
    with pytest.raises(DataError, match=told):
        ask(metric(name))
    assert workers() == []


@pytest.mark.parametrize("name", ["recall", "exact_recall"])
def test_what_one_resample_leaves_undefined_is_nan(metric: Metric, name: str) -> None:
    """A resample without a positive says nothing against the metric."""
    of = rows(("0", "1"))
    weights = np.array([[1.0, 1, 1, 1], [3, 0, 0, 1], [0, 2, 1, 1]])
    found = ask(metric(name), of, weights)
    assert np.isnan(found[1])
    assert (found[0], found[2]) == (0.5, pytest.approx(2 / 3))
    with pytest.raises(DataError, match=r"not a finite number|it failed"):
        ask(metric(name), dataclasses.replace(of, y_true=np.zeros(4, dtype=np.int32)))


def test_a_truth_value_is_a_number(metric: Metric) -> None:
    assert ask(metric("whole")) == [1.0]


def test_a_python_without_numpy(metric: Metric) -> None:
    bare = shlex.join([sys.executable, "-S", "-I"])
    with pytest.raises(DataError, match="has no NumPy"):
        ask(metric("plain", python=bare))


def test_a_python_that_does_not_exist(metric: Metric) -> None:
    told = r"metrics\.python: 'no-such-python' cannot be started: No such file"
    with pytest.raises(DataError, match=told):
        ask(metric("plain", python="no-such-python"))


def test_a_command_that_is_no_python(metric: Metric) -> None:
    with pytest.raises(DataError, match="its Python ended with 0"):
        ask(metric("plain", python="true"))


def test_a_time_out_ends_everything_that_was_started(metric: Metric, root: Path) -> None:
    start = time.monotonic()
    with pytest.raises(DataError, match=r"it gave no answer within 1\.5 s"):
        ask(metric("sleeps", timeout=1.5))
    assert time.monotonic() - start < 10
    child = int((root / "child").read_text())
    deadline = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_metric_that_is_forgotten_leaves_no_process(root: Path) -> None:
    (root / "scoring.py").write_text(SCORING)
    one = UserMetric("scoring:plain", sys.executable, root, {"PATH": os.environ["PATH"]})
    ask(one)
    assert len(workers()) == 1
    del one
    gc.collect()
    assert workers() == []


def test_many_replicates_report_their_progress(metric: Metric) -> None:
    told: list[int] = []

    class Counting(Silent):
        def advance(self, by: int = 1) -> None:
            told.append(by)

    weights = np.random.default_rng(0).poisson(1, (500, 4)).astype(float) + 1
    values = metric("weighted")(rows(), weights, Counting())
    assert sum(told) == len(values) == 500


def test_the_worker_is_written_for_older_pythons() -> None:
    ast.parse(WORKER.read_text(), feature_version=(3, 8))
