#!/bin/bash
# plant.sh CLOTHING COPY: a copy of the clothing photographs (links; what is planted is a file of its own) with faults of
# known places, listed in COPY.txt as "kind<TAB>path": 20 labels swapped for another class at random, 15 training
# pictures that are copied into validation, 5 cut files, 10 rotated ones (an EXIF orientation in front of the picture).
# The choice is a fixed one: awk's generator is not the same everywhere, so that a linear congruence draws.
set -eu
clothing=$(realpath "$1") copy=$2
mkdir -p "$copy"
cp -rs "$clothing/train" "$clothing/validation" "$copy/"
(cd "$copy" && find train -name '*.jpg' | LC_ALL=C sort) >"$copy.names"
ls "$clothing/train" | LC_ALL=C sort >"$copy.classes"
awk -v seed="${3:-1}" '
  function draw(n) { x = (1103515245 * x + 12345) % 2147483648; return int(x / 65536) % n }
  NR == FNR { class[classes++] = $0; next }
  { name[names++] = $0 }
  function other() { do i = draw(names); while (i in taken); taken[i] = 1; return name[i] }
  BEGIN { x = seed }
  END {
    for (k = 0; k < 20; k++) { n = other(); split(n, part, "/"); do c = class[draw(classes)]; while (c == part[2]); print "swap\t" n "\ttrain/" c "/" part[3] }
    for (k = 0; k < 15; k++) { n = other(); split(n, part, "/"); print "leak\t" n "\tvalidation/" part[2] "/copy-" part[3] }
    for (k = 0; k < 5; k++) print "corrupt\t" other()
    for (k = 0; k < 10; k++) print "rotated\t" other()
  }' "$copy.classes" "$copy.names" >"$copy.plan"
# An APP1 segment: a TIFF with one entry, orientation 6.
exif='\xff\xe1\x00\x22Exif\0\0MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00'
: >"$copy.txt"
while IFS=$'\t' read -r kind from to; do
  case $kind in
    swap) mv "$copy/$from" "$copy/$to"; printf 'label\t%s\n' "$to" >>"$copy.txt" ;;
    leak) cp -L "$copy/$from" "$copy/$to"; printf 'leak\t%s\n' "$from" >>"$copy.txt" ;;
    corrupt) head -c 5000 "$copy/$from" >"$copy/cut"; rm "$copy/$from"; mv "$copy/cut" "$copy/$from"
      printf 'corrupt\t%s\n' "$from" >>"$copy.txt" ;;
    rotated) { head -c 2 "$copy/$from"; printf "$exif"; tail -c +3 "$copy/$from"; } >"$copy/turned"; rm "$copy/$from"; mv "$copy/turned" "$copy/$from"
      printf 'rotated\t%s\n' "$from" >>"$copy.txt" ;;
  esac
done <"$copy.plan"
rm "$copy.names" "$copy.classes" "$copy.plan"
