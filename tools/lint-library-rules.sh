#!/bin/sh
# Library code has no exit, abort, printf or getenv, and no writable variable at file scope outside base.
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
status=0
found=$(grep -rnE '(^|[^_[:alnum:]>.])(exit|_exit|abort|printf|puts|putchar|getenv|secure_getenv|fprintf[[:space:]]*\([[:space:]]*std(out|err))[[:space:]]*\(' \
  src --include='*.c' --include='*.h' | grep -v '^src/cli/' | grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)')
[ -n "$found" ] && { echo "$found"; echo "library code must not exit, print or read the environment"; status=1; }
found=$(grep -rnE '^(static )?(_Thread_local )?[a-z_][a-zA-Z0-9_ ]*[ *][a-z_0-9]+(\[[^]]*\])*( =.*)?;$' src --include='*.c' |
  grep -vE '^src/(base|cli)/' | grep -vE ':[0-9]+:(static )?const |:[0-9]+:(typedef|extern|struct|enum|return|goto)|const [a-z_0-9]+(\[|;| =)')
[ -n "$found" ] && { echo "$found"; echo "no writable variables at file scope outside base"; status=1; }
found=$(grep -rnE '^[[:space:]]+static [^(]*(=|;)' src --include='*.c' | grep -vE '^src/base/' | grep -v 'const')
[ -n "$found" ] && { echo "$found"; echo "no writable static variables outside base"; status=1; }
found=$(grep -rnE '#include "' src/cli --include='*.[ch]' | grep -vE '"cli/|"[^/"]+"')
[ -n "$found" ] && { echo "$found"; echo "the command line includes public headers and its own alone"; status=1; }
exit $status
