/* bench-gan-step [SIZE [CHANNELS [WIDTH [BATCH [THREADS [SECONDS]]]]]]: a training step of DCGAN: the discriminator on
 * real and on generated pictures and its update, the generator through it and its update, both by Adam. The least time
 * counts. Prints "size,channels,width,batch,threads,ms,images_per_second,mib"; with SECONDS 0 what both plans execute.
 */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "nn/train/train-internal.h"
#include "support/networks.h"
#include "transfer/gan-internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench {
    graft_adversarial *gan;
    graft_gan_spec spec;
    int batch;
    float *pictures;
    size_t bytes; /* of the pictures */
    uint64_t step;
} bench;

static graft_status one_step(bench *b) {
    graft_adversarial_sums sums = {0};
    bool finite;
    memcpy(graft_adversarial_pictures(b->gan), b->pictures, b->bytes);
    graft_adversarial_latents(1, b->step, (size_t)b->batch, (size_t)b->spec.latent, graft_adversarial_vectors(b->gan));
    return graft_adversarial_step(b->gan, b->step++, &sums, &finite);
}

static graft_status measure(bench *b, double seconds, double *least) {
    const size_t floats = (size_t)(b->batch * b->spec.channels * b->spec.size * b->spec.size);
    *least = HUGE_VAL;
    b->bytes = floats * sizeof(float);
    b->pictures = graft_allocate(floats, sizeof(float));
    if (b->pictures == NULL) return graft_fail_memory("pictures");
    for (size_t i = 0; i < floats; i++)
        b->pictures[i] = (float)(i * 7919 % 1000) / 500.0F - 1.0F;
    GRAFT_TRY(one_step(b));
    for (const double begun = graft_now(); graft_now() - begun < seconds;) {
        const double at = graft_now();
        GRAFT_TRY(one_step(b));
        *least = fmin(*least, graft_now() - at);
    }
    return GRAFT_OK;
}

static graft_status describe(graft_adversarial *gan) {
    for (int player = 0; player < GRAFT_PLAYERS; player++) {
        char *text;
        GRAFT_TRY(graft_train_plan_describe(graft_adversarial_plan(gan, player), &text));
        printf("%s:\n%s", player == GRAFT_GENERATOR ? "generator" : "discriminator", text);
        graft_release(text);
    }
    return GRAFT_OK;
}

static graft_status open_game(graft_context *context, const graft_gan_spec *spec, int batch, graft_adversarial **out) {
    const graft_adversarial_options options = {
        .batch = batch, .rate = {2e-4, 2e-4}, .beta1 = 0.5, .beta2 = 0.999, .epsilon = 1e-8, .momentum = 0.9};
    const graft_gan_arch *arch;
    graft_graph *generator = NULL, *discriminator = NULL;
    int features;
    GRAFT_TRY(graft_gan_arch_find("dcgan", &arch));
    graft_status status = graft_gan_generator(arch, spec, &generator);
    if (status == GRAFT_OK) status = graft_gan_discriminator(arch, spec, &discriminator, &features);
    if (status == GRAFT_OK) status = graft_graph_initialise(generator, arch->initialiser, 1);
    if (status == GRAFT_OK) status = graft_graph_initialise(discriminator, arch->initialiser, 1);
    if (status == GRAFT_OK) status = graft_adversarial_new(context, generator, discriminator, &options, out);
    graft_graph_free(generator);
    graft_graph_free(discriminator);
    return status;
}

static int64_t argument(int argc, char **argv, int place, int64_t fallback) {
    return argc > place ? strtoll(argv[place], NULL, 10) : fallback;
}

int main(int argc, char **argv) {
    bench b = {.spec = {.size = argument(argc, argv, 1, 64),
                        .channels = argument(argc, argv, 2, 3),
                        .width = argument(argc, argv, 3, 64),
                        .latent = 100},
               .batch = (int)argument(argc, argv, 4, 64)};
    const double seconds = (double)argument(argc, argv, 6, 10);
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_context *context;
    double least = 0;
    options.threads = (int)argument(argc, argv, 5, 0);
    graft_status status = graft_context_new(&context, &options);
    if (status == GRAFT_OK) status = open_game(context, &b.spec, b.batch, &b.gan);
    if (status == GRAFT_OK) status = seconds > 0 ? measure(&b, seconds, &least) : describe(b.gan);
    if (status != GRAFT_OK) {
        fprintf(stderr, "bench-gan-step: %s\n", graft_error_text());
        return 1;
    }
    if (seconds > 0)
        printf("%lld,%lld,%lld,%d,%d,%.1f,%.1f,%.1f\n", (long long)b.spec.size, (long long)b.spec.channels,
               (long long)b.spec.width, b.batch, (int)options.threads, least * 1e3, b.batch / least,
               (double)(graft_adversarial_plan(b.gan, GRAFT_GENERATOR)->arena_bytes +
                        graft_adversarial_plan(b.gan, GRAFT_DISCRIMINATOR)->arena_bytes) /
                   1048576.0);
    graft_release(b.pictures);
    graft_adversarial_free(b.gan);
    graft_context_free(context);
    return 0;
}
