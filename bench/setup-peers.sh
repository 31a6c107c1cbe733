#!/bin/sh
# Installs what graft is measured against; never needed otherwise.
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh bench/packages-peers.txt
