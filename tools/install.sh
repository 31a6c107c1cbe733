#!/bin/sh
# Builds for a prefix and installs there: program, library (shared and static), headers, pkg-config file.
# tools/install.sh PREFIX; DESTDIR is honoured.
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh
tools/build.sh build-install
meson configure build-install -Dprefix="$1"
meson install -C build-install --quiet
echo "installed into ${DESTDIR:-}$1"
