/* Suspicious labels. Two models ask of each picture what its label should be, both without that label: kernel ridge
 * regression on the features of all layers (stats/kernel-ridge.h), and, on its scores, a logistic regression in
 * cross-validation, which knows what the first one's scores are worth and which classes it takes for another. */
#include "transfer/inspect-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/confident.h"
#include "stats/folds.h"
#include "stats/held-out.h"
#include "stats/kernel-ridge.h"
#include "stats/label-noise.h"
#include "stats/metrics.h"
#include "stats/temperature.h"

#include <math.h>
#include <string.h>

/* A kernel's rows: memory goes by their square, time by their third power; fewer tell little, and need little. */
enum { KERNEL_ROWS = 8192, KERNEL_ROWS_LEAST = 256 };

typedef struct work {
    graft_inspection *self;
    const graft_features *features;
    size_t cuts;
    float *x; /* room for a layer's rows */
    int *label, *part;
    int64_t *group;
    int classes, parts;
    float *score; /* samples x classes */
} work;

/* The rows of one kernel. */
typedef struct part {
    size_t *row, *sample; /* count */
    int *label;
    int64_t *group;
    size_t count;
    float *score; /* count x classes */
} part;

/* ---- what the pictures look like ---- */

/* Into as few parts as keep a kernel within its rows, and within a quarter of the memory; each judges its own. */
static graft_status divide(work *w) {
    const uint64_t floats = graft_context_memory_limit(w->self->context) / (4 * sizeof(float));
    const double fitting = fmax(sqrt((double)floats), KERNEL_ROWS_LEAST);
    const size_t most = (size_t)fmin(fitting, KERNEL_ROWS);
    w->parts = (int)((w->self->samples + most - 1) / most);
    if (w->parts > 1)
        return graft_folds_make(w->label, NULL, w->self->samples, w->classes, w->parts, w->self->options.seed, w->part);
    memset(w->part, 0, w->self->samples * sizeof(*w->part));
    return GRAFT_OK;
}

static graft_status take_part(const work *w, int which, part *p) {
    const size_t most = w->self->samples;
    p->row = graft_allocate(most, sizeof(*p->row));
    p->sample = graft_allocate(most, sizeof(*p->sample));
    p->label = graft_allocate(most, sizeof(*p->label));
    p->group = graft_allocate(most, sizeof(*p->group));
    if (!p->row || !p->sample || !p->label || !p->group) return graft_fail_memory("the labels");
    for (size_t i = 0; i < most; i++) {
        if (w->part[i] != which) continue;
        p->row[p->count] = i;
        p->sample[p->count] = w->self->sample[i];
        p->label[p->count] = w->label[i];
        p->group[p->count++] = w->group[i];
    }
    p->score = graft_allocate(p->count, (size_t)w->classes * sizeof(*p->score));
    return p->score ? GRAFT_OK : graft_fail_memory("the labels' scores");
}

static void release_part(part *p) {
    graft_release(p->row);
    graft_release(p->sample);
    graft_release(p->label);
    graft_release(p->group);
    graft_release(p->score);
}

static graft_status fill_kernel(const work *w, const part *p, graft_kernel *kernel, graft_phase *phase) {
    for (size_t cut = 0; cut < w->cuts; cut++) {
        GRAFT_TRY(graft_features_read(w->features, cut, w->self->data, p->sample, p->count, w->x));
        GRAFT_TRY(graft_kernel_add(kernel, w->x, graft_features_width(w->features, cut)));
        GRAFT_TRY(graft_phase_add(phase, 1, 0));
    }
    return GRAFT_OK;
}

static graft_status score_part(work *w, int which, graft_phase *phase) {
    part p = {0};
    graft_kernel *kernel = NULL;
    graft_status status = take_part(w, which, &p);
    if (status == GRAFT_OK) status = graft_kernel_new(w->self->context, p.count, &kernel);
    if (status == GRAFT_OK) status = fill_kernel(w, &p, kernel, phase);
    if (status == GRAFT_OK) status = graft_kernel_ridge(kernel, p.label, p.group, w->classes, p.score);
    for (size_t i = 0; status == GRAFT_OK && i < p.count; i++)
        memcpy(w->score + p.row[i] * (size_t)w->classes, p.score + i * (size_t)w->classes,
               (size_t)w->classes * sizeof(*p.score));
    graft_kernel_free(kernel);
    release_part(&p);
    return status == GRAFT_OK ? graft_phase_add(phase, 1, 0) : status;
}

/* ---- what the scores are worth ---- */

/* The strength is chosen once for all folds: one number of all rows, which none of them can bend to itself. */
static graft_status hold_out(work *w, float *probability) {
    graft_inspection *self = w->self;
    const int folds = self->options.folds;
    const graft_rows view = {.x = w->score,
                             .label = w->label,
                             .group = w->group,
                             .count = self->samples,
                             .width = (size_t)w->classes,
                             .classes = w->classes};
    graft_logistic_cv cv;
    GRAFT_TRY(graft_logistic_crossval(self->context, &view, NULL, 0, folds, self->options.seed, &cv));
    GRAFT_TRY(graft_folds_make(w->label, w->group, view.count, w->classes, folds, self->options.seed, w->part));
    const graft_held_out how = {.fold = w->part,
                                .folds = folds,
                                .head = GRAFT_CROSSVAL_LOGISTIC,
                                .c = cv.c[cv.best],
                                .seed = self->options.seed};
    graft_crossval_fold *scores = graft_allocate((size_t)folds, sizeof(*scores));
    if (!scores) return graft_fail_memory("the labels' probabilities");
    const graft_status status = graft_held_out_score(self->context, &view, &how, probability, scores);
    graft_release(scores);
    return status;
}

/* The scores alone, as logits, as sharp as the labels bear out. Of a row's own class one row less was seen than of the
 * others: what each class's share adds is taken off. */
static graft_status answer_of_scores(const work *w, float *out) {
    const size_t rows = w->self->samples, classes = (size_t)w->classes;
    size_t *count = graft_allocate_zero(classes, sizeof(*count));
    if (!count) return graft_fail_memory("the labels' counts");
    for (size_t i = 0; i < rows; i++)
        count[w->label[i]]++;
    for (size_t i = 0; i < rows; i++) {
        float *p = out + i * classes, total = 0;
        for (size_t k = 0; k < classes; k++) {
            const size_t others = count[k] - (w->label[i] == (int)k);
            p[k] = expf(w->score[i * classes + k] - (float)others / (float)(rows > 1 ? rows - 1 : 1));
            total += p[k];
        }
        for (size_t k = 0; k < classes; k++)
            p[k] /= total;
    }
    graft_release(count);
    graft_temperature_apply(graft_temperature_fit(out, w->label, rows, w->classes), out, rows, w->classes, out);
    return GRAFT_OK;
}

static double cross_entropy(const work *w, const float *p) {
    double sum = 0;
    for (size_t i = 0; i < w->self->samples; i++)
        sum -= log(fmax((double)p[i * (size_t)w->classes + (size_t)w->label[i]], 1e-12));
    return sum;
}

/* The answer that fits the labels better: the logistic regression's, unless it had few rows to learn from. */
static graft_status answer(work *w, float *probability) {
    const size_t rows = w->self->samples, classes = (size_t)w->classes;
    float *alone = graft_allocate(rows, classes * sizeof(*alone));
    if (!alone) return graft_fail_memory("the labels' probabilities");
    graft_status status = hold_out(w, probability);
    if (status == GRAFT_OK) status = answer_of_scores(w, alone);
    if (status == GRAFT_OK && cross_entropy(w, alone) < cross_entropy(w, probability))
        memcpy(probability, alone, rows * classes * sizeof(*alone));
    graft_release(alone);
    return status;
}

/* ---- which labels are wrong ---- */

static graft_status add_label(work *w, graft_problem problem, const float *probability, size_t row, double wrong) {
    const graft_inspection *self = w->self;
    const float *p = probability + row * (size_t)w->classes;
    const double least = 1e-15;
    int best = -1;
    for (int k = 0; k < w->classes; k++)
        if (k != w->label[row] && (best < 0 || p[k] > p[best])) best = k;
    /* A drawn split is no different from a given one: what is drawn for validation now will be drawn for it again. */
    const bool drop = problem == GRAFT_PROBLEM_LABEL &&
                      graft_dataset_sample(self->data, self->sample[row])->split == GRAFT_SPLIT_TRAIN;
    const double odds = log(fmax(wrong, least) / fmax(1 - wrong, least));
    return graft_inspection_add(w->self,
                                (graft_issue){problem, self->sample[row], -1, best, odds, drop ? "drop" : "review"});
}

/* Which ones, the surest first, by the mixture model; how many, beside the sure ones, by confident learning's count. */
static graft_status list_labels(work *w, const float *probability, graft_label_noise *noise) {
    graft_inspection *self = w->self;
    size_t counted;
    GRAFT_TRY(
        graft_label_noise_find(w->label, probability, self->samples, w->classes, self->options.false_alarms, noise));
    GRAFT_TRY(graft_confident_count(w->label, probability, self->samples, w->classes, &counted));
    const size_t sure =
        self->accuracy > 0.5 ? noise->sure : 0; /* who is wrong more often than not is sure of nothing */
    for (size_t i = 0; i < noise->suspects && (i < sure || i < counted); i++) {
        const size_t row = noise->suspect[i];
        const graft_problem problem = i < sure ? GRAFT_PROBLEM_LABEL : GRAFT_PROBLEM_DOUBT;
        GRAFT_TRY(add_label(w, problem, probability, row, noise->wrong[row]));
    }
    self->noise = noise->rate;
    self->false_alarms = sure > 0 ? noise->expected_false : 0;
    return GRAFT_OK;
}

/* Labels that people have confirmed take no part: NaN. */
static graft_status leave_out_reviewed(work *w, float *probability) {
    const size_t classes = (size_t)w->classes;
    for (size_t i = 0; i < w->self->samples; i++) {
        const graft_issue issue = {.problem = GRAFT_PROBLEM_LABEL, .sample = w->self->sample[i], .other = -1};
        bool reviewed;
        GRAFT_TRY(graft_inspection_is_reviewed(w->self, &issue, &reviewed));
        if (!reviewed) continue;
        w->self->left_out++;
        for (size_t k = 0; k < classes; k++)
            probability[i * classes + k] = NAN;
    }
    return GRAFT_OK;
}

static graft_status judge(work *w) {
    graft_inspection *self = w->self;
    const size_t classes = (size_t)w->classes;
    graft_label_noise noise = {0};
    size_t right = 0;
    float *probability = graft_allocate(self->samples, classes * sizeof(*probability));
    if (!probability) return graft_fail_memory("the labels' probabilities");
    graft_status status = answer(w, probability);
    for (size_t i = 0; status == GRAFT_OK && i < self->samples; i++)
        right += graft_argmax(probability + i * classes, w->classes) == w->label[i];
    self->accuracy = (double)right / (double)self->samples;
    if (status == GRAFT_OK) status = leave_out_reviewed(w, probability);
    if (status == GRAFT_OK) status = list_labels(w, probability, &noise);
    graft_label_noise_clear(&noise);
    graft_release(probability);
    return status;
}

/* ---- all of it ---- */

static graft_status take_labels(work *w) {
    graft_inspection *self = w->self;
    w->classes = (int)graft_dataset_class_count(self->data);
    w->label = graft_allocate(self->samples, sizeof(*w->label));
    w->group = graft_allocate(self->samples, sizeof(*w->group));
    w->part = graft_allocate(self->samples, sizeof(*w->part));
    w->score = graft_allocate(self->samples, (size_t)w->classes * sizeof(*w->score));
    if (!w->label || !w->group || !w->part || !w->score) return graft_fail_memory("the labels");
    for (size_t i = 0; i < self->samples; i++) {
        w->label[i] = graft_dataset_sample(self->data, self->sample[i])->label;
        w->group[i] = (int64_t)graft_dataset_group(self->data, self->sample[i]);
    }
    return GRAFT_OK;
}

static graft_status run(work *w) {
    graft_phase *phase = NULL;
    GRAFT_TRY(take_labels(w));
    GRAFT_TRY(divide(w));
    GRAFT_TRY(graft_phase_begin(w->self->context, "labels", (size_t)w->parts * (w->cuts + 1), &phase));
    graft_status status = GRAFT_OK;
    for (int which = 0; status == GRAFT_OK && which < w->parts; which++)
        status = score_part(w, which, phase);
    graft_phase_end(phase);
    return status == GRAFT_OK ? judge(w) : status;
}

graft_status graft_inspect_labels(graft_inspection *self, const graft_features *features, size_t cuts, float *room) {
    work w = {.self = self, .features = features, .cuts = cuts};
    w.x = room;
    const graft_status status = run(&w);
    graft_release(w.label);
    graft_release(w.group);
    graft_release(w.part);
    graft_release(w.score);
    return status;
}
