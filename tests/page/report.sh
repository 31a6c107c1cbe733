#!/bin/bash
# report.sh GRAFT SOURCE BUILD: the pages graft writes, in a real browser. tools/setup-page.sh brings what it needs;
# GRAFT_PAGE may name another folder with playwright-core. Skips what is not there, loudly.
. "$(dirname "$0")/../cli/tap.sh"

here=$source/tests/page
modules=${GRAFT_PAGE:-$here}/node_modules
chromium=${GRAFT_CHROMIUM:-$(command -v chromium || command -v chromium-browser)}
node=$(command -v node || command -v nodejs)
missing=
[ -x "$chromium" ] || missing="chromium is missing (tools/setup-page.sh)"
[ -n "$node" ] || missing="node is missing (tools/setup-page.sh)"
[ -d "$modules/playwright-core" ] || missing="playwright-core is missing (tools/setup-page.sh)"
if [ -n "$missing" ]; then
  skip "pages in a browser" "$missing"
  finish
fi

# Names that would run as a script, if anything let them.
pictures data '<img src=x onerror=alert(1)>' 16 200 60 60 1
pictures data '</script><b>green' 16 60 200 60 2
pictures data "blue's & \"own\"" 16 60 60 200 3
run train data --base "$source/tests/cli/data/tiny.h5" --preprocess 01 --image-size 32 --fine-tune all --epochs 3 --threads 2
[ "$code" -eq 0 ] && [ -s runs/data-1/report.html ]
result $? "a run with everything in its report"

NODE_PATH=$modules "$node" "$here/report.cjs" "$chromium" "$scratch/runs/data-1/report.html" >"$scratch/tap" 2>"$scratch/err"
code=$?
while IFS=$'\t' read -r status name; do
  [ "$status" = ok ]
  result $? "$name"
done < <(grep -P '^(ok|not ok)\t' "$scratch/tap")
grep -vP '^(ok|not ok)\t' "$scratch/tap" | sed 's/^/# /'
[ "$code" -eq 0 ] && [ "$count" -gt 8 ]
result $? "the browser's checks ran to their end"
run check data --base "$source/tests/cli/data/tiny.h5" --preprocess 01 --image-size 32 --report check.html
[ "$code" -eq 0 ] && run embed data --base "$source/tests/cli/data/tiny.h5" --preprocess 01 --image-size 32 -o map.html
[ "$code" -eq 0 ]
result $? "check and embed write pages"
run rank data --base "$source/tests/cli/data/tiny.h5" --preprocess 01 --image-size 32 --report rank.html
[ "$code" -eq 0 ] && run advise data --base "$source/tests/cli/data/tiny.h5" --preprocess 01 --image-size 32 --report advice.html
[ "$code" -eq 0 ] && run crossval data --base none --folds 3 --report crossval.html
[ "$code" -eq 0 ]
result $? "rank, advise and crossval write pages"
# Series of several lengths with gaps, and class names that would run.
mkdir waves
for part in TRAIN TEST; do
  awk -v seed="$part" 'BEGIN { srand(seed == "TRAIN" ? 5 : 6); print "id,time,label,x"
    name[0] = "<img src=x onerror=alert(1)>"; name[1] = "</script>b"; name[2] = "\"\"c\"\" & co"
    for (i = 0; i < 24; i++) for (t = 0; t < 20 + i % 5; t++)
      printf "%d,%d,\"%s\",%s\n", i, t, name[i % 3], t == 7 ? "" : sin(t * (1 + i % 3)) + rand() }' >"waves/W_$part.csv"
done
run series train waves --arch fcn --epochs 3 --batch 8 -o waves.graft --report series.html
[ "$code" -eq 0 ] && run series evaluate waves.graft waves --report measured.html
[ "$code" -eq 0 ] && run series compare waves --base waves.graft --arms nearest,raw,frozen --report arms.html
[ "$code" -eq 0 ] && [ "$(grep -c 'class="drawing' series.html)" -ge 24 ] && grep -q 'numbers missing' series.html
result $? "series train, evaluate and compare write pages"
run autoencoder train data --arch variational --image-size 16 --latent 4 --batch 8 --epochs 2 --runs others
[ "$code" -eq 0 ] && cp others/data-1/report.html autoencoder.html && grep -q 'Points of the code' autoencoder.html &&
  run gan train data --image-size 16 --width 4 --latent 8 --batch 8 --epochs 2 --fid-base "$source/tests/cli/data/tiny.h5" --fid-preprocess 01 --fid-count 20 --fid-every 1 --runs others
[ "$code" -eq 0 ] && cp others/data-2/report.html gan.html && run compare data --base "$source/tests/cli/data/tiny.h5" --preprocess 01 --image-size 32 --folds 2 --sizes 2 --epochs 1 --diagnose always --report compare.html
[ "$code" -eq 0 ]
result $? "autoencoder, gan and compare write pages"
for page in check map rank advice crossval autoencoder gan compare series measured arms; do
  NODE_PATH=$modules "$node" "$here/pictures.cjs" "$chromium" "$scratch/$page.html" >"$scratch/tap" 2>"$scratch/err"
  [ $? -eq 0 ] && [ "$(grep -c '^ok' "$scratch/tap")" -ge 7 ] && ! grep -q '^not ok' "$scratch/tap"
  result $? "the page of $page is sound"
  sed 's/^/# /' "$scratch/tap"
done
finish
