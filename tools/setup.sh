#!/bin/sh
# Installs the Debian packages that are missing, and only those: tools/setup.sh [LIST...]; without a LIST, packages.txt.
set -eu
here=$(dirname "$0")
[ $# -gt 0 ] || set -- "$here/packages.txt"
missing=
for package in $(cat "$@" | grep -v '^#'); do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing" >&2
as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "setup: needs root to install:$missing" >&2; exit 1; }
  as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words on purpose
$as_root apt-get update -q >&2 && $as_root apt-get install -y -q --no-install-recommends $missing >&2
