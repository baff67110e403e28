"""Projects of evaluation tools, by their configuration alone: promptfoo, Inspect, lm-evaluation-harness."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init import commands
from mlgate.pipeline.init.clues import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree

RANK: Final = 35
"""Before scripts that merely fit a model, behind targets and scripts that are called a training."""
_PROMPTFOO: Final = tuple(
    f"promptfooconfig.{end}" for end in ("yaml", "yml", "json", "js", "mjs", "cjs", "ts")
)
_RUNS_PROMPTFOO: Final = (
    "PROMPTFOO_FAILED_TEST_EXIT_CODE=0 npx promptfoo eval{config} -o out/results.json --no-cache"
)
_TASK: Final = re.compile(r"^@task\b", re.MULTILINE)
_IMPORTS_INSPECT: Final = re.compile(r"^\s*(?:from|import)\s+inspect_ai\b", re.MULTILINE)
_INSPECT: Final = re.compile(r"(?:(?:uv|poetry|pipenv|pdm|hatch) run +)?inspect eval .+")
_MODEL: Final = re.compile(r"--model[ =](\S+)")
_LM_EVAL: Final = re.compile(
    r"(?:(?:uv|poetry|pipenv|pdm|hatch) run +)?(?:python3? -m )?(?:lm_eval|lm-eval)(?: run)? +-.*"
)
_LOGGING: Final = re.compile(r" *(?:--output_path[ =]\S+|--log_samples\b)")
_TEXTS: Final = (".sh", ".md", ".rst")


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how each tool is run into an empty folder that mlgate reads."""
    yield from _promptfoo(tree)
    lines = list(_lines(tree))
    yield from _inspect(tree, lines)
    yield from _lm_eval(lines)


def scorer(tree: Tree) -> str | None:
    """Return the first scorer that a task of Inspect names, which its scores are called after."""
    for path in _tasks(tree):
        named = re.search(r"scorer\s*=\s*\[?\s*(\w+)\(", tree.text(path))
        if named is not None:
            return named[1]
    return None


def promptfoo_files(tree: Tree) -> Iterator[str]:
    """Yield promptfoo's configurations."""
    return tree.named(*_PROMPTFOO)


def _promptfoo(tree: Tree) -> Iterator[Clue]:
    for path in promptfoo_files(tree):
        config = "" if "/" not in path else f" -c {shlex.quote(path)}"
        command = _RUNS_PROMPTFOO.format(config=config)
        yield Clue("train", command, RANK, f"{path} is promptfoo's", tool="promptfoo")
        return


def _tasks(tree: Tree) -> list[str]:
    """Return the files with tasks of Inspect that are nearest to the top."""
    files = [
        path
        for path in tree.files
        if path.endswith(".py")
        and _TASK.search(tree.text(path))
        and _IMPORTS_INSPECT.search(tree.text(path))
    ]
    depth = min((path.count("/") for path in files), default=0)
    return [path for path in files if path.count("/") == depth]


def _inspect(tree: Tree, lines: list[tuple[str, str]]) -> Iterator[Clue]:
    files = _tasks(tree)
    if not files:
        return
    shown = [(line, file) for line, file in lines if _INSPECT.fullmatch(line)]
    models = ((_MODEL.search(line), file) for line, file in shown)
    model, why = next(((m[1], f" as in {file}") for m, file in models if m is not None), ("", ""))
    option = f" --model {model}" if model else ""
    names = " ".join(map(shlex.quote, files))
    reason = f"{files[0]} holds a task of Inspect, and the model is{why}"
    if not model:
        reason = f"{files[0]} holds a task of Inspect; add --model, or set INSPECT_EVAL_MODEL"
    command = f"rm -rf out/logs && inspect eval {names}{option} --log-dir out/logs"
    yield Clue("train", command, RANK, reason, tool="inspect")


def _lm_eval(lines: list[tuple[str, str]]) -> Iterator[Clue]:
    for line, file in lines:
        if _LM_EVAL.fullmatch(line) and commands.complete(line):
            command = f"{_LOGGING.sub('', line)} --log_samples --output_path out/lm_eval"
            reason = f"{file} runs it, with its samples kept"
            yield Clue("train", f"rm -rf out/lm_eval && {command}", RANK, reason, tool="lm_eval")
            return


def _lines(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the lines of Makefiles, scripts and pages, with the file of each; continued lines are one."""
    for path in tree.files:
        name = PurePosixPath(path).name
        if name in ("Makefile", "justfile", "README") or name.endswith(_TEXTS):
            for line in commands.joined(tree.text(path)):
                yield " ".join(re.sub(r"^\s*(?:[$%>]\s+|[@+-]+)?", "", line).split()), path
