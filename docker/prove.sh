#!/usr/bin/env bash
# Build the image without a container engine, and use it.
#
# The base is a Debian made here (debootstrap, imported FROM scratch), the builder is buildah in
# a chroot: what is proven is the Dockerfile, not the base that it names by default. Needs root
# and the Debian packages buildah and debootstrap. Where the machine's pip has a configuration
# (an index, a certificate), the build uses it too.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
store=(--storage-driver vfs --root "$scratch/store" --runroot "$scratch/run")
tidy() { buildah "${store[@]}" umount --all >/dev/null 2>&1 || true; rm -rf "$scratch"; }
trap tidy EXIT
step() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$1"; }

# The suite and mirror that this machine itself uses.
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | awk '!/security/ && !seen {print; seen=1}')

step "base: Debian $suite"
debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv \
  "$suite" "$scratch/base" "$mirror" >"$scratch/debootstrap.log" || { tail "$scratch/debootstrap.log"; exit 1; }
rm -rf "$scratch"/base/var/cache/apt/archives/*.deb
container=$(buildah "${store[@]}" from scratch)
buildah "${store[@]}" copy --quiet "$container" "$scratch/base" / >/dev/null
buildah "${store[@]}" commit --quiet "$container" localhost/base >/dev/null
buildah "${store[@]}" rm "$container" >/dev/null
rm -rf "$scratch/base"

step "build"
volumes=(--volume /etc/ssl/certs:/etc/ssl/certs:ro)
config=$(python3 -m pip config debug 2>/dev/null | sed -nE 's/^ *(.*pip\.conf), exists: True$/\1/p' | head -n 1)
[ -z "$config" ] || volumes+=(--volume "$config:/etc/pip.conf:ro")
buildah "${store[@]}" bud --quiet --isolation chroot "${volumes[@]}" --build-arg BASE=localhost/base \
  --tag localhost/mlgate . >"$scratch/build.log" 2>&1 || { tail -n 40 "$scratch/build.log"; exit 1; }

step "use"
container=$(buildah "${store[@]}" from localhost/mlgate)
run() { buildah "${store[@]}" run --isolation chroot "$container" -- "$@"; }
run mlgate --help >/dev/null
run mlgate --version
run id -u | grep -qx 1000
run mlgate config schema >/dev/null
run mlgate compare --help >/dev/null
run sh -c 'cd /tmp && printf "id,y,p\n1,1,1\n2,0,0\n3,1,0\n" > a.csv && mlgate compare a.csv a.csv --label y --prediction p --id id' | tail -n 3
buildah "${store[@]}" inspect --type image localhost/mlgate \
  | python3 -c 'import json, sys; c = json.load(sys.stdin)["OCIv1"]["config"]; print("entry point", *c["Entrypoint"], "· user", c["User"], "· labels", len(c["Labels"]))'
size() { du -sm "$(buildah "${store[@]}" mount "$(buildah "${store[@]}" from "$1")")" | cut -f1; }
echo "size: $(size localhost/mlgate) MiB unpacked, of which the base $(size localhost/base) MiB"
step "done"
