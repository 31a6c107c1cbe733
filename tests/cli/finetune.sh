#!/bin/bash
# Training layers of the network: train --fine-tune, finetune, lr-find, kill -9 and --resume.
. "$(dirname "$0")/tap.sh"

base=$source/tests/cli/data/tiny.h5
three_colours "$scratch/colours"
settings=(--base "$base" --preprocess 01 --image-size 32)
tuning=(--fine-tune all --epochs 30 --batch 4 --lr 0.003 --augment flip --patience 0 --checkpoint-steps 3)

run train colours "${settings[@]}" --fine-tune last:1 --epochs 2 -o first.graft
[ "$code" -eq 0 ] && says out '^phase 1 +[0-9]+ parameters learn, from layer ' && says out '^  phase +1: [0-9]+ learn .* frozen and unchanged' && says out '^  kept '
result $? "behaviour_02_each_phase_prints_what_learns_and_what_is_frozen"
[ "$(head -n 1 runs/colours-1/history.csv)" = "epoch,phase,steps,rate,loss,acc,val_loss,val_acc" ] && [ "$(wc -l <runs/colours-1/history.csv)" -eq 4 ]
result $? "history.csv has a row an epoch and one for the start"
grep -q 'id="training"' runs/colours-1/report.html && grep -q 'Loss by epoch' runs/colours-1/report.html
result $? "the report draws the curves"
[ -s runs/colours-1/events.out.tfevents.graft ]
result $? "events for TensorBoard are written"

run summary first.graft --json
kept=$("$graft" plot first.graft -o first.dot && grep -c "penwidth=2.2" first.dot)
[ "$code" -eq 0 ] && { says out '"learned":\{"from":"[^"]+","boundary":"[^"]+"\}' && [ "${kept:-0}" -ge 1 ] || says out '"learned":null'; }
result $? "summary and plot tell what learned"

run train colours "${settings[@]}" "${tuning[@]}" --json
[ "$code" -eq 0 ] && [ "$(grep -c '"event":"epoch"' "$scratch/out")" -eq 31 ] && json event >/dev/null
result $? "train --json prints an event an epoch"

# kill -9 at whatever step it comes to, three times over; then once to the end.
"$graft" train colours "${settings[@]}" "${tuning[@]}" >/dev/null 2>&1 </dev/null &
job=$!
disown $job
for attempt in 1 2 3; do
  for _ in $(seq 400); do
    [ -e runs/colours-3/checkpoints/checkpoint-b.safetensors ] || [ "$attempt" -gt 1 ] && break
    kill -0 $job 2>/dev/null || break
    sleep 0.02
  done
  sleep "0.0$((attempt * 2))"
  kill -9 $job 2>/dev/null
  "$graft" train colours "${settings[@]}" --resume runs/colours-3 >/dev/null 2>&1 </dev/null &
  job=$!
  disown $job
  sleep 0.1
done
kill -9 $job 2>/dev/null
sleep 0.1
run train colours "${settings[@]}" --resume runs/colours-3
[ "$code" -eq 0 ] && cmp -s runs/colours-2/history.csv runs/colours-3/history.csv
result $? "behaviour_22_after_kill_9_the_history_is_that_of_an_unbroken_run"
cmp -s runs/colours-2/model.graft runs/colours-3/model.graft
result $? "behaviour_22_after_kill_9_the_model_is_that_of_an_unbroken_run"
[ ! -e runs/colours-3/PARTIAL ]
result $? "a resumed run that ended is not marked as partial"
expect 2 "a run that ended is not resumed" train colours "${settings[@]}" --resume runs/colours-3
touch runs/colours-3/PARTIAL
expect 3 "a run with other options is not resumed" train colours "${settings[@]}" --resume runs/colours-3 --lr 0.1
says err 'belongs to a run with other options;'
result $? "it is told what differs"
expect 3 "behaviour_03_a_run_with_another_fit_is_not_resumed" train colours "${settings[@]}" --resume runs/colours-3 --fit crop
says err 'belongs to a run with other preprocessing;'
result $? "behaviour_03_it_is_told_that_the_preprocessing_differs"
expect 3 "a folder without a run is not resumed" train colours "${settings[@]}" --resume nothing-here

run train colours "${settings[@]}" --lr 0.1 --epochs 3 --runs unused
[ "$code" -eq 0 ] && says err '--epochs, --lr: unused|--lr, --epochs: unused'
result $? "options of fine-tuning without it are told to be unused"
run finetune first.graft colours --unfreeze all --epochs 2 --lr 0.001
[ "$code" -eq 0 ] && says out '^  fine-tune +all ' && says out '^report +runs/colours-4/report.html$'
result $? "finetune goes on from a model"
expect 2 "finetune names the nearest layer" finetune first.graft colours --unfreeze cov1
run lr-find colours "${settings[@]}" --fine-tune all --steps 30 -o rate.svg
[ "$code" -eq 0 ] && says out '^rate ' && grep -q '<svg xmlns' rate.svg && grep -q '</svg>' rate.svg
result $? "lr-find draws the curve"
expect 2 "behaviour_23_a_misspelt_optimizer_fails_at_the_start" train colours "${settings[@]}" --fine-tune all --optimizer adma
expect 2 "a misspelt layer of a head fails at the start" train colours "${settings[@]}" --head "gap dens"
run train colours "${settings[@]}" --fine-tune all --epochs 1 --class-weight auto --loss focal --freeze none
[ "$code" -eq 2 ]
result $? "freezing is said once"
run train colours "${settings[@]}" --freeze first:1 --epochs 1 --class-weight auto --loss focal:gamma=1
[ "$code" -eq 0 ]
result $? "behaviour_26_class_weights_loss_and_freezing_in_one_command"
run train colours "${settings[@]}" --fine-tune auto
[ "$code" -eq 0 ] && says out '^  fine-tune +none +[0-9]+ pictures a class are too few|^  fine-tune +none +frozen features reach' && says out '^model '
result $? "the automatic plan says what it trains and why"
run train colours "${settings[@]}" --fine-tune all --epochs 1000 --time 0.001s -o timed.graft
[ "$code" -eq 0 ] && says out '^  phase +1: .*frozen and unchanged; time, best epoch 0,' && says out '^  kept +(frozen|fine-tuned) +validation accuracy'
result $? "a budget that is spent ends training, and the better model is kept"
run evaluate timed.graft colours
[ "$code" -eq 0 ] && says out 'largest class .*k-NN '
result $? "what a budget left is a whole model"
run train colours --base none --arch resnet8 --image-size 32 --epochs 1
[ "$code" -eq 0 ] && says out '^  fine-tune +all '
result $? "training from scratch"
# Peak memory does not depend on how long one trains. The allowance is for history, curves and the allocator's rounding;
# a step that kept its 4 pictures would leave 20 MiB more by the end.
name="50 epochs take the memory of 5"
if grep -q __asan_init "$graft"; then
  skip "$name" "a sanitizer keeps what is freed"
else
  for epochs in 5 50; do
    "$build/tests/cli/measure" "$graft" train colours "${settings[@]}" "${tuning[@]}" --epochs $epochs --runs memory --quiet >"$scratch/peak-$epochs" 2>/dev/null </dev/null
  done
  IFS=, read -r _ few few_code _ <"$scratch/peak-5"
  IFS=, read -r _ many many_code _ <"$scratch/peak-50"
  echo "# 5 epochs $few KiB, 50 epochs $many KiB"
  [ "${few_code:-1}${many_code:-1}" = 00 ] && [ $((many - few)) -le 4096 ]
  result $? "$name"
fi
finish
