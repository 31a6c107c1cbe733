#include "report/thumbnails.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "data/image.h"
#include "stats/metrics.h"

#include <stdlib.h>
#include <string.h>

/* The page stays below 10 MB: base64 makes 4 bytes of 3. */
enum { MISTAKES_PER_CELL = 30, RIGHT_PER_CLASS = 6, MOST = 1500, QUALITY = 78, BYTES_MAX = 6 * 1024 * 1024 };

typedef struct maker {
    graft_thumbnails *thumbnails;
    const graft_dataset *data;
    graft_decoder **decoder; /* one a worker */
    graft_resize_scratch *scratch;
    int workers, side;
} maker;

/* The most probable first; equal ones by name, so that the page does not depend on the order of sorting. */
static int compare(const void *a, const void *b) {
    const graft_thumbnail *left = a, *right = b;
    if (left->probability != right->probability) return left->probability < right->probability ? 1 : -1;
    return strcmp(left->sample->name, right->sample->name);
}

/* All labelled rows, sorted. */
static graft_status gather(const graft_predictions *predictions, const graft_dataset *data, graft_thumbnails *out) {
    size_t rows = graft_predictions_count(predictions);
    int classes = (int)graft_predictions_class_count(predictions);
    out->item = graft_allocate_zero(rows, sizeof *out->item);
    if (!out->item) return graft_fail_memory("thumbnails");
    for (size_t row = 0; row < rows; row++) {
        const float *probability = graft_predictions_row(predictions, row);
        int label = graft_predictions_label(predictions, row), predicted = graft_argmax(probability, classes);
        if (label < 0 || predicted < 0) continue;
        const size_t index = graft_predictions_sample(predictions, row);
        out->item[out->count++] = (graft_thumbnail){
            .sample = graft_dataset_sample(data, index),
            .index = index,
            .true_class = label,
            .predicted = predicted,
            .probability = probability[predicted],
            .true_probability = probability[label],
        };
    }
    qsort(out->item, out->count, sizeof *out->item, compare);
    return GRAFT_OK;
}

/* Keeps the first few of every cell. */
static graft_status choose(graft_thumbnails *thumbnails, size_t classes) {
    size_t kept = 0, cells;
    if (!graft_multiply_sizes(classes, classes, &cells)) return graft_fail_memory("thumbnails");
    unsigned *taken = graft_allocate_zero(cells, sizeof *taken);
    if (!taken) return graft_fail_memory("thumbnails");
    for (size_t i = 0; i < thumbnails->count && kept < MOST; i++) {
        graft_thumbnail *item = &thumbnails->item[i];
        unsigned limit = item->true_class == item->predicted ? RIGHT_PER_CLASS : MISTAKES_PER_CELL;
        unsigned *cell = &taken[(size_t)item->true_class * classes + (size_t)item->predicted];
        if (*cell >= limit) continue;
        (*cell)++;
        thumbnails->item[kept++] = *item;
    }
    thumbnails->count = kept;
    graft_release(taken);
    return GRAFT_OK;
}

static graft_status make_one(maker *self, int worker, graft_thumbnail *item) {
    char *file = NULL;
    size_t length = 0;
    graft_image image;
    unsigned char *pixels = NULL;
    const int side = self->side;
    graft_status status = graft_dataset_read(self->data, item->index, 0, &file, &length);
    if (status == GRAFT_OK)
        status = graft_decode(self->decoder[worker], (const unsigned char *)file, length, side, side, &image);
    if (status != GRAFT_OK) goto done;
    int longer = image.width > image.height ? image.width : image.height;
    double shrink = longer > side ? (double)side / longer : 1;
    int width = (int)(image.width * shrink + 0.5), height = (int)(image.height * shrink + 0.5);
    width = width > 0 ? width : 1;
    height = height > 0 ? height : 1;
    pixels = graft_allocate((size_t)width * (size_t)height, 3);
    if (!pixels) GRAFT_TRY_TO(done, status, graft_fail_memory("a thumbnail"));
    GRAFT_TRY_TO(done, status,
                 graft_image_resize(&image, NULL, GRAFT_FILTER_BICUBIC, width, height, pixels, &self->scratch[worker]));
    status = graft_jpeg_write(pixels, width, height, QUALITY, &item->jpeg, &item->length);
done:
    graft_release(pixels);
    graft_release(file);
    return status;
}

/* A picture that has gone since it was learned costs its thumbnail, not the report. */
static graft_status work(void *argument, int worker, size_t index) {
    maker *self = argument;
    graft_status status = make_one(self, worker, &self->thumbnails->item[index]);
    return status == GRAFT_E_DATA ? GRAFT_OK : status;
}

static graft_status maker_open(maker *self, graft_context *context, const graft_dataset *data, int side,
                               graft_thumbnails *thumbnails) {
    *self = (maker){.thumbnails = thumbnails, .data = data, .workers = graft_context_threads(context), .side = side};
    self->decoder = graft_allocate_zero((size_t)self->workers, sizeof(void *));
    self->scratch = graft_allocate_zero((size_t)self->workers, sizeof *self->scratch);
    if (!self->decoder || !self->scratch) return graft_fail_memory("thumbnails");
    for (int i = 0; i < self->workers; i++)
        GRAFT_TRY(graft_decoder_new(&self->decoder[i]));
    return GRAFT_OK;
}

static void maker_close(maker *self) {
    for (int i = 0; i < self->workers; i++) {
        if (self->decoder) graft_decoder_free(self->decoder[i]);
        if (self->scratch) graft_resize_scratch_free(&self->scratch[i]);
    }
    graft_release(self->decoder);
    graft_release(self->scratch);
}

static void keep_budget(graft_thumbnails *thumbnails, size_t bytes_most) {
    size_t bytes = 0;
    for (size_t i = 0; i < thumbnails->count; i++) {
        graft_thumbnail *item = &thumbnails->item[i];
        bytes += item->length;
        if (bytes <= bytes_most) continue;
        graft_release(item->jpeg);
        item->jpeg = NULL;
        item->length = 0;
    }
}

/* The pictures of the items that are listed; clears the list after a failure. */
static graft_status fill(graft_context *context, const graft_dataset *data, int side, size_t bytes_most,
                         graft_thumbnails *out) {
    maker self = {0};
    graft_status status = maker_open(&self, context, data, side, out);
    if (status == GRAFT_OK) status = graft_parallel_for(context, out->count, work, &self);
    maker_close(&self);
    if (status == GRAFT_OK)
        keep_budget(out, bytes_most);
    else
        graft_thumbnails_clear(out);
    return status;
}

graft_status graft_thumbnails_make(graft_context *context, const graft_predictions *predictions,
                                   const graft_dataset *data, graft_thumbnails *out) {
    *out = (graft_thumbnails){0};
    graft_status status = gather(predictions, data, out);
    if (status == GRAFT_OK) status = choose(out, graft_predictions_class_count(predictions));
    if (status == GRAFT_OK) return fill(context, data, GRAFT_THUMBNAIL_SIDE, BYTES_MAX, out);
    graft_thumbnails_clear(out);
    return status;
}

graft_status graft_thumbnails_of(graft_context *context, const graft_dataset *data, const size_t *sample, size_t count,
                                 int side, size_t bytes_most, graft_thumbnails *out) {
    *out = (graft_thumbnails){.item = graft_allocate_zero(count > 0 ? count : 1, sizeof *out->item)};
    if (!out->item) return graft_fail_memory("thumbnails");
    for (size_t i = 0; i < count; i++)
        out->item[i] = (graft_thumbnail){
            .sample = graft_dataset_sample(data, sample[i]), .index = sample[i], .true_class = -1, .predicted = -1};
    out->count = count;
    return fill(context, data, side, bytes_most, out);
}

void graft_thumbnails_clear(graft_thumbnails *thumbnails) {
    for (size_t i = 0; i < thumbnails->count; i++) {
        graft_release(thumbnails->item[i].jpeg);
        graft_release(thumbnails->item[i].why);
    }
    graft_release(thumbnails->item);
    *thumbnails = (graft_thumbnails){0};
}
