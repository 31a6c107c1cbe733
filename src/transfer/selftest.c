/* The self-test picture: a fixed PNM, so no lossy decoder and no file is in the way. It goes through preparation,
 * network and head like any picture; a model file stores the answer, and opening it must reproduce that. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/image.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 97, HEIGHT = 61 }; /* neither square nor even: fit and filter show */

/* Another CPU adds in another order; a wrong mean or channel order is far beyond this. */
static const double tolerance = 1e-3;
/* Integers: a sum that lies between two of them may be rounded the other way. */
static const double rounding_tolerance = 2e-2;

static size_t make_picture(unsigned char *bytes, size_t size) {
    int header = snprintf((char *)bytes, size, "P6\n%d %d\n255\n", WIDTH, HEIGHT);
    unsigned char *at = bytes + header;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            bool disc = (x - 48) * (x - 48) + (y - 30) * (y - 30) < 400;
            *at++ = (unsigned char)(disc ? 230 - y : x * 255 / (WIDTH - 1));
            *at++ = (unsigned char)(disc ? 60 + x : y * 255 / (HEIGHT - 1));
            *at++ = (unsigned char)((x / 8 + y / 8) % 2 ? 200 : 30);
        }
    }
    return (size_t)(at - bytes);
}

static graft_status digest_of(const unsigned char *bytes, size_t length, char digest[GRAFT_DIGEST_TEXT]) {
    graft_digest *sha = NULL;
    GRAFT_TRY(graft_digest_new(GRAFT_DIGEST_SHA256, &sha));
    graft_status status = graft_digest_add(sha, bytes, length);
    if (status == GRAFT_OK) status = graft_digest_text(sha, digest);
    graft_digest_free(sha);
    return status;
}

static graft_status prepare(const graft_preprocess *spec, const unsigned char *bytes, size_t length, float *input) {
    graft_decoder *decoder = NULL;
    unsigned char *pixels = graft_allocate((size_t)spec->width * (size_t)spec->height, 3);
    graft_status status = pixels ? graft_decoder_new(&decoder) : graft_fail_memory("the self-test picture");
    if (status == GRAFT_OK) status = graft_image_prepare(decoder, bytes, length, spec, pixels, NULL);
    if (status == GRAFT_OK) graft_image_normalize(spec, pixels, input);
    graft_decoder_free(decoder);
    graft_release(pixels);
    return status;
}

static graft_status answer(const graft_model *model, graft_single *single, bool floats, const unsigned char *bytes,
                           size_t length, float *probabilities) {
    float *row = graft_allocate(model->cut.width, sizeof(*row));
    graft_status status = row ? GRAFT_OK : graft_fail_memory("the self-test's features");
    if (status == GRAFT_OK) status = graft_single_make(single, model->context, model->graph, model->cut.node, floats);
    if (status == GRAFT_OK) status = prepare(&model->spec, bytes, length, graft_plan_state_input(single->state, 0));
    if (status == GRAFT_OK) status = graft_plan_run(single->state, 1);
    if (status == GRAFT_OK) {
        graft_cut_apply(&model->cut, graft_plan_state_output(single->state, 0, 0), row);
        status = model->head->predict(model->context, model->state, row, 1, probabilities);
    }
    graft_release(row);
    return status;
}

/* The picture goes the whole way, with `floats` on them whatever the model says; `probabilities` gets class_count
 * floats, `digest` the picture's SHA-256, `single` what computed the answer. */
static graft_status run(const graft_model *model, graft_single *single, bool floats, char digest[GRAFT_DIGEST_TEXT],
                        float *probabilities) {
    enum { MOST = 32 + WIDTH * HEIGHT * 3 };
    unsigned char *bytes = graft_allocate(MOST, 1);
    if (!bytes) return graft_fail_memory("the self-test picture");
    size_t length = make_picture(bytes, MOST);
    graft_status status = digest_of(bytes, length, digest);
    if (status == GRAFT_OK) status = answer(model, single, floats, bytes, length, probabilities);
    graft_release(bytes);
    return status == GRAFT_OK ? status : graft_fail_in(status, "self-test");
}

/* The answer as a list; NULL without memory. */
static graft_json *as_list(const float *probabilities, size_t count) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < count; i++)
        graft_json_add(list, graft_json_new_real((double)probabilities[i]));
    return list;
}

/* A network on integers answers on floats too, for CPUs that have no instructions for integers. */
graft_status graft_selftest_record(const graft_model *model, graft_json **out) {
    graft_single single = {0};
    const bool rounded = graft_graph_quantization(model->graph) && graft_precision_available();
    char digest[GRAFT_DIGEST_TEXT];
    *out = NULL;
    float *probabilities = graft_allocate(model->class_count, sizeof(*probabilities));
    if (!probabilities) return graft_fail_memory("the self-test's answer");
    graft_json *record = graft_json_new_object();
    graft_status status = run(model, &single, false, digest, probabilities);
    graft_single_clear(&single);
    if (status == GRAFT_OK) {
        graft_json_set_text(record, "picture_sha256", digest);
        graft_json_set(record, "probabilities", as_list(probabilities, model->class_count));
        if (rounded) status = run(model, &single, true, digest, probabilities);
        graft_single_clear(&single);
    }
    if (status == GRAFT_OK && graft_graph_quantization(model->graph))
        graft_json_set(record, "probabilities_f32", as_list(probabilities, model->class_count));
    if (status == GRAFT_OK && !record) status = graft_fail_memory("the self-test's answer");
    graft_release(probabilities);
    if (status == GRAFT_OK)
        *out = record;
    else
        graft_json_free(record);
    return status;
}

graft_status graft_selftest_verify(graft_model *model, const graft_json *record) {
    char digest[GRAFT_DIGEST_TEXT];
    const bool quantized = graft_graph_quantization(model->graph) != NULL;
    const bool floats = quantized && !graft_precision_available();
    const graft_json *list = graft_json_get(record, floats ? "probabilities_f32" : "probabilities");
    const double allowed = quantized && !floats ? rounding_tolerance : tolerance;
    if (graft_json_count(list) != model->class_count)
        return graft_fail(GRAFT_E_DATA, "the self-test has %zu answers for %zu classes", graft_json_count(list),
                          model->class_count);
    float *probabilities = graft_allocate(model->class_count, sizeof(*probabilities));
    if (!probabilities) return graft_fail_memory("the self-test's answer");
    graft_status status = run(model, &model->single, floats, digest, probabilities);
    if (status == GRAFT_OK && strcmp(digest, graft_json_text(graft_json_get(record, "picture_sha256"), "")) != 0)
        status = graft_fail(GRAFT_E_DATA, "its self-test picture is another one than this graft's");
    for (size_t i = 0; status == GRAFT_OK && i < model->class_count; i++) {
        double stored = graft_json_real(graft_json_at(list, i), (double)NAN), got = (double)probabilities[i];
        if (!(fabs(stored - got) <= allowed))
            status =
                graft_fail(GRAFT_E_DATA,
                           "the self-test picture gets %.6f for class %zu, the file says %.6f: this build computes "
                           "another function than the one that was trained",
                           got, i, stored);
    }
    graft_release(probabilities);
    return status;
}
