#!/bin/bash
# Runs a test program; cmocka writes a skipped test as "not ok N # SKIP", which TAP wants as "ok N # SKIP".
set -o pipefail
"$@" | sed -u 's/^not ok \(.*# SKIP.*\)$/ok \1/'
