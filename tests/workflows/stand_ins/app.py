"""An installation's token for an App's client id and private key, masked in the log."""

import json
import os
import sys
from pathlib import Path

inputs = json.loads(os.environ["INPUTS"])
app = json.loads(Path(os.environ["ACT_APP"]).read_text())
if not inputs["client-id"]:
    sys.exit("The 'client-id' (or deprecated 'app-id') input must be set to a non-empty string.")
if any(inputs[name] != app[name] for name in ("client-id", "private-key")):
    sys.exit("A JSON web token could not be decoded")
print(f"::add-mask::{app['token']}")
with Path(os.environ["GITHUB_OUTPUT"]).open("a") as file:
    file.writelines(f"{name}={app[name]}\n" for name in ("token", "installation-id", "app-slug"))
