#include "report/embedding-map.h"

#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "data/dataset.h"
#include "report/thumbnails.h"

#include <string.h>

/* A page of 3,409 photographs has all of them; base64 makes 4 bytes of 3. */
enum { POINTS_MOST = 4000, SIDE = 72, BYTES_MOST = 10 * 1024 * 1024, TABLE_ROWS = 100 };

/* What is shown, class by class: arrays of `count`, in which a series takes its part. */
typedef struct map {
    const graft_embedding *embedding;
    size_t count, classes, series_count;
    size_t *row;    /* of the embedding */
    size_t *sample; /* of the dataset */
    double *x, *y;
    const char **note;
    graft_chart_picture *picture;
    graft_chart_series *series;
    graft_thumbnails thumbnails;
} map;

static void map_clear(map *self) {
    graft_release(self->row);
    graft_release(self->sample);
    graft_release(self->x);
    graft_release(self->y);
    graft_release(self->note);
    graft_release(self->picture);
    graft_release(self->series);
    graft_thumbnails_clear(&self->thumbnails);
}

static graft_status map_open(map *self, const graft_embedding *embedding) {
    *self = (map){.embedding = embedding, .classes = graft_dataset_kind_count(embedding->data)};
    const size_t most = embedding->n < POINTS_MOST ? embedding->n : POINTS_MOST;
    self->row = graft_allocate(most, sizeof(*self->row));
    self->sample = graft_allocate(most, sizeof(*self->sample));
    self->x = graft_allocate(most, sizeof(*self->x));
    self->y = graft_allocate(most, sizeof(*self->y));
    self->note = graft_allocate(most, sizeof(*self->note));
    self->picture = graft_allocate_zero(most, sizeof(*self->picture));
    self->series = graft_allocate_zero(self->classes + 1, sizeof(*self->series));
    return self->row && self->sample && self->x && self->y && self->note && self->picture && self->series
               ? GRAFT_OK
               : graft_fail_memory("a map");
}

/* The pictures of one class (-1: those without) as a series. */
static void take_class(map *self, int label) {
    const graft_embedding *from = self->embedding;
    const size_t step = (from->n + POINTS_MOST - 1) / POINTS_MOST, begin = self->count;
    for (size_t i = 0; i < from->n; i += step) {
        if (graft_dataset_kind_of(from->data, from->sample[i]) != label) continue;
        self->row[self->count] = i;
        self->sample[self->count] = from->sample[i];
        self->x[self->count] = (double)from->point[2 * i];
        self->y[self->count] = (double)from->point[2 * i + 1];
        self->note[self->count++] = graft_dataset_sample(from->data, from->sample[i])->name;
    }
    if (self->count == begin) return;
    self->series[self->series_count++] =
        (graft_chart_series){.name = label < 0 ? "pictures" : graft_dataset_kind(from->data, (size_t)label),
                             .x = self->x + begin,
                             .y = self->y + begin,
                             .note = self->note + begin,
                             .picture = self->picture + begin,
                             .count = self->count - begin};
}

static void add_chart(graft_sheet *sheet, const map *self) {
    const graft_embedding *from = self->embedding;
    graft_buffer *out = &sheet->out;
    graft_buffer_text(out, "<p class=\"hint\">What the network takes for alike lies together: the first two principal "
                           "components of its features, ");
    graft_html_text(out, from->features);
    graft_buffer_text(out, ". They hold ");
    graft_html_percent(out, from->share[0]);
    graft_buffer_text(out, " and ");
    graft_html_percent(out, from->share[1]);
    graft_buffer_text(out,
                      " of what differs, so that classes may be apart and yet overlap here. Visit a point to see its "
                      "picture.");
    if (self->count < from->n) graft_buffer_format(out, " %zu of %zu pictures are shown.", self->count, from->n);
    graft_buffer_text(out, "</p>\n");
    graft_chart_add(out, &(graft_chart){.kind = GRAFT_CHART_POINTS,
                                        .title = "Map of the pictures",
                                        .x_name = "first component",
                                        .y_name = "second component",
                                        .series = self->series,
                                        .series_count = self->series_count,
                                        .table_rows = TABLE_ROWS});
}

graft_status graft_embedding_map_add(graft_sheet *sheet, graft_context *context, const graft_embedding *embedding) {
    map self;
    graft_status status = map_open(&self, embedding);
    for (int label = -1; status == GRAFT_OK && label < (int)self.classes; label++)
        take_class(&self, label);
    if (status == GRAFT_OK)
        status =
            graft_thumbnails_of(context, embedding->data, self.sample, self.count, SIDE, BYTES_MOST, &self.thumbnails);
    for (size_t i = 0; status == GRAFT_OK && i < self.count; i++)
        self.picture[i] = (graft_chart_picture){self.thumbnails.item[i].jpeg, self.thumbnails.item[i].length};
    if (status == GRAFT_OK) add_chart(sheet, &self);
    map_clear(&self);
    return status;
}

graft_status graft_embedding_page(graft_context *context, const graft_embedding *embedding, const char *path) {
    graft_sheet sheet;
    const char *name = graft_path_name(graft_dataset_path(embedding->data));
    graft_sheet_open(&sheet, name);
    graft_buffer_text(&sheet.out, "<header><p class=\"kicker\">graft map</p><h1>");
    graft_html_text(&sheet.out, name);
    graft_buffer_format(&sheet.out, "</h1><p>%zu pictures</p></header>\n", embedding->n);
    graft_sheet_begin(&sheet, "map", NULL, "Map");
    graft_status status = graft_embedding_map_add(&sheet, context, embedding);
    graft_sheet_end(&sheet);
    if (status == GRAFT_OK) return graft_sheet_write(&sheet, path);
    graft_sheet_clear(&sheet);
    return status;
}
