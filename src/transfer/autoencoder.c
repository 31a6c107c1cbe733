/* graft_autoencoder_train: a pretraining whose subject are the pictures themselves, and what it leaves. */
#include "transfer/autoencoder-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/contact-sheet.h"
#include "data/dataset.h"
#include "stats/quantile.h"
#include "transfer/pretrain-internal.h"

#include <math.h>

/* The threshold is of plain training pictures, in the form in which `score` sees pictures. */
static graft_status find_threshold(graft_autoencoder *model, const graft_scores *scores) {
    for (size_t i = 0; i < scores->n; i++)
        if (!isfinite(scores->score[i]))
            return graft_fail(GRAFT_E_DATA, "the reconstruction of a training picture is not finite: lower --lr");
    model->pictures = scores->n;
    return graft_quantile(scores->score, scores->n, model->quantile, &model->threshold);
}

static graft_status score_split(const graft_run *run, graft_split split, graft_scores **out) {
    size_t *sample, count;
    GRAFT_TRY(graft_dataset_indices(run->data, split, &sample, &count));
    if (count > 0) return graft_scores_make(run->autoencoder, run->data, sample, count, out);
    graft_release(sample);
    return GRAFT_OK;
}

graft_status graft_pretrain_finish_coding(graft_pretraining *self) {
    graft_run *run = self->run;
    graft_autoencoder *model = run->autoencoder = graft_allocate_zero(1, sizeof(*model));
    if (!model) return graft_fail_memory("an autoencoder");
    model->context = self->context;
    model->spec = self->spec;
    model->latent = self->coding->options.latent;
    model->quantile = self->coding->options.quantile;
    model->arch = graft_text_copy(self->coding->options.pretrain.arch);
    if (!model->arch) return graft_fail_memory("an autoencoder");
    GRAFT_TRY(graft_coding_decoder(self->coding, self->tuning.network.graph, &model->graph));
    GRAFT_TRY(score_split(run, GRAFT_SPLIT_TRAIN, &run->scores[GRAFT_SPLIT_TRAIN]));
    GRAFT_TRY(find_threshold(model, run->scores[GRAFT_SPLIT_TRAIN]));
    run->scores[GRAFT_SPLIT_TRAIN]->threshold = model->threshold;
    return score_split(run, GRAFT_SPLIT_VALIDATION, &run->scores[GRAFT_SPLIT_VALIDATION]);
}

const graft_autoencoder *graft_run_autoencoder(const graft_run *run) {
    return run->autoencoder;
}

const graft_scores *graft_run_scores(const graft_run *run, graft_split split) {
    return (unsigned)split <= GRAFT_SPLIT_TEST ? run->scores[split] : NULL;
}

graft_status graft_autoencoder_train(graft_run **out, graft_context *context, graft_dataset *data,
                                     const graft_autoencoder_options *options) {
    graft_coding coding;
    *out = NULL;
    GRAFT_TRY(graft_coding_init(&coding, data, options));
    return graft_pretrain_coding(out, context, data, &coding);
}

/* ---- pictures of it ---- */

enum { SHEET_COUNT = 32, SHEET_MOST = 4096, SHEET_COLUMNS = 8, GAP = 4 };

/* Rows of originals, each above that of their reconstructions. */
static graft_status draw(const graft_autoencoder *model, const graft_dataset *data, const size_t *sample, size_t count,
                         graft_contact_sheet *sheet) {
    const size_t size = 3 * (size_t)model->spec.width * (size_t)model->spec.height;
    const graft_coded coded = {.seen = graft_allocate(count, size), .made = graft_allocate(count, size)};
    graft_status status = coded.seen && coded.made ? graft_autoencoder_pass(model, data, sample, count, &coded)
                                                   : graft_fail_memory("pictures");
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        const size_t at = i / sheet->columns * 2 * sheet->columns + i % sheet->columns;
        graft_contact_sheet_place(sheet, at, coded.seen + i * size);
        graft_contact_sheet_place(sheet, at + sheet->columns, coded.made + i * size);
    }
    graft_release(coded.seen);
    graft_release(coded.made);
    return status;
}

graft_status graft_autoencoder_draw(const graft_autoencoder *model, const graft_dataset *data, const size_t *sample,
                                    size_t count, size_t columns, graft_contact_sheet *sheet) {
    if (columns > count) columns = count;
    GRAFT_TRY(graft_contact_sheet_init_grid(sheet, columns, 2 * ((count + columns - 1) / columns),
                                            (size_t)model->spec.width, (size_t)model->spec.height, GAP));
    return draw(model, data, sample, count, sheet);
}

graft_status graft_autoencoder_sheet(const graft_autoencoder *model, graft_dataset *data, size_t count, size_t columns,
                                     const char *output) {
    size_t *sample, sound;
    graft_contact_sheet sheet = {0};
    if (count == 0) count = SHEET_COUNT;
    if (columns == 0) columns = SHEET_COLUMNS;
    if (count > SHEET_MOST)
        return graft_fail(GRAFT_E_USAGE, "--count: received %zu, expected 1 to %d", count, SHEET_MOST);
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(graft_dataset_indices(data, -1, &sample, &sound));
    if (count > sound) count = sound;
    graft_status status = count > 0
                              ? graft_autoencoder_draw(model, data, sample, count, columns, &sheet)
                              : graft_fail(GRAFT_E_DATA, "%s: no sound pictures to show", graft_dataset_path(data));
    if (status == GRAFT_OK) status = graft_contact_sheet_write(&sheet, output);
    graft_contact_sheet_clear(&sheet);
    graft_release(sample);
    return status;
}
