/* How far the data is from what a .graft model learned from: it carries the features of some of its training
 * pictures. Other files say nothing of theirs. */
#include "transfer/advise-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/cka.h"
#include "stats/mmd.h"

static graft_status compare(graft_run *run, const size_t *picked, size_t count, graft_advice_domain *out) {
    const graft_backbone *backbone = run->backbone;
    graft_features *features = NULL;
    graft_features_result result;
    graft_mmd_result found;
    graft_cka_result alike;
    size_t source, width;
    const uint16_t *half = graft_knn_rows(backbone->source, &source, &width);
    float *x = graft_allocate(count * width, sizeof(*x)), *y = graft_allocate(source * width, sizeof(*y));
    graft_status status = x && y ? GRAFT_OK : graft_fail_memory("features to compare");
    if (status == GRAFT_OK) graft_f16_to_f32(half, y, source * width);
    if (status == GRAFT_OK)
        status = graft_features_open(run->context, backbone->graph, &backbone->spec, &backbone->source_cut, 1, NULL,
                                     &features);
    if (status == GRAFT_OK) status = graft_features_compute(features, run->data, picked, count, 1, &result);
    if (status == GRAFT_OK) status = graft_features_read(features, 0, run->data, picked, count, x);
    if (status == GRAFT_OK) status = graft_mmd(run->context, x, count, y, source, width, run->options.seed, &found);
    if (status == GRAFT_OK) status = graft_cka(run->context, x, count, y, source, width, run->options.seed, &alike);
    if (status == GRAFT_OK)
        *out = (graft_advice_domain){.mmd2 = found.squared,
                                     .null95 = found.null95,
                                     .p_value = found.p_value,
                                     .cka = alike.value,
                                     .cka_null5 = alike.null5,
                                     .cka_p_value = alike.p_value,
                                     .own = count,
                                     .source = source};
    graft_features_close(features);
    graft_release(x);
    graft_release(y);
    return status;
}

graft_status graft_advice_measure_domain(graft_advice_owner *self) {
    graft_run *run = self->run;
    const graft_backbone *backbone = run->backbone;
    size_t *sample = NULL, count, source, width;
    if (!backbone->source || !graft_knn_rows(backbone->source, &source, &width) || source < 2 ||
        width != backbone->source_cut.width)
        return GRAFT_OK;
    GRAFT_TRY(graft_dataset_indices(run->data, GRAFT_SPLIT_TRAIN, &sample, &count));
    size_t kept = count < GRAFT_BASELINE_ROWS ? count : GRAFT_BASELINE_ROWS;
    for (size_t i = 0; i < kept; i++)
        sample[i] = sample[graft_knn_picked(i, kept, count)];
    graft_status status = kept >= 2 ? compare(run, sample, kept, &self->advice.domain) : GRAFT_OK;
    graft_release(sample);
    return status;
}
