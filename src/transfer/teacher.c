#include "transfer/teacher.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"

#include <math.h>
#include <string.h>

static graft_status add_cut(graft_teacher *teacher, const graft_graph *graph, const char *layer) {
    if (teacher->cut_count == GRAFT_CUT_LIMIT)
        return graft_fail(GRAFT_E_USAGE, "--layers: more than %d layers of the teacher", GRAFT_CUT_LIMIT);
    graft_cut *cut = &teacher->cuts[teacher->cut_count];
    if (layer)
        GRAFT_TRY(graft_cut_named(graph, layer, GRAFT_POOL_AVG, cut));
    else
        GRAFT_TRY(graft_cut_make(graph, graft_cut_last(graph), GRAFT_POOL_AVG, cut));
    cut->stored = GRAFT_F16; /* a target, not an input: its rounding is far below what a student can meet */
    teacher->cut_count++;
    teacher->feature_width += cut->width;
    return GRAFT_OK;
}

static graft_status add_features(graft_teacher *teacher, const graft_graph *graph, const char *layers) {
    if (!layers || !*layers) return add_cut(teacher, graph, NULL);
    char *copy = graft_text_copy(layers), *rest = NULL;
    graft_status status = copy ? GRAFT_OK : graft_fail_memory("a text");
    for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL; word && status == GRAFT_OK;
         word = strtok_r(NULL, ",", &rest))
        status = add_cut(teacher, graph, word);
    graft_release(copy);
    return status;
}

/* What goes into the softmax: the last layer itself where the network ends in raw values. */
static graft_status add_logits(graft_teacher *teacher, const graft_graph *graph) {
    int at = graft_graph_output(graph);
    if (at == graft_cut_last(graph))
        return graft_fail(GRAFT_E_USAGE, "--to logits: the teacher %s has no classifier: learn its features",
                          graft_graph_name(graph));
    while (strcmp(graft_graph_node(graph, at)->op->name, "softmax") == 0)
        at = graft_graph_node(graph, at)->inputs[0];
    if (teacher->cut_count == GRAFT_CUT_LIMIT)
        return graft_fail(GRAFT_E_USAGE, "--layers: more than %d layers beside the logits", GRAFT_CUT_LIMIT - 1);
    graft_cut *cut = &teacher->cuts[teacher->cut_count++];
    GRAFT_TRY(graft_cut_make(graph, at, GRAFT_POOL_AVG, cut));
    cut->stored = GRAFT_F16;
    teacher->logit_width = cut->width;
    return GRAFT_OK;
}

graft_status graft_teacher_open(graft_teacher *teacher, graft_context *context, const graft_backbone *backbone, int to,
                                const char *layers, const graft_views *views) {
    *teacher = (graft_teacher){.context = context};
    if (to < GRAFT_DISTILL_FEATURES || to > GRAFT_DISTILL_BOTH)
        return graft_fail(GRAFT_E_USAGE, "--to: received %d, expected 0 (features), 1 (logits) or 2 (both)", to);
    if (to != GRAFT_DISTILL_LOGITS) GRAFT_TRY(add_features(teacher, backbone->graph, layers));
    if (to != GRAFT_DISTILL_FEATURES) GRAFT_TRY(add_logits(teacher, backbone->graph));
    return graft_features_open(context, backbone->graph, &backbone->spec, teacher->cuts, teacher->cut_count, views,
                               &teacher->features);
}

void graft_teacher_clear(graft_teacher *teacher) {
    graft_features_close(teacher->features);
    graft_release(teacher->mean);
    graft_release(teacher->scale);
    *teacher = (graft_teacher){0};
}

static graft_status read_raw(const graft_teacher *teacher, const graft_dataset *data, size_t sample, uint32_t view,
                             void *record, float *out) {
    for (size_t i = 0; i < teacher->cut_count; out += teacher->cuts[i].width, i++)
        GRAFT_TRY(graft_features_read_view(teacher->features, i, data, sample, view, record, out));
    return GRAFT_OK;
}

graft_status graft_teacher_read(const graft_teacher *teacher, const graft_dataset *data, size_t sample, uint32_t view,
                                void *record, float *out) {
    GRAFT_TRY(read_raw(teacher, data, sample, view, record, out));
    for (size_t i = 0; i < teacher->feature_width; i++)
        out[i] = (out[i] - teacher->mean[i]) * teacher->scale[i];
    return GRAFT_OK;
}

/* Sums in the order of the samples: the same bytes in every run. */
static graft_status sum_features(const graft_teacher *teacher, const graft_dataset *data, const size_t *sample,
                                 size_t count, void *record, float *row, double *sums) {
    size_t width = teacher->feature_width;
    for (size_t i = 0; i < count; i++) {
        GRAFT_TRY(read_raw(teacher, data, sample[i], 0, record, row));
        for (size_t k = 0; k < width; k++) {
            sums[k] += (double)row[k];
            sums[width + k] += (double)row[k] * (double)row[k];
        }
    }
    return GRAFT_OK;
}

/* A feature that hardly moves says nothing: its deviation counts as a hundredth of the features' mean one at least, so
 * that it is not blown up. */
static void set_scales(graft_teacher *teacher, const double *sums, double count) {
    size_t width = teacher->feature_width;
    double all = 0;
    for (size_t k = 0; k < width; k++) {
        double mean = sums[k] / count, variance = sums[width + k] / count - mean * mean;
        teacher->mean[k] = (float)mean;
        teacher->scale[k] = (float)sqrt(fmax(variance, 0));
        all += (double)teacher->scale[k];
    }
    double least = fmax(all / (double)width / 100, 1e-6);
    for (size_t k = 0; k < width; k++)
        teacher->scale[k] = (float)(1 / fmax((double)teacher->scale[k], least));
}

static graft_status standardize(graft_teacher *teacher, const graft_dataset *data, const size_t *sample, size_t count) {
    size_t width = teacher->feature_width;
    double *sums = graft_allocate_zero(2 * width + 1, sizeof(*sums));
    float *row = graft_allocate(width + teacher->logit_width, sizeof(*row));
    void *record = graft_allocate(1, graft_features_record_bytes(teacher->features));
    teacher->mean = graft_allocate_zero(width + 1, sizeof(float));
    teacher->scale = graft_allocate_zero(width + 1, sizeof(float));
    graft_status status =
        sums && row && record && teacher->mean && teacher->scale ? GRAFT_OK : graft_fail_memory("a teacher's features");
    if (status == GRAFT_OK && width > 0) {
        status = sum_features(teacher, data, sample, count, record, row, sums);
        if (status == GRAFT_OK) set_scales(teacher, sums, (double)count);
    }
    graft_release(record);
    graft_release(row);
    graft_release(sums);
    return status;
}

graft_status graft_teacher_compute(graft_teacher *teacher, const graft_dataset *data, const size_t *train,
                                   size_t train_count, const size_t *validation, size_t validation_count,
                                   uint32_t views, graft_features_result *result) {
    graft_features_result held_back;
    GRAFT_TRY(graft_features_compute(teacher->features, data, train, train_count, views, result));
    GRAFT_TRY(graft_features_compute(teacher->features, data, validation, validation_count, 1, &held_back));
    result->computed += held_back.computed;
    result->cached += held_back.cached;
    result->seconds += held_back.seconds;
    return standardize(teacher, data, train, train_count);
}
