"""A step of an action: install what it needs, turn its inputs into arguments, become mlgate.

The inputs arrive as one JSON object in `MLGATE_INPUTS` (`${{ toJSON(inputs) }}`), so that no
value is ever part of a script.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from environment import LAUNCH, ROOT, SetupError, ensure, launcher
from inputs import ACTIONS, InputError, Step, step


def main() -> int:
    """Replace this process by mlgate's; give an exit code where it does not come to that."""
    name, *more = sys.argv[1:]
    environ = dict(os.environ)
    try:
        given = step(ACTIONS[name], json.loads(environ.pop("MLGATE_INPUTS", "{}")), more)
        folder = ensure(given.level, environ)
    except (InputError, SetupError) as error:
        print("::error title=mlgate::" + str(error).replace("%", "%25").replace("\n", "%0A"))
        return 2
    if name == "setup":
        _tell(environ, "mlgate", str(launcher(folder)))
    become(given, str(folder / "bin" / "python"), environ)
    return 0


def _tell(environ: dict[str, str], name: str, value: str) -> None:
    """Set an output of this step."""
    with Path(environ.get("GITHUB_OUTPUT", os.devnull)).open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def become(given: Step, python: str, environ: dict[str, str]) -> None:
    """Hand over to mlgate in its own environment; isolated from the user's PYTHON* variables.

    The credentials are not in the environment block that it is started with.
    """
    sys.path.insert(0, str(ROOT / "src"))
    from mlgate import environment_block

    command = [python, "-I", str(LAUNCH), *given.arguments]
    environ = {**environ, **given.environ}
    environment_block.become(command, environ)
    sys.stdout.flush()
    os.execve(python, command, environ)


sys.exit(main())
