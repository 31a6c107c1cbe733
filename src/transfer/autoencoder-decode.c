/* Pictures out of codes: what lies between two pictures, and what the prior of a Gaussian code holds. */
#include "transfer/autoencoder-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "nn/op.h"
#include "nn/plan.h"

#include <string.h>

/* The node that the decoder begins behind: the code itself, or what stands for a draw of it. */
static int code_node(const graft_graph *graph, bool *gaussian) {
    const int latent = graft_graph_find(graph, GRAFT_LAYER_LATENT);
    const graft_op *draw = graft_op_find("gaussian_sample");
    for (int i = latent + 1; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        *gaussian = node->op == draw && node->inputs[0] == latent;
        if (*gaussian) return i;
    }
    *gaussian = false;
    return latent;
}

bool graft_autoencoder_has_prior(const graft_autoencoder *model) {
    bool gaussian;
    (void)code_node(model->graph, &gaussian);
    return gaussian;
}

/* A part of the network, on one thread: what is wanted of it are some dozens of pictures. */
typedef struct part {
    graft_plan *plan;
    graft_plan_state *state;
    size_t batch;
} part;

static void part_clear(part *self) {
    graft_plan_state_free(self->state);
    graft_plan_free(self->plan);
}

/* Takes `graph` over. */
static graft_status part_open(part *self, graft_context *context, graft_graph *graph, size_t samples) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.samples = samples;
    graft_status status = graft_plan_new(context, graph, &options, &self->plan);
    graft_graph_free(graph);
    GRAFT_TRY(status);
    self->batch = (size_t)graft_plan_batch(self->plan);
    return graft_plan_state_new(self->plan, &self->state);
}

/* ---- decoding ---- */

/* Where the pictures of `count` codes go: place[i] of the sheet. */
static graft_status decode_all(const graft_autoencoder *model, part *decoder, const float *code, const size_t *place,
                               size_t count, graft_contact_sheet *sheet) {
    const size_t latent = (size_t)model->latent;
    unsigned char *rgb = graft_allocate((size_t)model->spec.width * (size_t)model->spec.height, 3);
    if (!rgb) return graft_fail_memory("a picture");
    graft_status status = GRAFT_OK;
    for (size_t first = 0; first < count && status == GRAFT_OK; first += decoder->batch) {
        const size_t left = count - first, some = left < decoder->batch ? left : decoder->batch;
        for (size_t i = 0; i < some; i++)
            memcpy(graft_plan_state_input(decoder->state, (int)i), code + (first + i) * latent, latent * sizeof *code);
        status = graft_plan_run(decoder->state, (int)some);
        for (size_t i = 0; i < some && status == GRAFT_OK; i++) {
            graft_autoencoder_paint(&model->spec, graft_plan_state_output(decoder->state, 0, (int)i), rgb);
            graft_contact_sheet_place(sheet, place[first + i], rgb);
        }
    }
    graft_release(rgb);
    return status;
}

static graft_status decode(const graft_autoencoder *model, const float *code, const size_t *place, size_t count,
                           graft_contact_sheet *sheet) {
    part decoder = {0};
    graft_graph *graph;
    bool gaussian;
    const int node = code_node(model->graph, &gaussian);
    GRAFT_TRY(graft_graph_suffix(model->graph, node, graft_graph_output(model->graph), &graph, NULL));
    graft_status status = part_open(&decoder, model->context, graph, count);
    if (status == GRAFT_OK) status = decode_all(model, &decoder, code, place, count, sheet);
    part_clear(&decoder);
    return status;
}

static graft_status make_sheet(const graft_autoencoder *model, size_t columns, size_t rows,
                               graft_contact_sheet *sheet) {
    enum { GAP = 4 };
    return graft_contact_sheet_init_grid(sheet, columns, rows, (size_t)model->spec.width, (size_t)model->spec.height,
                                         GAP);
}

/* ---- the prior ---- */

graft_status graft_autoencoder_draw_prior(const graft_autoencoder *model, uint64_t seed, size_t count, size_t columns,
                                          graft_contact_sheet *sheet) {
    const size_t latent = (size_t)model->latent;
    if (!graft_autoencoder_has_prior(model))
        return graft_fail(GRAFT_E_USAGE, "%s: its code has no distribution to draw from", model->arch);
    GRAFT_TRY(make_sheet(model, columns, (count + columns - 1) / columns, sheet));
    float *code = graft_allocate(count, latent * sizeof *code);
    size_t *place = graft_allocate(count, sizeof *place);
    graft_status status = code && place ? GRAFT_OK : graft_fail_memory("codes");
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        graft_rng rng = graft_rng_make(seed, GRAFT_RNG_LATENT, 0, i);
        place[i] = i;
        for (size_t k = 0; k < latent; k++)
            code[i * latent + k] = (float)graft_rng_normal(&rng);
    }
    if (status == GRAFT_OK) status = decode(model, code, place, count, sheet);
    graft_release(code);
    graft_release(place);
    return status;
}

/* ---- between two pictures ---- */

/* Codes of samples; each picture goes to its place on the sheet. */
static graft_status encode_all(const graft_autoencoder *model, part *encoder, graft_picture_loader *loader,
                               const size_t *sample, const size_t *place, size_t count, float *code,
                               graft_contact_sheet *sheet) {
    const size_t latent = (size_t)model->latent;
    const size_t area = (size_t)model->spec.width * (size_t)model->spec.height;
    float *picture = graft_allocate(area, (size_t)model->spec.channels * sizeof *picture);
    unsigned char *rgb = graft_allocate(area, 3);
    graft_status status = picture && rgb ? GRAFT_OK : graft_fail_memory("a picture");
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        status = graft_picture_load(loader, sample[i], NULL, 0, picture);
        if (status != GRAFT_OK) break;
        graft_autoencoder_paint(&model->spec, picture, rgb);
        graft_contact_sheet_place(sheet, place[i], rgb);
        memcpy(graft_plan_state_input(encoder->state, 0), picture,
               area * (size_t)model->spec.channels * sizeof *picture);
        status = graft_plan_run(encoder->state, 1);
        if (status == GRAFT_OK)
            memcpy(code + i * latent, graft_plan_state_output(encoder->state, 0, 0), latent * sizeof *code);
    }
    graft_release(picture);
    graft_release(rgb);
    return status;
}

static graft_status encode(const graft_autoencoder *model, const graft_dataset *data, const size_t *sample,
                           const size_t *place, size_t count, float *code, graft_contact_sheet *sheet) {
    part encoder = {0};
    graft_picture_loader loader = {0};
    graft_graph *graph;
    bool gaussian;
    const int node = code_node(model->graph, &gaussian);
    GRAFT_TRY(graft_graph_prefix(model->graph, &node, 1, &graph, NULL));
    graft_status status = part_open(&encoder, model->context, graph, 1);
    if (status == GRAFT_OK) status = graft_picture_loader_init(&loader, data, &model->spec);
    if (status == GRAFT_OK) status = encode_all(model, &encoder, &loader, sample, place, count, code, sheet);
    graft_picture_loader_clear(&loader);
    part_clear(&encoder);
    return status;
}

typedef struct between {
    size_t rows, steps;
    float *end, *code; /* 2 a row; `steps` a row */
    size_t *end_place, *place;
} between;

static graft_status between_open(between *self, size_t latent) {
    const size_t ends = 2 * self->rows, points = self->rows * self->steps, columns = self->steps + 2;
    self->end = graft_allocate(ends, latent * sizeof *self->end);
    self->code = graft_allocate(points, latent * sizeof *self->code);
    self->end_place = graft_allocate(ends, sizeof *self->end_place);
    self->place = graft_allocate(points, sizeof *self->place);
    if (!self->end || !self->code || !self->end_place || !self->place) return graft_fail_memory("codes");
    for (size_t i = 0; i < ends; i++)
        self->end_place[i] = i / 2 * columns + i % 2 * (columns - 1);
    for (size_t i = 0; i < points; i++)
        self->place[i] = i / self->steps * columns + 1 + i % self->steps;
    return GRAFT_OK;
}

static void between_clear(between *self) {
    graft_release(self->end);
    graft_release(self->code);
    graft_release(self->end_place);
    graft_release(self->place);
}

/* Points evenly on the straight line, both ends among them. */
static void mix(const between *self, size_t latent) {
    for (size_t i = 0; i < self->rows * self->steps; i++) {
        const float *from = self->end + i / self->steps * 2 * latent, *to = from + latent;
        const float share = (float)(i % self->steps) / (float)(self->steps - 1);
        for (size_t k = 0; k < latent; k++)
            self->code[i * latent + k] = from[k] + share * (to[k] - from[k]);
    }
}

graft_status graft_autoencoder_draw_between(const graft_autoencoder *model, const graft_dataset *data,
                                            const size_t *sample, size_t pairs, size_t steps,
                                            graft_contact_sheet *sheet) {
    between self = {.rows = pairs, .steps = steps};
    const size_t latent = (size_t)model->latent;
    graft_status status;
    GRAFT_TRY_TO(done, status, make_sheet(model, steps + 2, pairs, sheet));
    GRAFT_TRY_TO(done, status, between_open(&self, latent));
    GRAFT_TRY_TO(done, status, encode(model, data, sample, self.end_place, 2 * pairs, self.end, sheet));
    mix(&self, latent);
    status = decode(model, self.code, self.place, pairs * steps, sheet);
done:
    between_clear(&self);
    return status;
}
