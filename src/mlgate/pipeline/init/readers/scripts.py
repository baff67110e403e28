"""Scripts that train, by their names and by what they do."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.clues import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree

NAMES: Final = ("train.py", "training.py", "fit.py", "train_model.py", "train.sh")
GENERAL: Final = ("main.py", "run.py", "model.py", "pipeline.py")
"""Names that count where the script fits a model."""
BY_NAME: Final = 30
"""The rank of the first script that goes by its name."""
WRITES: Final = 47
"""The rank of a script that writes results and fits no model."""
IMPORTED: Final = 48
"""The rank of a module of such a name that does nothing when it is run."""
_FITS: Final = re.compile(
    r"\.fit\w*\(|\.partial_fit\(|\btrain\(|\bcv\(|\.backward\(|Trainer\b|\.train_on_batch\(|"
    r"GridSearchCV|cross_val_predict|\bfine_?tune|from_pretrained|\.train\("
)
_WRITES: Final = re.compile(
    r"\.to_(?:csv|parquet|json|feather)\(|\bcsv\.(?:writer|DictWriter)\(|\.write_(?:csv|parquet|ndjson|table)\(|"
    r"\bjson\.dumps?\(|\bsavetxt\("
)
"""Code that writes rows or numbers."""
_PREDICTS: Final = re.compile(
    r"\.(?:predict|predict_proba|decision_function|recommend\w*|forecast|generate|score|eval|infer)\(|"
    r"\b(?:joblib|pickle|torch)\.load\(|\bload_model\(|InferenceSession\(|\bpipeline\(|no_grad|inference_mode"
)
"""Code that uses a model which is there."""
_RESULT: Final = re.compile(
    r"""["'](?:[^"'\n]*/)?(?:(?:out|outputs?|results?|reports?|artifacts?|predictions?|eval(?:uation)?)/[^"'\n]*|"""
    r"""[^"'/\n]*(?:pred|score|metrics|forecast|oof)[^"'/\n]*)\.(?:csv|tsv|parquet|pq|jsonl?|ndjson|feather)["']""",
    re.IGNORECASE,
)
"""A file's name that results have: by its folder, or by itself."""
_ASKS: Final = re.compile(
    r"""["']--?(?:out(?:put)?|predictions?|preds?|results?|scores?|metrics)(?:[-_]\w+)*["']"""
)
"""An argument that says where results go."""
_IMPORT: Final = re.compile(
    r"^\s*(?:from\s+\.*([\w.]*)\s+import\s+\(?([\w, ]+)|import\s+([\w.]+))", re.MULTILINE
)


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the scripts of telling names, one that alone fits a model, and one that alone writes results."""
    for path in tree.named(*NAMES):
        rank = BY_NAME + NAMES.index(PurePosixPath(path).name)
        rank = rank if path.endswith(".sh") or _runs(tree.text(path)) else IMPORTED
        yield _clue(tree, path, rank, f"the script is called {PurePosixPath(path).name}")
    for path in tree.named(*GENERAL):
        if fits(tree, path):
            yield _clue(tree, path, 40, f"{path} fits a model")
    fitting = [
        p for p in tree.files if p.endswith(".py") and fits_in(tree.text(p)) and _runs(tree.text(p))
    ]
    if len(fitting) == 1:
        yield _clue(tree, fitting[0], 45, f"{fitting[0]} is the only script that fits a model")
    judging = evaluation(tree)
    if judging is not None:
        yield judging


def evaluation(tree: Tree) -> Clue | None:
    """Return how the one script is run that fits no model, and writes what a model made of rows; None without one.

    Of several the one with the most signs of that: a model that is used, a result's name, an argument that says
    where results go.
    """
    code = [path for path in tree.files if path.endswith(".py") and _runs(tree.text(path))]
    below = {path for script in code for path in reached(tree, script) if path != script}
    signs = {path: _signs(tree, path) for path in code if path not in below}
    most = max(signs.values(), default=0)
    best = [path for path, count in signs.items() if count == most > 0]
    if len(best) != 1:
        return None
    return _clue(tree, best[0], WRITES, f"{best[0]} writes results, and fits no model itself")


def writes_results(tree: Tree, script: str) -> bool:
    """Whether a script, or a module of this repository that it imports, writes a file with a result's name."""
    texts = [tree.text(path) for path in reached(tree, script)]
    return any(map(_WRITES.search, texts)) and any(map(_RESULT.search, texts))


def _signs(tree: Tree, script: str) -> int:
    """Return how many signs there are that a script writes what a model made; 0 where it fits one, or writes nothing."""
    text = "\n".join(tree.text(path) for path in reached(tree, script))
    if fits_in(text) or not _WRITES.search(text):
        return 0
    return sum(pattern.search(text) is not None for pattern in (_PREDICTS, _RESULT, _ASKS))


def fits(tree: Tree, script: str) -> bool:
    """Whether a script, or a module of this repository that it imports, fits a model."""
    return any(fits_in(tree.text(path)) for path in reached(tree, script))


def reached(tree: Tree, script: str) -> Iterator[str]:
    """Yield a script, and the files of this repository that it imports or names, in turn."""
    todo, seen = [script], set[str]()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        yield path
        text = tree.text(path)
        names = list(_imported(text))
        words = [word for word in re.findall(r"[\w./-]+\.py\b", text) if not path.endswith(".py")]
        todo += [p for p in tree.files if p.endswith(".py") and _is_any(p, names)]
        todo += [p for p in tree.files if p in words]


def _imported(text: str) -> Iterator[str]:
    """Yield the modules that a text of code imports, as dotted names."""
    for package, members, module in _IMPORT.findall(text):
        yield module or package
        for member in re.findall(r"\w+", members):
            yield f"{package}.{member}" if package else member


def fits_in(text: str) -> bool:
    """Whether a text of code fits a model itself."""
    return _FITS.search(text) is not None


def _is_any(path: str, modules: list[str]) -> bool:
    dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return any(name and (dotted == name or dotted.endswith(f".{name}")) for name in modules)


def _runs(text: str) -> bool:
    """Whether a module does something when it is run."""
    return (
        "__main__" in text
        or re.search(r"^\w[\w.]*\(|^\w+ = .*\.fit\(|^(?:with|for) ", text, re.MULTILINE) is not None
    )


def _clue(tree: Tree, path: str, rank: int, reason: str) -> Clue:
    """Return how a script is run; as a module where it imports the top folder that it is in."""
    program = "bash" if path.endswith(".sh") else "python"
    command = f"{program} {shlex.quote(path)}"
    parts = PurePosixPath(path).with_suffix("").parts
    if len(parts) > 1 and program == "python" and all(map(str.isidentifier, parts)):
        imported = (name.partition(".")[0] for name in _imported(tree.text(path)))
        if parts[0] in imported and not (tree.root / path).with_name(parts[0]).exists():
            command, reason = f"python -m {'.'.join(parts)}", f"{reason}, and imports {parts[0]}"
    return Clue("train", command, rank, reason, path)
