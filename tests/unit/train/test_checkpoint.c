#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "nn/op.h"
#include "train/checkpoint.h"

#include <string.h>

/* A graph of one dense layer with recognisable values. */
static graft_graph *make_graph(float first) {
    graft_graph *graph;
    graft_input_attributes input = {.shape = {3}, .rank = 1};
    graft_dense_attributes dense = {.units = 2, .bias = true};
    int in, out;
    assert_ok(graft_graph_new("tiny", &graph));
    assert_ok(graft_graph_add(graph, "input", "in", &input, NULL, 0, &in));
    assert_ok(graft_graph_add(graph, "dense", "top", &dense, &in, 1, &out));
    graft_node *node = graft_graph_node(graph, out);
    for (int k = 0; k < node->param_count; k++) {
        graft_tensor *value;
        assert_ok(graft_tensor_new(GRAFT_F32, &node->params[k].shape, &value));
        graft_tensor_f32(value)[0] = first + (float)k;
        assert_ok(graft_node_set_param(node, node->params[k].name, value));
    }
    return graph;
}

typedef struct fixture {
    char *folder;
    graft_context *context;
    graft_history history;
    graft_graph *graph;
    float slot[8];
    graft_checkpoint checkpoint;
} fixture;

static void begin(fixture *f, float first) {
    *f = (fixture){.folder = test_folder(), .context = test_context(1), .graph = make_graph(first)};
    graft_epoch epoch = {.epoch = 1, .loss = 0.1, .val_accuracy = 1.0 / 3};
    assert_ok(graft_history_add(&f->history, &epoch));
    for (int i = 0; i < 8; i++)
        f->slot[i] = first * (float)i;
    f->checkpoint = (graft_checkpoint){.identity = {{77, 78, 79, 80}, 8},
                                       .phase = 1,
                                       .epoch = 2,
                                       .step = 5,
                                       .step_in_epoch = 1,
                                       .loss_sum = 0.1 + 0.2,
                                       .weight_sum = 64,
                                       .correct = 33,
                                       .phase_first = 1,
                                       .history = &f->history,
                                       .graph = f->graph,
                                       .arrays = {{"slot0", f->slot, 8}},
                                       .array_count = 1};
}

static void end(fixture *f) {
    graft_history_clear(&f->history);
    graft_graph_free(f->graph);
    graft_context_free(f->context);
    test_folder_remove(f->folder);
}

/* A checkpoint to read into: everything different, identity and phase as wanted. */
static graft_checkpoint empty_for(fixture *f, graft_graph *graph, graft_history *history, float *slot) {
    (void)f;
    return (graft_checkpoint){.identity = {{77, 78, 79, 80}, 8},
                              .phase = 1,
                              .history = history,
                              .graph = graph,
                              .arrays = {{"slot0", slot, 8}},
                              .array_count = 1};
}

static float first_value(const graft_graph *graph) {
    return graft_tensor_f32(graft_node_param(graft_graph_node(graph, 1), "kernel")->value)[0];
}

static void damage(const char *folder, const char *name, size_t cut) {
    char *path = graft_path_join(folder, name), *bytes;
    size_t length;
    assert_ok(graft_file_read(path, 0, &bytes, &length));
    if (cut == 0) bytes[length - 3] ^= 1;
    assert_ok(graft_file_write(path, bytes, length - cut));
    graft_release(bytes);
    graft_release(path);
}

static void behaviour_22_everything_comes_back(void **state) {
    (void)state;
    fixture f;
    begin(&f, 1.5f);
    assert_ok(graft_checkpoint_write(f.folder, &f.checkpoint));
    assert_int_equal(f.checkpoint.file, 1);
    graft_graph *graph = make_graph(0);
    graft_history history = {0};
    float slot[8] = {0};
    bool found;
    graft_checkpoint back = empty_for(&f, graph, &history, slot);
    assert_ok(graft_checkpoint_read(f.context, f.folder, &back, &found));
    assert_true(found);
    assert_true(back.epoch == 2 && back.step == 5 && back.step_in_epoch == 1 && back.phase_first == 1 &&
                back.file == 1);
    assert_true(back.loss_sum == 0.1 + 0.2 && back.weight_sum == 64 && back.correct == 33);
    assert_int_equal(history.count, 1);
    assert_true(history.epochs[0].val_accuracy == 1.0 / 3);
    assert_memory_equal(slot, f.slot, sizeof slot);
    assert_true(first_value(graph) == 1.5f);
    graft_graph_free(graph);
    graft_history_clear(&history);
    end(&f);
}

/* An epoch that was cancelled before its validation, and that ended when the run was resumed: the step is the same. */
static void of_equal_steps_the_later_epoch_is_the_newer(void **state) {
    (void)state;
    for (int file = 0; file < 2; file++) {
        fixture f;
        begin(&f, 1);
        f.checkpoint.file = file;
        assert_ok(graft_checkpoint_write(f.folder, &f.checkpoint));
        f.checkpoint.epoch++;
        f.checkpoint.step_in_epoch = 0;
        assert_ok(graft_checkpoint_write(f.folder, &f.checkpoint));
        bool found;
        graft_checkpoint back = f.checkpoint;
        back.epoch = 0;
        assert_ok(graft_checkpoint_read(f.context, f.folder, &back, &found));
        assert_true(found && back.epoch == f.checkpoint.epoch && back.step_in_epoch == 0);
        end(&f);
    }
}

static void a_damaged_file_gives_way_to_the_older_one(void **state) {
    (void)state;
    for (size_t cut = 0; cut < 2; cut++) {
        fixture f;
        begin(&f, 1);
        assert_ok(graft_checkpoint_write(f.folder, &f.checkpoint));
        f.checkpoint.step = 9;
        assert_ok(graft_checkpoint_write(f.folder, &f.checkpoint));
        graft_graph *graph = make_graph(0);
        graft_history history = {0};
        float slot[8];
        bool found;
        graft_checkpoint back = empty_for(&f, graph, &history, slot);
        assert_ok(graft_checkpoint_read(f.context, f.folder, &back, &found));
        assert_true(found && back.step == 9 && back.file == 0);
        damage(f.folder, "checkpoint-b.safetensors", cut);
        back = empty_for(&f, graph, &history, slot);
        assert_ok(graft_checkpoint_read(f.context, f.folder, &back, &found));
        assert_true(found && back.step == 5 && back.file == 1);
        damage(f.folder, "checkpoint-a.safetensors", 30);
        back = empty_for(&f, graph, &history, slot);
        assert_ok(graft_checkpoint_read(f.context, f.folder, &back, &found));
        assert_false(found);
        graft_graph_free(graph);
        graft_history_clear(&history);
        end(&f);
    }
}

static void another_runs_checkpoint_is_refused(void **state) {
    (void)state;
    fixture f;
    bool found;
    begin(&f, 1);
    assert_ok(graft_checkpoint_read(f.context, f.folder, &f.checkpoint, &found));
    assert_false(found);
    assert_ok(graft_checkpoint_write(f.folder, &f.checkpoint));
    const graft_identity own = f.checkpoint.identity;
    static const struct {
        graft_identity identity;
        const char *text;
    } others[] = {
        {{{1, 78, 79, 80}, 8}, "a run with other data; resume"},
        {{{77, 78, 79, 1}, 8}, "a run with other preprocessing; resume"},
        {{{77, 1, 1, 80}, 8}, "a run with other options and network; resume"},
        {{{1, 1, 1, 1}, 8}, "a run with other data, options, network and preprocessing; resume"},
        {{{77, 78, 79, 80}, 4}, "in parts of 8, this run's would in parts of 4"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        f.checkpoint.identity = others[i].identity;
        assert_fails(GRAFT_E_DATA, others[i].text, graft_checkpoint_read(f.context, f.folder, &f.checkpoint, &found));
        assert_false(found);
    }
    f.checkpoint.identity = own;
    assert_ok(graft_checkpoint_read(f.context, f.folder, &f.checkpoint, &found));
    assert_true(found);
    end(&f);
}

static void what_a_kill_left_goes_when_the_run_goes_on(void **state) {
    (void)state;
    fixture f;
    begin(&f, 1);
    bool found;
    char *left = graft_path_join(f.folder, "checkpoint-b.safetensors.tmp-AbC012");
    assert_ok(graft_checkpoint_write(f.folder, &f.checkpoint));
    for (int turn = 0; turn < 2; turn++) {
        assert_ok(graft_file_write(left, "half", 4));
        if (turn == 0) {
            graft_history history;
            int phase;
            assert_ok(graft_checkpoint_peek(f.context, f.folder, &phase, &history));
            assert_int_equal(phase, 1);
            graft_history_clear(&history);
        } else {
            assert_ok(graft_checkpoint_read(f.context, f.folder, &f.checkpoint, &found));
            assert_true(found);
        }
        assert_int_equal(graft_file_kind_of(left), GRAFT_FILE_MISSING);
    }
    graft_release(left);
    end(&f);
}

static graft_status write_it(void *argument) {
    fixture *f = argument;
    return graft_checkpoint_write(f->folder, &f->checkpoint);
}

static void writing_survives_failing_allocations(void **state) {
    (void)state;
    fixture f;
    begin(&f, 1);
    test_failing_allocations(write_it, &f);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_22_everything_comes_back),
        cmocka_unit_test(of_equal_steps_the_later_epoch_is_the_newer),
        cmocka_unit_test(a_damaged_file_gives_way_to_the_older_one),
        cmocka_unit_test(another_runs_checkpoint_is_refused),
        cmocka_unit_test(what_a_kill_left_goes_when_the_run_goes_on),
        cmocka_unit_test(writing_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
