#!/bin/sh
# Resolve the locked files. Hashes, no addresses: they install from any index.
set -eu
cd "$(dirname "$0")/.."
compile() {
  uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
    --no-emit-index-url --custom-compile-command "make lock" "$@"
}
compile pyproject.toml --all-extras --group pyproject.toml:dev -o requirements/dev.txt
compile pyproject.toml --extra demo --group pyproject.toml:build -c requirements/dev.txt -o requirements/demo.txt
compile pyproject.toml -c requirements/dev.txt -o requirements/run.txt
compile pyproject.toml --extra arrow --extra s3 --extra postgres -c requirements/dev.txt -o requirements/full.txt
compile --group pyproject.toml:build -c requirements/dev.txt -o requirements/build.txt
compile --group pyproject.toml:docs -c requirements/dev.txt -o requirements/docs.txt
compile requirements/light.in -c requirements/dev.txt -o requirements/light.txt
compile requirements/attest.in -c requirements/dev.txt -o requirements/attest.txt
compile requirements/pip.in -o requirements/pip.txt
compile requirements/uv.in -c requirements/dev.txt -o requirements/uv.txt
# The oldest versions that pyproject.toml allows: `make test-oldest`.
compile pyproject.toml --all-extras --group pyproject.toml:test --group pyproject.toml:build \
  --resolution lowest-direct -o requirements/oldest.txt
