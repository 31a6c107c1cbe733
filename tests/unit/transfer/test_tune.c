/* Fine-tuning on tiny pictures: what learns, what does not, what is kept, what is left behind. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/networks.h"
#include "support/tiny-fixture.h"
#include "transfer/tune-internal.h"
#include <graft/train.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct fixture {
    tiny_fixture tiny;
    unsigned stop_at; /* an epoch at whose end the context is cancelled; 0: never */
    unsigned lose_at; /* an epoch at whose end a class' pictures move from `here` to `there`; 0: never */
    const char *here, *there;
    size_t phases; /* told to on_phase */
} fixture;

static void open_context(fixture *f, uint64_t memory) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 2;
    options.cache_dir = f->tiny.cache;
    options.memory_limit_bytes = memory;
    tiny_fixture_open_with(&f->tiny, options);
}

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), 20);
    open_context(f, 0);
    return 0;
}

static int teardown(void **state) {
    tiny_fixture_free(*state);
    return 0;
}

static void on_epoch(void *user, const graft_run_epoch *epoch) {
    fixture *f = user;
    if (f->stop_at && epoch->epoch == f->stop_at) graft_context_cancel(f->tiny.context);
    if (f->lose_at && epoch->epoch == f->lose_at) assert_int_equal(rename(f->here, f->there), 0);
}

static void on_phase(void *user, const graft_run_phase *phase) {
    fixture *f = user;
    assert_true(phase->trainable > 0 && phase->frozen >= 0);
    f->phases += phase->stop == NULL;
}

static graft_train_options defaults(fixture *f) {
    graft_train_options options = tiny_tune_options();
    options.tune.user = f;
    options.tune.on_epoch = on_epoch;
    options.tune.on_phase = on_phase;
    return options;
}

static const graft_tensor *tensor(const graft_graph *graph, const char *layer, const char *name) {
    int node = graft_graph_find(graph, layer);
    assert_true(node >= 0);
    return graft_node_param(graft_graph_node(graph, node), name)->value;
}

static bool is_kept(const graft_graph *before, const graft_graph *after, const char *layer, const char *name) {
    const graft_tensor *was = tensor(before, layer, name), *is = tensor(after, layer, name);
    assert_int_equal(was->bytes, is->bytes);
    return memcmp(was->data, is->data, was->bytes) == 0;
}

/* conv1 and bn1 never learn, conv3 does from the beginning, conv2 from the third epoch on; what a BatchNorm layer that
 * learns changes goes by --bn. */
static void frozen_layers_keep_their_bits(fixture *f, graft_batchnorm_mode mode) {
    graft_train_options options = defaults(f);
    graft_graph *before = tiny_normed_graph(16, 5, 1);
    options.tune.fine_tune = "conv3";
    options.tune.unfreeze_at = "3:conv2";
    options.tune.epochs = 6;
    options.tune.lr = 0.01; /* so that it surely changes what may change */
    options.tune.monitor = GRAFT_MONITOR_LOSS;
    options.tune.batchnorm = (int)mode;
    options.c = 1e-4; /* so that the regression is surely worse */
    tiny_run t = tiny_train(&f->tiny, &options);
    const graft_graph *after = graft_run_model(t.run)->graph;
    assert_string_equal(tiny_decision(t.run, "kept"), "fine-tuned");
    assert_string_equal(graft_run_phase_at(t.run, 1)->first, "conv2");
    assert_true(graft_run_phase_at(t.run, 1)->best_epoch >= 3); /* else conv2 could not show that it learns */
    assert_true(is_kept(before, after, "conv1", "kernel"));
    assert_false(is_kept(before, after, "conv2", "kernel"));
    assert_false(is_kept(before, after, "conv3", "kernel"));
    const struct {
        const char *name;
        bool learns;
    } params[] = {{"gamma", mode != GRAFT_BATCHNORM_FROZEN},
                  {"beta", mode != GRAFT_BATCHNORM_FROZEN},
                  {"mean", mode == GRAFT_BATCHNORM_TRAIN},
                  {"variance", mode == GRAFT_BATCHNORM_TRAIN}};
    for (size_t i = 0; i < sizeof(params) / sizeof(*params); i++) {
        assert_true(is_kept(before, after, "bn1", params[i].name));
        assert_int_equal(!is_kept(before, after, "bn2", params[i].name), params[i].learns);
        assert_int_equal(!is_kept(before, after, "bn3", params[i].name), params[i].learns);
    }
    tiny_run_free(t);
    graft_graph_free(before);
}

static void behaviour_01_frozen_layers_keep_their_bits(void **state) {
    fixture *f = *state;
    tiny_network_save(f->tiny.context, f->tiny.network, tiny_normed_graph(16, 5, 1), 16, 5);
    open_context(f, 0);
    frozen_layers_keep_their_bits(f, GRAFT_BATCHNORM_FROZEN);
    frozen_layers_keep_their_bits(f, GRAFT_BATCHNORM_STATS);
    frozen_layers_keep_their_bits(f, GRAFT_BATCHNORM_TRAIN);
}

static void behaviour_02_a_phase_tells_what_learns(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    tiny_run t = tiny_train(&f->tiny, &options);
    const graft_run_phase *phase = graft_run_phase_at(t.run, 0);
    assert_string_equal(phase->first, "conv3");
    assert_string_equal(phase->boundary, "relu2");
    assert_int_equal(phase->trainable, 16 * 16 * 9 + 16 + 16 * 3 + 3);
    assert_int_equal(phase->frozen, 8 * 3 * 9 + 8 + 16 * 8 * 9 + 16);
    tiny_run_free(t);
}

static void the_head_begins_as_the_regression(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    options.layer = "pool";
    tiny_run t = tiny_train(&f->tiny, &options);
    const graft_run_epoch *start = graft_run_epoch_at(t.run, 0);
    graft_train_options frozen = GRAFT_TRAIN_OPTIONS_INIT;
    frozen.layer = "pool";
    tiny_run plain = tiny_train(&f->tiny, &frozen);
    assert_int_equal(start->epoch, 0);
    const graft_evaluation *evaluation = graft_run_evaluation(plain.run, GRAFT_SPLIT_VALIDATION);
    assert_float_equal(start->val_loss, evaluation->loss, 2e-3); /* the boundary is rounded to binary16 */
    assert_null(graft_run_phase_at(plain.run, 0));
    tiny_run_free(t);
    tiny_run_free(plain);
}

static void behaviour_02_each_phase_takes_effect_and_is_told(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    options.tune.unfreeze_at = "3:conv2,4:all";
    tiny_run t = tiny_train(&f->tiny, &options);
    assert_int_equal(graft_run_phase_count(t.run), 3);
    assert_int_equal(f->phases, 3);
    assert_string_equal(graft_run_phase_at(t.run, 1)->first, "conv2");
    assert_string_equal(graft_run_phase_at(t.run, 2)->boundary, "input_1"); /* pictures, not records */
    assert_true(graft_run_phase_at(t.run, 1)->trainable > graft_run_phase_at(t.run, 0)->trainable);
    assert_int_equal(graft_run_phase_at(t.run, 2)->frozen, 0);
    assert_int_equal(graft_run_epoch_count(t.run), 1 + 4);
    /* One cosine over all phases. */
    assert_true(graft_run_epoch_at(t.run, 4)->rate < 0.2 * graft_run_epoch_at(t.run, 1)->rate);
    tiny_run_free(t);
    options.tune.unfreeze_at = "3:conv3,2:all";
    assert_fails(GRAFT_E_USAGE, "rising epoch", tiny_try_train(&f->tiny, &options, &t));
}

static void a_head_of_layers_is_warmed_up_alone(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    options.head = "gap dropout:0.1 dense:8:relu dense";
    options.tune.warmup_epochs = 3;
    tiny_run t = tiny_train(&f->tiny, &options);
    assert_int_equal(graft_run_phase_count(t.run), 2);
    assert_int_equal(graft_run_phase_at(t.run, 0)->phase, 0);
    assert_int_equal(graft_run_phase_at(t.run, 0)->epochs, 3);
    assert_int_equal(graft_run_phase_at(t.run, 0)->trainable, 16 * 8 + 8 + 8 * 3 + 3);
    assert_int_equal(graft_run_epoch_count(t.run), 3 + 4);
    tiny_run_free(t);
    options.tune.fine_tune = NULL; /* without fine-tuning the head alone is what was asked for */
    t = tiny_train(&f->tiny, &options);
    assert_int_equal(graft_run_phase_count(t.run), 1);
    assert_int_equal(graft_run_epoch_count(t.run), 4);
    assert_string_equal(graft_run_model(t.run)->head->name, "network");
    tiny_run_free(t);
}

static void the_better_model_is_kept(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    options.tune.lr = 30; /* destroys */
    options.tune.optimizer = "sgd";
    tiny_run t = tiny_train(&f->tiny, &options);
    assert_string_equal(tiny_decision(t.run, "kept"), "frozen");
    assert_string_equal(graft_run_model(t.run)->head->name, "logistic");
    tiny_run_free(t);
}

static const char *reason(const graft_run *run, const char *what) {
    for (size_t i = 0; i < graft_run_decision_count(run); i++)
        if (strcmp(graft_run_decision(run, i)->what, what) == 0) return graft_run_decision(run, i)->reason;
    return "";
}

/* The head alone learns well; then the network learns at a rate that ruins it. */
static graft_train_options ruinous(fixture *f) {
    graft_train_options options = defaults(f);
    options.head = "gap dense:8:relu dense";
    options.c = 1e-4; /* the regression must not win */
    options.tune.warmup_epochs = 10;
    options.tune.unfreeze_at = "3:conv2";
    options.tune.lr = 1;
    return options;
}

static void behaviour_07_and_23_phases_that_ruin_the_network_are_rolled_back(void **state) {
    fixture *f = *state;
    graft_train_options options = ruinous(f);
    graft_graph *before = tiny_graph(16, 5, 1);
    tiny_run t = tiny_train(&f->tiny, &options);
    double best = 0;
    for (size_t i = 0; i < graft_run_epoch_count(t.run); i++)
        best = fmax(best, graft_run_epoch_at(t.run, i)->val_accuracy);
    assert_int_equal(graft_run_phase_count(t.run), 3);
    const graft_run_phase *head = graft_run_phase_at(t.run, 0), *last = graft_run_phase_at(t.run, 2);
    assert_string_equal(last->stop, "negative"); /* of two epochs here and one before */
    assert_int_equal(graft_run_epoch_count(t.run), 10 + 3);
    assert_int_equal(last->best_epoch, head->best_epoch);
    assert_string_equal(tiny_decision(t.run, "kept"), "fine-tuned");
    char *told = graft_text_format("; negative transfer: rolled back to epoch %u, the head alone", head->best_epoch);
    assert_non_null(strstr(reason(t.run, "kept"), told));
    graft_release(told);
    assert_true(graft_run_evaluation(t.run, GRAFT_SPLIT_VALIDATION)->accuracy == best);
    const char *const layers[] = {"conv1", "conv2", "conv3"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(is_kept(before, graft_run_model(t.run)->graph, layers[i], "kernel"));
    }
    tiny_run_free(t);
    graft_graph_free(before);
}

static void behaviour_24_equal_runs_leave_equal_models(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    char *path[2];
    for (int i = 0; i < 2; i++) {
        options.tune.augment = "flip";
        options.tune.views = 3;
        tiny_run t = tiny_train(&f->tiny, &options);
        path[i] = graft_text_format("%s/model-%d.graft", f->tiny.folder, i);
        assert_ok(graft_model_save(graft_run_model(t.run), path[i]));
        tiny_run_free(t);
    }
    assert_true(test_files_equal(path[0], path[1]));
    graft_release(path[0]);
    graft_release(path[1]);
}

static void behaviour_18_views_are_for_training_alone(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    tiny_run plain = tiny_train(&f->tiny, &options);
    options.tune.augment = "brightness:0.9 contrast:0.9";
    options.tune.views = 2;
    options.tune.epochs = 1;
    options.tune.lr = 1e-30;
    tiny_run t = tiny_train(&f->tiny, &options);
    const graft_run_epoch *start = graft_run_epoch_at(t.run, 0), *same = graft_run_epoch_at(t.run, 1);
    assert_float_equal(start->val_loss, graft_run_epoch_at(plain.run, 0)->val_loss, 0);
    assert_float_equal(same->val_loss, start->val_loss, 0); /* nothing learnt, nothing drawn anew */
    tiny_run_free(plain);
    tiny_run_free(t);
}

static void assert_same_run(const graft_run *a, const graft_run *b) {
    assert_int_equal(graft_run_epoch_count(a), graft_run_epoch_count(b));
    for (size_t i = 0; i < graft_run_epoch_count(a); i++) {
        graft_run_epoch x = *graft_run_epoch_at(a, i), y = *graft_run_epoch_at(b, i);
        x.seconds = y.seconds = 0;
        assert_memory_equal(&x, &y, sizeof(x));
    }
    network_expect_same_weights(graft_run_model(a)->graph, graft_run_model(b)->graph);
}

static void resume_in_any_phase(fixture *f, graft_train_options options, unsigned first, unsigned end) {
    tiny_run whole = tiny_train(&f->tiny, &options), part;
    for (unsigned stop = first; stop <= end; stop++) {
        char *folder = graft_text_format("%s/run-%u", f->tiny.folder, stop);
        assert_ok(graft_folder_make(folder));
        options.tune.folder = folder;
        options.tune.resume = false;
        f->stop_at = stop;
        graft_status status = tiny_try_train(&f->tiny, &options, &part);
        f->stop_at = 0;
        if (status == GRAFT_OK) tiny_run_free(part); /* cancelled after the last step */
        open_context(f, 0);
        options.tune.resume = true;
        part = tiny_train(&f->tiny, &options);
        assert_same_run(whole.run, part.run);
        tiny_run_free(part);
        graft_release(folder);
    }
    tiny_run_free(whole);
}

static void behaviour_22_a_run_resumes_in_any_phase(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    options.head = "gap dense:8:relu dense";
    options.tune.warmup_epochs = 2;
    options.tune.unfreeze_at = "3:conv2";
    resume_in_any_phase(f, options, 1, 6);
}

static void behaviour_22_a_run_that_is_rolled_back_resumes_in_any_phase(void **state) {
    fixture *f = *state;
    resume_in_any_phase(f, ruinous(f), 11, 13);
}

static void behaviour_22_a_run_whose_pictures_vanish_goes_on_when_they_are_back(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    options.tune.fine_tune = "all"; /* pictures are read in each epoch */
    tiny_run whole = tiny_train(&f->tiny, &options), part;
    char *folder = graft_path_join(f->tiny.folder, "run"), *here = graft_path_join(f->tiny.pictures, "berry"),
         *there = graft_path_join(f->tiny.folder, "berry"), *told = graft_text_format("--resume %s goes on", folder);
    assert_ok(graft_folder_make(folder));
    options.tune.folder = folder;
    f->here = here;
    f->there = there;
    f->lose_at = 2;
    assert_fails(GRAFT_E_DATA, told, tiny_try_train(&f->tiny, &options, &part));
    assert_int_equal(rename(there, here), 0);
    f->lose_at = 0;
    options.tune.resume = true;
    part = tiny_train(&f->tiny, &options);
    assert_same_run(whole.run, part.run);
    tiny_run_free(whole);
    tiny_run_free(part);
    graft_release(folder);
    graft_release(here);
    graft_release(there);
    graft_release(told);
}

static void behaviour_25_micro_batches_keep_below_the_limit(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    options.tune.fine_tune = "all";
    options.tune.batch = 40;
    tiny_run wide = tiny_train(&f->tiny, &options);
    const graft_run_phase *phase = graft_run_phase_at(wide.run, 0);
    uint64_t limit = phase->bytes - 1;
    assert_int_equal(phase->micro_batch, 40);
    double loss = graft_run_epoch_at(wide.run, 1)->loss;
    tiny_run_free(wide);
    open_context(f, limit);
    tiny_run t = tiny_train(&f->tiny, &options);
    phase = graft_run_phase_at(t.run, 0);
    assert_true(phase->micro_batch < 40);
    assert_int_equal(phase->batch, 40);
    assert_true(phase->bytes <= limit);
    assert_float_equal(graft_run_epoch_at(t.run, 1)->loss, loss, 1e-3);
    tiny_run_free(t);
    open_context(f, 1 << 20);
    options.layer = "pool";
    options.c = 0.1;
    options.head = "majority"; /* so that nothing before it asks for memory */
    graft_status status = tiny_try_train(&f->tiny, &options, &t);
    if (status == GRAFT_OK) tiny_run_free(t);
    assert_int_equal(status, GRAFT_E_USAGE);
    assert_non_null(strstr(graft_error_text(), "--memory allows 1 MiB"));
}

static void behaviour_23_and_26_wrong_words_fail_before_any_work(void **state) {
    fixture *f = *state;
    tiny_run t;
    graft_train_options options = defaults(f);
    const struct {
        const char **option, *value, *text;
    } wrong[] = {
        {&options.tune.optimizer, "adma", "did you mean \"adam\""},
        {&options.tune.schedule, "cosin", "did you mean \"cosine\""},
        {&options.tune.loss, "focale", "did you mean \"focal\""},
        {&options.tune.class_weight, "1,2", "3 numbers"},
        {&options.tune.weight_decay, "much", "expected auto or a number"},
        {&options.tune.time, "10 minutes", "10m"},
        {&options.tune.fine_tune, "conv9", "no layer"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        const char *kept = *wrong[i].option;
        *wrong[i].option = wrong[i].value;
        assert_fails(GRAFT_E_USAGE, wrong[i].text, tiny_try_train(&f->tiny, &options, &t));
        *wrong[i].option = kept;
    }
    options.tune.freeze = "all";
    assert_fails(GRAFT_E_USAGE, "give one of them", tiny_try_train(&f->tiny, &options, &t));
    options.head = "gap dnse";
    assert_fails(GRAFT_E_USAGE, "--head", tiny_try_train(&f->tiny, &options, &t));
    char *features = graft_path_join(f->tiny.cache, "features");
    assert_int_equal(graft_file_kind_of(features), GRAFT_FILE_MISSING);
    graft_release(features);
}

static void the_options_of_training_work_together(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    options.tune.class_weight = "auto";
    options.tune.loss = "focal:gamma=1";
    options.tune.optimizer = "sgd:momentum=0.9:nesterov";
    options.tune.schedule = "one_cycle";
    options.tune.weight_decay = "0.001";
    options.tune.clip = 1;
    options.tune.ema = 0.9;
    options.tune.warmup = 0.5;
    options.tune.mixup = 0.2;
    options.tune.balanced = true;
    options.tune.layer_decay = 0.8;
    options.tune.patience = 2;
    tiny_run t = tiny_train(&f->tiny, &options);
    assert_true(graft_run_epoch_count(t.run) >= 3);
    for (size_t i = 1; i < graft_run_epoch_count(t.run); i++)
        assert_true(isfinite(graft_run_epoch_at(t.run, i)->loss));
    tiny_run_free(t);
}

static void a_model_goes_on(void **state) {
    fixture *f = *state;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    tiny_run t = tiny_train(&f->tiny, &options);
    char *path = graft_path_join(f->tiny.folder, "model.graft");
    assert_ok(graft_model_save(graft_run_model(t.run), path));
    double frozen = graft_run_evaluation(t.run, GRAFT_SPLIT_VALIDATION)->loss;
    tiny_run_free(t);
    for (int turn = 0; turn < 2; turn++) { /* a logistic head first, then what came of it */
        graft_run *run;
        graft_dataset *data;
        graft_train_options own = defaults(f);
        assert_ok(graft_dataset_open(&data, f->tiny.context, f->tiny.pictures, NULL));
        assert_ok(graft_finetune(&run, f->tiny.context, data, path, &own));
        assert_float_equal(graft_run_epoch_at(run, 0)->val_loss, frozen, 2e-3);
        assert_string_equal(graft_run_phase_at(run, 0)->phase == 1 ? "1" : "?", "1");
        assert_ok(graft_model_save(graft_run_model(run), path));
        frozen = graft_run_evaluation(run, GRAFT_SPLIT_VALIDATION)->loss;
        graft_run_free(run);
        graft_dataset_free(data);
    }
    graft_release(path);
}

static void a_rate_is_found(void **state) {
    fixture *f = *state;
    graft_train_options options = defaults(f);
    graft_lr_options range = GRAFT_LR_OPTIONS_INIT;
    graft_lr_curve *curve;
    graft_dataset *data;
    double rate, loss;
    range.steps = 60;
    range.low = 1e-6;
    range.high = 10;
    options.head = "gap dense:8:relu dense";
    options.tune.fine_tune = "all";
    assert_ok(graft_dataset_open(&data, f->tiny.context, f->tiny.pictures, NULL));
    assert_ok(graft_lr_find(&curve, f->tiny.context, data, f->tiny.backbone, &options, &range));
    assert_true(graft_lr_curve_count(curve) > 10);
    graft_lr_curve_at(curve, 0, &rate, &loss);
    assert_float_equal(rate, 1e-6, 1e-12);
    double suggested = graft_lr_curve_suggested(curve);
    assert_true(suggested > 1e-6 && suggested < 10);
    graft_lr_curve_free(curve);
    graft_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(behaviour_01_frozen_layers_keep_their_bits, setup, teardown),
        cmocka_unit_test_setup_teardown(behaviour_02_a_phase_tells_what_learns, setup, teardown),
        cmocka_unit_test_setup_teardown(the_head_begins_as_the_regression, setup, teardown),
        cmocka_unit_test_setup_teardown(behaviour_02_each_phase_takes_effect_and_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_head_of_layers_is_warmed_up_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(the_better_model_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(behaviour_07_and_23_phases_that_ruin_the_network_are_rolled_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(behaviour_24_equal_runs_leave_equal_models, setup, teardown),
        cmocka_unit_test_setup_teardown(behaviour_18_views_are_for_training_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(behaviour_22_a_run_resumes_in_any_phase, setup, teardown),
        cmocka_unit_test_setup_teardown(behaviour_22_a_run_that_is_rolled_back_resumes_in_any_phase, setup, teardown),
        cmocka_unit_test_setup_teardown(behaviour_22_a_run_whose_pictures_vanish_goes_on_when_they_are_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(behaviour_25_micro_batches_keep_below_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(behaviour_23_and_26_wrong_words_fail_before_any_work, setup, teardown),
        cmocka_unit_test_setup_teardown(the_options_of_training_work_together, setup, teardown),
        cmocka_unit_test_setup_teardown(a_model_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rate_is_found, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
