/* How unlike its reconstruction a picture is, and what is told of it. */
#include "transfer/autoencoder-internal.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "data/dataset.h"
#include "json/json.h"

/* The public scores and what their members borrow from. */
typedef struct owner {
    graft_scores scores;
    size_t *sample;
    double *score;
} owner;

void graft_scores_free(graft_scores *scores) {
    owner *self = (owner *)scores; /* its first member */
    if (!self) return;
    graft_release(self->sample);
    graft_release(self->score);
    graft_release(self);
}

graft_status graft_scores_make(const graft_autoencoder *model, const graft_dataset *data, size_t *sample, size_t count,
                               graft_scores **out) {
    owner *self = graft_allocate_zero(1, sizeof(*self));
    *out = NULL;
    if (!self) {
        graft_release(sample);
        return graft_fail_memory("scores");
    }
    self->sample = sample;
    self->score = graft_allocate(count, sizeof(*self->score));
    self->scores = (graft_scores){.n = count, .sample = sample, .score = self->score, .threshold = model->threshold};
    const graft_coded coded = {.score = self->score};
    graft_status status =
        self->score ? graft_autoencoder_pass(model, data, sample, count, &coded) : graft_fail_memory("scores");
    if (status == GRAFT_OK)
        *out = &self->scores;
    else
        graft_scores_free(&self->scores);
    return status;
}

graft_status graft_autoencoder_score(graft_scores **out, const graft_autoencoder *model, graft_dataset *data) {
    size_t *sample, count;
    *out = NULL;
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(graft_dataset_indices(data, -1, &sample, &count));
    return graft_scores_make(model, data, sample, count, out);
}

/* ---- what is told ---- */

static bool is_anomalous(const graft_scores *scores, size_t row) {
    return !(scores->score[row] <= scores->threshold); /* and what cannot be measured */
}

graft_status graft_scores_json(const graft_scores *scores, const graft_dataset *data, size_t row, char **json) {
    graft_json *object = graft_json_new_object();
    graft_json_set_text(object, "path", graft_dataset_sample(data, scores->sample[row])->path);
    graft_json_set_real(object, "score", scores->score[row]);
    graft_json_set_real(object, "threshold", scores->threshold);
    graft_json_set_bool(object, "anomalous", is_anomalous(scores, row));
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}

graft_status graft_scores_tsv(const graft_scores *scores, const graft_dataset *data, char **tsv) {
    graft_buffer out;
    graft_buffer_init(&out, 0);
    graft_buffer_text(&out, "path\tscore\tthreshold\tverdict\n");
    for (size_t i = 0; i < scores->n; i++) {
        for (const char *c = graft_dataset_sample(data, scores->sample[i])->path; *c; c++)
            graft_buffer_add(&out, (unsigned char)*c < ' ' || *c == 127 ? " " : c, 1);
        graft_buffer_format(&out, "\t%.7g\t%.7g\t%s\n", scores->score[i], scores->threshold,
                            is_anomalous(scores, i) ? "anomalous" : "normal");
    }
    return graft_buffer_take(&out, tsv, NULL);
}
