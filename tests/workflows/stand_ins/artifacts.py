"""Artifacts as folders, by the rules of actions/upload-artifact and actions/download-artifact.

One path: its content, or the file alone. Several: relative to the folder that they have in
common. Hidden files, and what lies in hidden folders, only when asked for.
"""

import fnmatch
import glob
import json
import os
import shutil
import sys
from pathlib import Path

STORE = Path(os.environ["ACT_ARTIFACT_DIR"])
RUN = os.environ["GITHUB_RUN_ID"]


def upload(inputs: dict[str, str]) -> None:
    lines = [line.strip() for line in inputs["path"].splitlines() if line.strip()]
    wanted = [os.path.normpath(line) for line in lines if not line.startswith("!")]
    left_out = [os.path.normpath(line[1:]) for line in lines if line.startswith("!")]
    hidden = inputs["include-hidden-files"] == "true"
    found = {file for line in wanted for file in files(line, hidden=hidden)}
    found = {file for file in found if not any(fnmatch.fnmatch(file, one) for one in left_out)}
    if not found:
        sys.exit("no files found" if inputs["if-no-files-found"] == "error" else 0)
    target = STORE / RUN / inputs["name"]
    if target.exists():
        sys.exit(f"an artifact named {inputs['name']} exists already")
    fixed = [line.split("*")[0].rstrip("/") or "." for line in wanted]
    root = os.path.commonpath(fixed)
    root = root if Path(root).is_dir() else str(Path(root).parent)
    for file in found:
        copy = target / os.path.relpath(file, root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def files(pattern: str, *, hidden: bool) -> list[str]:
    found = []
    for start in glob.glob(pattern, recursive=True, include_hidden=True):  # noqa: PTH207
        inside = [start] if Path(start).is_file() else map(str, Path(start).rglob("*"))
        for file in inside:
            # The folders of a file that is named in full may be hidden.
            parts = Path(file).parts[-1:] if file == pattern else Path(file).parts
            if Path(file).is_file() and (hidden or not any(one[0] == "." for one in parts)):
                found.append(file)
    return found


def download(inputs: dict[str, str]) -> None:
    """Version 3 knows nothing but a name and a path; since 5 a pattern may fit one as a name does."""
    pattern = inputs["name"] or inputs.get("pattern") or "*"
    run = inputs.get("run-id") or RUN
    if run != RUN and not inputs["github-token"]:
        sys.exit("another run's artifacts need github-token")
    folders = (STORE / run).glob("*")
    found = sorted(folder for folder in folders if fnmatch.fnmatch(folder.name, pattern))
    if inputs["name"] and not found:
        sys.exit(f"there is no artifact named {inputs['name']}")
    one = bool(inputs["name"]) or ("pattern" in inputs and len(found) == 1)
    apart = not one and inputs.get("merge-multiple") != "true"
    for folder in found:
        target = Path(inputs["path"]) / folder.name if apart else Path(inputs["path"])
        shutil.copytree(folder, target, dirs_exist_ok=True)


{"upload": upload, "download": download}[sys.argv[1]](json.loads(os.environ["INPUTS"]))
