#!/bin/sh
# One step of an action: `step.sh ACTION` runs the mlgate command that belongs to it.
#
# This part only finds a Python that mlgate runs on; the rest is Python (__main__.py).
# Nothing is changed for later steps: no PATH, no PYTHONPATH, no activated environment.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# The versions that requirements/ are locked for; -I: whatever the job's PYTHON* variables say.
suits() {
  "$1" -I -c 'import sys
v = sys.version_info[:2]
sys.exit(not ((3, 11) <= v <= (3, 14) and sys.implementation.name == "cpython"))' >/dev/null 2>&1
}

find_python() {
  if [ -n "${MLGATE_PYTHON:-}" ]; then
    set -- "$MLGATE_PYTHON"
  else
    set -- python3 python python3.14 python3.13 python3.12 python3.11 /usr/bin/python3 \
      "${RUNNER_TOOL_CACHE:-/opt/hostedtoolcache}"/Python/3.1[1-4].*/*/bin/python3
  fi
  for python; do
    if suits "$python"; then return; fi
  done
  if [ -n "${MLGATE_PYTHON:-}" ]; then
    echo "::error title=mlgate::MLGATE_PYTHON=$MLGATE_PYTHON is no CPython 3.11 to 3.14"
  else
    echo "::error title=mlgate::mlgate needs CPython 3.11 to 3.14 and found none on this runner." \
      "Add actions/setup-python before this step, or name one in MLGATE_PYTHON."
  fi
  exit 2
}

find_python
exec "$python" -I "$here" "$@"
