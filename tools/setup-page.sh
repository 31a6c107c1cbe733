#!/bin/sh
# What the tests of the pages need: a browser and node from Debian, and what drives it from npm, of the version that
# tests/page/package.json names. Where one cannot be had it says so and goes on: the tests then skip, loudly.
set -u
cd "$(dirname "$0")/.." || exit 1
wanted=
command -v chromium >/dev/null || wanted="$wanted chromium"
command -v node >/dev/null || wanted="$wanted nodejs"
command -v npm >/dev/null || wanted="$wanted npm"
if [ -n "$wanted" ]; then
  list=$(mktemp) || exit 1
  printf '%s\n' $wanted >"$list"
  tools/setup.sh "$list" || echo "setup-page: could not install$wanted: the tests of the pages will skip" >&2
  rm -f "$list"
fi
version=$(sed -n 's/.*"playwright-core": *"\([^"]*\)".*/\1/p' tests/page/package.json)
has=$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' tests/page/node_modules/playwright-core/package.json 2>/dev/null)
[ -n "$version" ] && [ "$has" = "$version" ] && exit 0
npm install --prefix tests/page --no-save --no-package-lock --no-audit --no-fund --ignore-scripts >&2 ||
  echo "setup-page: npm could not install playwright-core $version: the tests of the pages will skip" >&2
exit 0
