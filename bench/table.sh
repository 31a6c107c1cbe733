#!/bin/sh
# bench/table.sh [RESULTS [DOCUMENT]]: the newest CSV of each suite in RESULTS (bench/results) as a table of medians, with
# graft's ratio to each peer. With DOCUMENT the tables go between its lines "<!-- bench SUITE -->" and "<!-- end bench -->";
# a suite without results keeps what stands there.
set -eu
cd "$(dirname "$0")/.."
results=${1:-bench/results}
document=${2:-}

columns=suite,case,who,run,seconds,per_second,peak_mib,score,detail,machine,commit

newest() { # SUITE
  find "$results" -name "$1-[0-9]*.csv" | sort -r | while read -r csv; do
    # One that was broken off before its first row tells nothing.
    if [ "$(cat "$csv")" != "$columns" ]; then echo "$csv" && break; fi
  done
}

table() { # CSV
  awk -F, -v file="$(basename "$1")" '
    function median(key, column, n, i, j, t, v) {
      n = 0
      for (i = 1; i <= runs[key]; i++) if (value[key, column, i] != "") v[++n] = value[key, column, i] + 0
      if (n == 0) return ""
      for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
      return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    function thousands(text) {
      while (match(text, /[0-9][0-9][0-9][0-9]($|[.,])/)) text = substr(text, 1, RSTART) "," substr(text, RSTART + 1)
      return text
    }
    function show(x) {
      if (x == "") return ""
      return thousands(sprintf(x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : x >= 1 ? "%.2f" : "%.3g", x))
    }
    # How many times less graft needs, by the rate where there is one.
    function ratio(case_, key, own) {
      own = case_ SUBSEP "graft"
      if (key == own || !(own in runs)) return ""
      if (m[own, 6] != "" && m[key, 6] > 0) return sprintf("%.2f", m[own, 6] / m[key, 6])
      if (m[own, 5] > 0 && m[key, 5] != "") return sprintf("%.2f", m[key, 5] / m[own, 5])
      return ""
    }
    NR == 1 {
      if ($0 != "suite,case,who,run,seconds,per_second,peak_mib,score,detail,machine,commit") {
        print FILENAME ": not a table of these benchmarks" >"/dev/stderr"
        failed = 1
        exit 1
      }
      next
    }
    {
      key = $2 SUBSEP $3
      if (!(key in runs)) { order[++count] = key; name[key] = $2; who[key] = $3 }
      run = ++runs[key]
      if (run > most) most = run
      for (c = 5; c <= 8; c++) { value[key, c, run] = $c; if ($c != "") used[c] = 1 }
      machine = $10
      commit = $11
    }
    END {
      if (failed) exit 1
      split("case,who,run,,seconds,a second,peak MiB,score", title, ",")
      for (i = 1; i <= count; i++) for (c = 5; c <= 8; c++) m[order[i], c] = median(order[i], c)
      for (i = 1; i <= count; i++) { against[order[i]] = ratio(name[order[i]], order[i]); if (against[order[i]] != "") peers = 1 }
      head = "| case | who |"; rule = "|---|---|"
      split("seconds,a second,peak MiB,score", title, ",")
      for (c = 5; c <= 8; c++) if (used[c]) { head = head " " title[c - 4] " |"; rule = rule "---|" }
      if (peers) { head = head " graft against it |"; rule = rule "---|" }
      print head; print rule
      for (i = 1; i <= count; i++) {
        key = order[i]
        line = "| " name[key] " | " who[key] " |"
        for (c = 5; c <= 8; c++) if (used[c]) line = line " " (c == 8 && m[key, c] != "" ? sprintf("%.4g", m[key, c]) : show(m[key, c])) " |"
        if (peers) line = line " " (against[key] != "" ? against[key] " x |" : "|")
        print line
      }
      printf "\nMedians of %s on %s at %s: %s.\n", most == 1 ? "one run" : "up to " most " runs", machine, commit, file
    }' "$1"
}

if [ -z "$document" ]; then
  for suite in jobs head decode train pretrain recurrent networks scale gan; do
    csv=$(newest $suite)
    [ -n "$csv" ] || continue
    printf '%s\n\n' "$suite:"
    table "$csv"
    echo
  done
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
inside=
while IFS= read -r line; do
  case $line in
  '<!-- bench '*' -->')
    suite=${line#<!-- bench } suite=${suite% -->} inside=kept
    printf '%s\n' "$line"
    csv=$(newest "$suite")
    if [ -n "$csv" ]; then
      inside=replaced
      table "$csv" >"$work/table"
      echo
      cat "$work/table"
      echo
    fi
    ;;
  '<!-- end bench -->')
    inside=
    printf '%s\n' "$line"
    ;;
  *) [ "$inside" = replaced ] || printf '%s\n' "$line" ;;
  esac
done <"$document" >"$work/document"
if [ -n "$inside" ]; then
  echo "table: $document: a \"<!-- bench\" without its \"<!-- end bench -->\"" >&2
  exit 1
fi
cmp -s "$work/document" "$document" || cp "$work/document" "$document"
