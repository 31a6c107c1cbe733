/* The arms of series, each scored on what every fold holds out. */
#include "transfer/series-compare.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/metrics.h"
#include "zoo/initialise.h"

/* Some of the study's rows as samples of a view. */
static graft_status take(const graft_study *study, const graft_series_view *view, const size_t *row, size_t count,
                         graft_series_samples *out) {
    *out = (graft_series_samples){.set = view->set, .spec = &view->spec, .count = count};
    out->index = graft_allocate(count, sizeof(*out->index));
    out->label = graft_allocate(count, sizeof(*out->label));
    if (!out->index || !out->label) return graft_fail_memory("series");
    for (size_t i = 0; i < count; i++) {
        out->index[i] = row[i];
        out->label[i] = study->raw.label[row[i]];
    }
    return GRAFT_OK;
}

/* ---- arms that are fitted in every fold ---- */

/* Of each of `held` whether what learned from `train` has it right. */
typedef graft_status (*arm_work)(graft_series_comparison *self, graft_series_samples *train,
                                 const graft_series_samples *held, bool *right);

static graft_status run_nearest(graft_series_comparison *self, graft_series_samples *train,
                                const graft_series_samples *held, bool *right) {
    return graft_series_nearest(self->study.context, train, held, right);
}

static size_t epochs_of(const graft_series_comparison *self) {
    return (size_t)(self->options.epochs > 0 ? self->options.epochs : self->scratch.arch->epochs);
}

/* Trains what `graph` lacks and has, and releases it. */
static graft_status fit(graft_series_comparison *self, const graft_series_arch *arch, graft_graph *graph,
                        graft_series_samples *train, const graft_series_samples *held, bool *right) {
    graft_series_options options = self->options;
    graft_series_result figures;
    float *probabilities = NULL;
    size_t width = 0;
    options.epochs = (int64_t)epochs_of(self);
    options.checkpoints = NULL;
    options.resume = false;
    options.on_epoch = NULL;
    graft_status status = graft_graph_initialise(graph, GRAFT_INIT_GLOROT, (uint64_t)options.seed);
    if (status == GRAFT_OK)
        status = graft_series_fit(self->study.context, graph, arch, train, &options, NULL, &figures);
    if (status == GRAFT_OK) status = graft_series_run(self->study.context, graph, held, &probabilities, &width);
    for (size_t i = 0; status == GRAFT_OK && i < held->count; i++)
        right[i] = graft_argmax(probabilities + i * width, (int)width) == held->label[i];
    graft_release(probabilities);
    graft_graph_free(graph);
    return status;
}

static graft_status run_scratch(graft_series_comparison *self, graft_series_samples *train,
                                const graft_series_samples *held, bool *right) {
    const graft_series_view *view = &self->scratch;
    graft_graph *graph;
    GRAFT_TRY(graft_series_network(view->arch, &view->spec, GRAFT_SERIES_CLASSIFIER, &graph));
    return fit(self, view->arch, graph, train, held, right);
}

static graft_status run_finetuned(graft_series_comparison *self, graft_series_samples *train,
                                  const graft_series_samples *held, bool *right) {
    const graft_series_view *view = &self->coded;
    graft_graph *graph;
    GRAFT_TRY(graft_series_model_network(self->base, &view->spec, GRAFT_SERIES_CLASSIFIER, &graph));
    return fit(self, view->arch, graph, train, held, right);
}

static graft_status run_fold(graft_series_comparison *self, const graft_series_view *view, arm_work work, size_t size,
                             size_t fold, graft_compare_scores *scores) {
    graft_study *study = &self->study;
    size_t *train, *held, train_count, held_count, hits = 0;
    graft_series_samples learn = {0}, ask = {0};
    GRAFT_TRY(graft_study_parts(study, size, fold, &train, &train_count, &held, &held_count));
    bool *right = graft_allocate_zero(held_count, sizeof(*right));
    graft_status status = right ? GRAFT_OK : graft_fail_memory("answers");
    if (status == GRAFT_OK) status = take(study, view, train, train_count, &learn);
    if (status == GRAFT_OK) status = take(study, view, held, held_count, &ask);
    if (status == GRAFT_OK) status = work(self, &learn, &ask, right);
    for (size_t i = 0; status == GRAFT_OK && i < held_count; i++) {
        hits += right[i];
        if (scores->hits) scores->hits[size * study->held + i] += right[i];
    }
    scores->accuracy[size * study->folds + fold] = held_count > 0 ? (double)hits / (double)held_count : 0;
    graft_series_samples_clear(&learn);
    graft_series_samples_clear(&ask);
    graft_release(right);
    graft_release(train);
    graft_release(held);
    return status == GRAFT_OK ? graft_phase_add(study->phase, 1, 0) : status;
}

static graft_status run_arm(graft_series_comparison *self, int arm, const graft_series_view *view, arm_work work,
                            char *what) {
    graft_study *study = &self->study;
    graft_compare_scores *scores = &study->arm[arm];
    const double begun = graft_now();
    GRAFT_TRY(graft_compare_describe(study, arm, what));
    GRAFT_TRY(graft_compare_scores_new(study, scores));
    for (size_t s = 0; s < study->sizes; s++)
        for (size_t f = 0; f < study->folds; f++)
            GRAFT_TRY(run_fold(self, view, work, s, f, scores));
    scores->seconds = graft_now() - begun;
    scores->done = true;
    return GRAFT_OK;
}

/* ---- arms on fixed codes ---- */

static graft_status run_codes(graft_series_comparison *self, int arm, graft_graph *graph, const char *what) {
    const graft_series_view *view = &self->coded;
    graft_study *study = &self->study;
    graft_crossval_rows rows = {.count = view->set->count};
    graft_series_samples samples = {0};
    const double begun = graft_now();
    graft_status status = graft_series_samples_make(view->set, &view->spec, GRAFT_SERIES_ALL, &samples);
    if (status == GRAFT_OK) status = graft_series_run(study->context, graph, &samples, &rows.x, &rows.width);
    study->arm[arm].seconds = graft_now() - begun;
    if (status == GRAFT_OK)
        status = graft_compare_describe(study, arm,
                                        graft_text_format("%s, %zu numbers, logistic regression", what, rows.width));
    if (status == GRAFT_OK) status = graft_compare_logistic_arm(study, arm, &rows);
    graft_series_samples_clear(&samples);
    graft_crossval_rows_clear(&rows);
    return status;
}

static graft_status run_frozen(graft_series_comparison *self, bool random) {
    const graft_series_view *view = &self->coded;
    graft_graph *graph;
    GRAFT_TRY(random ? graft_series_network(view->arch, &view->spec, GRAFT_SERIES_ENCODER, &graph)
                     : graft_series_model_network(self->base, &view->spec, GRAFT_SERIES_ENCODER, &graph));
    graft_status status = GRAFT_OK;
    if (random) status = graft_graph_initialise(graph, GRAFT_INIT_GLOROT, self->study.options.seed);
    if (status == GRAFT_OK)
        status = run_codes(self, random ? GRAFT_ARM_RANDOM : GRAFT_ARM_FROZEN, graph,
                           random ? "the same encoder with random weights" : "the pretrained encoder's code");
    graft_graph_free(graph);
    return status;
}

/* ---- all of them ---- */

static const char *no_obstacle(const graft_study *study, int arm) {
    (void)study, (void)arm;
    return NULL;
}

static bool wanted(const graft_series_comparison *self, int arm) {
    return self->study.arm[arm].wanted;
}

static graft_status run_wanted(graft_series_comparison *self) {
    graft_study *study = &self->study;
    const size_t epochs = epochs_of(self);
    if (wanted(self, GRAFT_ARM_NEAREST))
        GRAFT_TRY(run_arm(
            self, GRAFT_ARM_NEAREST, &self->even, run_nearest,
            graft_text_format("nearest neighbour by Euclid's distance, %lld steps", (long long)self->even.spec.steps)));
    if (wanted(self, GRAFT_ARM_RAW)) {
        GRAFT_TRY(graft_compare_describe(study, GRAFT_ARM_RAW,
                                         graft_text_format("%s, logistic regression", study->raw.features)));
        GRAFT_TRY(graft_compare_logistic_arm(study, GRAFT_ARM_RAW, &study->raw));
    }
    if (wanted(self, GRAFT_ARM_RANDOM)) GRAFT_TRY(run_frozen(self, true));
    if (wanted(self, GRAFT_ARM_FROZEN)) GRAFT_TRY(run_frozen(self, false));
    if (wanted(self, GRAFT_ARM_SCRATCH))
        GRAFT_TRY(run_arm(self, GRAFT_ARM_SCRATCH, &self->scratch, run_scratch,
                          graft_text_format("%s with random weights, all of it trained, %zu epochs",
                                            self->scratch.arch->name, epochs)));
    if (wanted(self, GRAFT_ARM_FINETUNED))
        GRAFT_TRY(run_arm(self, GRAFT_ARM_FINETUNED, &self->coded, run_finetuned,
                          graft_text_format("the pretrained encoder, fine-tuned with a new head, %zu epochs", epochs)));
    return GRAFT_OK;
}

graft_status graft_series_compare_arms(graft_series_comparison *self) {
    graft_study *study = &self->study;
    GRAFT_TRY(
        graft_compare_choose_arms(study, "nearest, raw, scratch, random_frozen, frozen or finetuned", no_obstacle));
    GRAFT_TRY(graft_phase_begin(study->context, "compare", graft_compare_units(study), &study->phase));
    graft_status status = run_wanted(self);
    graft_phase_end(study->phase);
    study->phase = NULL;
    return status;
}
