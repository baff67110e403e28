"""`gh run download RUN --repo HOST/OWNER/NAME --name ARTIFACT --dir FOLDER`, and nothing else of gh."""

import argparse
import os
import shutil
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("words", nargs=3)
for name in ("--repo", "--name", "--dir"):
    parser.add_argument(name, required=True)
asked = parser.parse_args()
assert asked.words[:2] == ["run", "download"]
assert asked.repo.endswith(f"/{os.environ['GITHUB_REPOSITORY']}")
assert os.environ["GH_ENTERPRISE_TOKEN"]
shutil.copytree(Path(os.environ["ACT_ARTIFACT_DIR"], asked.words[2], asked.name), asked.dir)
