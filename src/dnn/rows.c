/* Ops that pick rows: a part of an axis, rows of a table. */
#include "dnn/rows.h"
#include "dnn/dnn-internal.h"
#include <string.h>

void graft_dnn_part_take(const graft_dnn_part *part, const float *whole, float *out) {
    const size_t inner = (size_t)part->inner, length = (size_t)part->length;
    for (int64_t i = 0; i < part->outer; i++)
        memcpy(out + (size_t)i * length * inner, whole + (size_t)(i * part->whole + part->begin) * inner,
               length * inner * sizeof *out);
}

void graft_dnn_part_put(const graft_dnn_part *part, const float *from, float *whole) {
    const size_t inner = (size_t)part->inner, length = (size_t)part->length;
    memset(whole, 0, (size_t)(part->outer * part->whole) * inner * sizeof *whole);
    for (int64_t i = 0; i < part->outer; i++)
        memcpy(whole + (size_t)(i * part->whole + part->begin) * inner, from + (size_t)i * length * inner,
               length * inner * sizeof *whole);
}

static graft_status run_part(const void *self, void *const *sources, void *destination, void *scratch) {
    (void)scratch;
    graft_dnn_part_take(self, sources[0], destination);
    return GRAFT_OK;
}

/* An op with one plain source and a plain result. */
static graft_status plain_op(const char *what, graft_dnn_host host, void *self, const graft_dnn_shape *source,
                             const graft_dnn_shape *destination, graft_dnn_op **out) {
    GRAFT_TRY(graft_dnn_op_host(what, host, self, 1, 0, out));
    graft_status status = graft_dnn_desc(4, source->dim, dnnl_nchw, &(*out)->sources[0].layout.desc);
    if (status == GRAFT_OK) status = graft_dnn_desc(4, destination->dim, dnnl_nchw, &(*out)->destination.desc);
    (*out)->destination_arg = (*out)->destination.desc;
    if (status != GRAFT_OK) graft_dnn_op_free(*out);
    return status;
}

graft_status graft_dnn_part_new(const graft_dnn_shape *source, int axis, int64_t begin, int64_t length,
                                graft_dnn_op **out) {
    graft_dnn_part *self = graft_allocate(1, sizeof *self);
    graft_dnn_shape destination = *source;
    if (self == NULL) return graft_fail_memory("part");
    *self = graft_dnn_part_of(source, axis, begin, length);
    destination.dim[axis] = length;
    return plain_op("part", run_part, self, source, &destination, out);
}

graft_dnn_part graft_dnn_part_of(const graft_dnn_shape *source, int axis, int64_t begin, int64_t length) {
    graft_dnn_part part = {.outer = 1, .whole = source->dim[axis], .inner = 1, .begin = begin, .length = length};
    for (int i = 0; i < axis; i++)
        part.outer *= source->dim[i];
    for (int i = axis + 1; i < 4; i++)
        part.inner *= source->dim[i];
    return part;
}

/* ---- tables ---- */

static int64_t row_of(const graft_dnn_lookup *lookup, float id) {
    if (!(id >= 0.0F)) return 0;
    return id >= (float)lookup->rows ? lookup->rows - 1 : (int64_t)id;
}

void graft_dnn_lookup_take(const graft_dnn_lookup *lookup, const float *table, const float *ids, float *out) {
    for (int64_t n = 0; n < lookup->samples; n++)
        for (int64_t t = 0; t < lookup->steps; t++) {
            const float *row = table + row_of(lookup, ids[n * lookup->steps + t]) * lookup->width;
            for (int64_t c = 0; c < lookup->width; c++)
                out[(n * lookup->width + c) * lookup->steps + t] = row[c];
        }
}

void graft_dnn_lookup_add(const graft_dnn_lookup *lookup, const float *gradient, const float *ids, float *table) {
    for (int64_t n = 0; n < lookup->samples; n++)
        for (int64_t t = 0; t < lookup->steps; t++) {
            float *row = table + row_of(lookup, ids[n * lookup->steps + t]) * lookup->width;
            for (int64_t c = 0; c < lookup->width; c++)
                row[c] += gradient[(n * lookup->width + c) * lookup->steps + t];
        }
}

typedef struct looking {
    graft_dnn_lookup lookup;
    float table[];
} looking;

static graft_status run_lookup(const void *self, void *const *sources, void *destination, void *scratch) {
    const looking *l = self;
    (void)scratch;
    graft_dnn_lookup_take(&l->lookup, l->table, sources[0], destination);
    return GRAFT_OK;
}

graft_status graft_dnn_lookup_new(const graft_dnn_lookup *lookup, const float *table, graft_dnn_op **out) {
    const size_t bytes = (size_t)(lookup->rows * lookup->width) * sizeof *table;
    const graft_dnn_shape source = {{lookup->samples, 1, 1, lookup->steps}};
    const graft_dnn_shape destination = {{lookup->samples, lookup->width, 1, lookup->steps}};
    looking *self = graft_allocate(1, sizeof *self + bytes);
    if (self == NULL) return graft_fail_memory("table");
    self->lookup = *lookup;
    memcpy(self->table, table, bytes);
    return plain_op("table", run_lookup, self, &source, &destination, out);
}
