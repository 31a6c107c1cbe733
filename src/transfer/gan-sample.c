/* Pictures out of a generator. */
#include "transfer/gan-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/threads.h"
#include "data/contact-sheet.h"
#include "nn/plan.h"
#include "transfer/model-internal.h"

#include <math.h>

enum { TOGETHER = 16, GAP = 2, SHEET_MOST = 4096, SHEET_PICTURES = 64 };

graft_status graft_gan_maker_init(graft_gan_maker *maker, graft_context *context, const graft_graph *generator,
                                  const graft_gan_spec *spec) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    *maker = (graft_gan_maker){.context = context, .spec = *spec, .workers = graft_context_threads(context)};
    options.batch = TOGETHER;
    maker->states = graft_allocate_zero((size_t)maker->workers, sizeof(graft_plan_state *));
    if (!maker->states) return graft_fail_memory("a generator");
    return graft_plan_new(context, generator, &options, &maker->plan);
}

void graft_gan_maker_clear(graft_gan_maker *maker) {
    for (int i = 0; maker->states && i < maker->workers; i++)
        graft_plan_state_free(maker->states[i]);
    graft_release(maker->states);
    graft_plan_free(maker->plan);
    *maker = (graft_gan_maker){0};
}

typedef struct making {
    graft_gan_maker *maker;
    uint64_t seed;
    size_t first, count;
    unsigned char *rgb;
} making;

void graft_gan_paint(const graft_gan_spec *spec, const float *value, unsigned char *rgb) {
    const size_t area = (size_t)(spec->size * spec->size), channels = (size_t)spec->channels;
    for (size_t i = 0; i < area; i++)
        for (size_t c = 0; c < 3; c++) {
            const float v = value[(channels == 1 ? 0 : c) * area + i];
            rgb[3 * i + c] = (unsigned char)lrintf(fminf(fmaxf((v + 1) * 127.5F, 0), 255));
        }
}

static graft_status make_some(void *argument, int worker, size_t index) {
    const making *m = argument;
    graft_gan_maker *maker = m->maker;
    const size_t begin = index * TOGETHER, left = m->count - begin, count = left < TOGETHER ? left : TOGETHER;
    const size_t latent = (size_t)maker->spec.latent, bytes = (size_t)(maker->spec.size * maker->spec.size) * 3;
    if (!maker->states[worker]) GRAFT_TRY(graft_plan_state_new(maker->plan, &maker->states[worker]));
    graft_plan_state *state = maker->states[worker];
    for (size_t i = 0; i < count; i++)
        graft_adversarial_latents(m->seed, GRAFT_LATENTS_OF_PICTURES + m->first + begin + i, 1, latent,
                                  graft_plan_state_input(state, (int)i));
    GRAFT_TRY(graft_plan_run(state, (int)count));
    for (size_t i = 0; i < count; i++)
        graft_gan_paint(&maker->spec, graft_plan_state_output(state, 0, (int)i), m->rgb + (begin + i) * bytes);
    return GRAFT_OK;
}

graft_status graft_gan_make(graft_gan_maker *maker, uint64_t seed, size_t first, size_t count, unsigned char *rgb) {
    making m = {.maker = maker, .seed = seed, .first = first, .count = count};
    m.rgb = rgb;
    return graft_parallel_for(maker->context, (count + TOGETHER - 1) / TOGETHER, make_some, &m);
}

graft_status graft_gan_sheet(graft_gan_maker *maker, uint64_t seed, size_t count, const char *path) {
    const size_t side = (size_t)maker->spec.size, bytes = side * side * 3;
    graft_contact_sheet sheet = {0};
    unsigned char *rgb = graft_allocate(count, bytes);
    graft_status status = rgb ? GRAFT_OK : graft_fail_memory("generated pictures");
    if (status == GRAFT_OK) status = graft_gan_make(maker, seed, 0, count, rgb);
    if (status == GRAFT_OK) status = graft_contact_sheet_init(&sheet, count, side, side, GAP);
    for (size_t i = 0; status == GRAFT_OK && i < count; i++)
        graft_contact_sheet_place(&sheet, i, rgb + i * bytes);
    if (status == GRAFT_OK) status = graft_contact_sheet_write(&sheet, path);
    graft_contact_sheet_clear(&sheet);
    graft_release(rgb);
    return status;
}

static graft_status sample(graft_context *context, const graft_gan_model *model,
                           const graft_gan_sample_options *options) {
    const bool average = model->average && !options->last;
    graft_gan_maker maker;
    graft_status status =
        graft_gan_maker_init(&maker, context, average ? model->average : model->generator, &model->spec);
    if (status == GRAFT_OK)
        status = graft_gan_sheet(&maker, (uint64_t)options->seed,
                                 options->count > 0 ? (size_t)options->count : SHEET_PICTURES, options->output);
    graft_gan_maker_clear(&maker);
    return status;
}

graft_status graft_gan_sample(graft_context *context, const char *model, const graft_gan_sample_options *options) {
    graft_gan_sample_options given = GRAFT_GAN_SAMPLE_OPTIONS_INIT;
    graft_gan_model opened;
    GRAFT_TRY(graft_options_copy(&given, sizeof given, options, "GRAFT_GAN_SAMPLE_OPTIONS_INIT"));
    if (!given.output) return graft_fail(GRAFT_E_USAGE, "-o FILE.png is needed: where the pictures go");
    if (given.count < 0 || given.count > SHEET_MOST)
        return graft_fail(GRAFT_E_USAGE, "--count: received %lld, expected 1 to %d", (long long)given.count,
                          SHEET_MOST);
    GRAFT_TRY(graft_gan_model_open(context, model, &opened));
    graft_status status = sample(context, &opened, &given);
    graft_gan_model_clear(&opened);
    return status;
}
