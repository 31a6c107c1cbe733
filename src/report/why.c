/* The most confident mistakes under their Grad-CAM. */
#include "report/page-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"
#include "data/image.h"
#include "report/overlay.h"
#include "transfer/classifier.h"
#include "transfer/gradcam.h"
#include "transfer/picture.h"

enum { QUALITY = 78 };

typedef struct why {
    graft_page *page;
    const graft_preprocess *spec;
    graft_graph *graph;
    graft_gradcam *gradcam;
    graft_picture_loader loader;
    float *map;
} why;

static graft_status why_open(why *self) {
    GRAFT_TRY(graft_model_graph(graft_run_model(self->page->run), &self->graph));
    GRAFT_TRY(graft_gradcam_new(self->page->context, self->graph, -1, &self->gradcam));
    self->map = graft_allocate(graft_gradcam_rows(self->gradcam) * graft_gradcam_columns(self->gradcam), sizeof(float));
    if (!self->map) return graft_fail_memory("explanations");
    return graft_picture_loader_init(&self->loader, self->page->data, self->spec);
}

static graft_status make_map(why *self, const graft_thumbnail *item) {
    const float *output;
    float peak = 0;
    GRAFT_TRY(graft_picture_load(&self->loader, item->index, NULL, 0, graft_gradcam_input(self->gradcam)));
    GRAFT_TRY(graft_gradcam_forward(self->gradcam, &output));
    GRAFT_TRY(graft_gradcam_map(self->gradcam, (size_t)item->predicted, self->map));
    const size_t cells = graft_gradcam_rows(self->gradcam) * graft_gradcam_columns(self->gradcam);
    for (size_t i = 0; i < cells; i++)
        if (self->map[i] > peak) peak = self->map[i];
    for (size_t i = 0; i < cells && peak > 0; i++)
        self->map[i] /= peak;
    return GRAFT_OK;
}

static graft_status explain(why *self, graft_thumbnail *item) {
    char *file = NULL;
    unsigned char *pixels = NULL;
    size_t length = 0;
    int width = 0, height = 0;
    const int longer = self->spec->width > self->spec->height ? self->spec->width : self->spec->height;
    GRAFT_TRY(make_map(self, item));
    graft_status status = graft_dataset_read(self->page->data, item->index, 0, &file, &length);
    if (status == GRAFT_OK)
        status = graft_overlay_make(self->spec, (double)GRAFT_THUMBNAIL_SIDE / longer, file, length, self->map,
                                    graft_gradcam_rows(self->gradcam), graft_gradcam_columns(self->gradcam), &pixels,
                                    &width, &height);
    if (status == GRAFT_OK) status = graft_jpeg_write(pixels, width, height, QUALITY, &item->why, &item->why_length);
    graft_release(pixels);
    graft_release(file);
    return status;
}

graft_status graft_page_why(graft_page *page, size_t most) {
    why self = {.page = page, .spec = graft_model_preprocess(graft_run_model(page->run))};
    graft_status status = self.spec ? why_open(&self) : GRAFT_E_USAGE;
    size_t made = 0;
    for (size_t i = 0; status == GRAFT_OK && i < page->thumbnails.count && made < most; i++) {
        graft_thumbnail *item = &page->thumbnails.item[i];
        if (item->true_class == item->predicted) continue;
        status = explain(&self, item);
        if (status == GRAFT_E_DATA) status = GRAFT_OK; /* a picture that has gone costs its explanation */
        made++;
    }
    graft_picture_loader_clear(&self.loader);
    graft_release(self.map);
    graft_gradcam_free(self.gradcam);
    graft_graph_free(self.graph);
    /* A head without gradients, a network without maps or with what cannot be trained: no explanations. */
    return status == GRAFT_E_USAGE || status == GRAFT_E_DATA ? GRAFT_OK : status;
}
