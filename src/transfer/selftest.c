/* The self-test picture: a fixed PNM, so no lossy decoder and no file is in the way. It goes through preparation,
 * network and head like any picture; a model file stores the answer, and opening it must reproduce that. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/image.h"
#include "nn/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 97, HEIGHT = 61 }; /* neither square nor even: fit and filter show */

/* Another CPU adds in another order; a wrong mean or channel order is far beyond this. */
static const double tolerance = 1e-3;

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

static graft_status answer(const graft_model *model, const unsigned char *bytes, size_t length, float *probabilities) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_plan *plan = NULL;
    graft_plan_state *state = NULL;
    float *row = graft_allocate(model->cut.width, sizeof(*row));
    graft_status status = row ? GRAFT_OK : graft_fail_memory("the self-test's features");
    options.batch = 1;
    options.outputs = &model->cut.node;
    options.output_count = 1;
    if (status == GRAFT_OK) status = graft_plan_new(model->context, model->graph, &options, &plan);
    if (status == GRAFT_OK) status = graft_plan_state_new(plan, &state);
    if (status == GRAFT_OK) status = prepare(&model->spec, bytes, length, graft_plan_state_input(state, 0));
    if (status == GRAFT_OK) status = graft_plan_run(state, 1);
    if (status == GRAFT_OK) {
        graft_cut_apply(&model->cut, graft_plan_state_output(state, 0, 0), row);
        status = model->head->predict(model->context, model->state, row, 1, probabilities);
    }
    graft_plan_state_free(state);
    graft_plan_free(plan);
    graft_release(row);
    return status;
}

graft_status graft_selftest_run(const graft_model *model, char digest[GRAFT_DIGEST_TEXT], float *probabilities) {
    enum { MOST = 32 + WIDTH * HEIGHT * 3 };
    unsigned char *bytes = graft_allocate(MOST, 1);
    if (!bytes) return graft_fail_memory("the self-test picture");
    size_t length = make_picture(bytes, MOST);
    graft_status status = digest_of(bytes, length, digest);
    if (status == GRAFT_OK) status = answer(model, bytes, length, probabilities);
    graft_release(bytes);
    return status == GRAFT_OK ? status : graft_fail_in(status, "self-test");
}

graft_status graft_selftest_record(const graft_model *model, graft_json **out) {
    char digest[GRAFT_DIGEST_TEXT];
    *out = NULL;
    float *probabilities = graft_allocate(model->class_count, sizeof(*probabilities));
    if (!probabilities) return graft_fail_memory("the self-test's answer");
    graft_status status = graft_selftest_run(model, digest, probabilities);
    if (status == GRAFT_OK) {
        graft_json *record = graft_json_new_object(), *list = graft_json_new_array();
        for (size_t i = 0; i < model->class_count; i++)
            graft_json_add(list, graft_json_new_real((double)probabilities[i]));
        graft_json_set_text(record, "picture_sha256", digest);
        graft_json_set(record, "probabilities", list);
        *out = record;
        if (!record) status = graft_fail_memory("the self-test's answer");
    }
    graft_release(probabilities);
    return status;
}

graft_status graft_selftest_verify(const graft_model *model, const graft_json *record) {
    char digest[GRAFT_DIGEST_TEXT];
    const graft_json *list = graft_json_get(record, "probabilities");
    if (graft_json_count(list) != model->class_count)
        return graft_fail(GRAFT_E_DATA, "the self-test has %zu answers for %zu classes", graft_json_count(list),
                          model->class_count);
    float *probabilities = graft_allocate(model->class_count, sizeof(*probabilities));
    if (!probabilities) return graft_fail_memory("the self-test's answer");
    graft_status status = graft_selftest_run(model, digest, probabilities);
    if (status == GRAFT_OK && strcmp(digest, graft_json_text(graft_json_get(record, "picture_sha256"), "")) != 0)
        status = graft_fail(GRAFT_E_DATA, "its self-test picture is another one than this graft's");
    for (size_t i = 0; status == GRAFT_OK && i < model->class_count; i++) {
        double stored = graft_json_real(graft_json_at(list, i), (double)NAN), got = (double)probabilities[i];
        if (!(fabs(stored - got) <= tolerance))
            status =
                graft_fail(GRAFT_E_DATA,
                           "the self-test picture gets %.6f for class %zu, the file says %.6f: this build computes "
                           "another function than the one that was trained",
                           got, i, stored);
    }
    graft_release(probabilities);
    return status;
}
