/* One step of adversarial training. */
#include "train/adversarial-internal.h"

#include "base/error.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

void graft_adversarial_latents(uint64_t seed, uint64_t step, size_t count, size_t size, float *out) {
    for (size_t i = 0; i < count; i++) {
        graft_rng rng = graft_rng_make(seed, GRAFT_RNG_LATENT, (uint32_t)i, step);
        for (size_t k = 0; k < size; k++)
            out[i * size + k] = (float)graft_rng_normal(&rng);
    }
}

/* A player's loss of what the discriminator says of its input, its gradient, and the mean of D. */
static void judge(graft_adversarial *gan, int player, double target, double *loss, double *score) {
    const graft_player *judged = &gan->player[player];
    graft_train_plan *plan = gan->player[GRAFT_DISCRIMINATOR].plan;
    const size_t batch = (size_t)gan->options.batch;
    const float *output = graft_train_plan_output(plan);
    graft_loss_batch of = {.output = output,
                           .target = gan->targets,
                           .count = batch,
                           .classes = 1,
                           .scale = 1.0 / (double)batch,
                           .gradient = graft_train_plan_output_gradient(plan)};
    for (size_t i = 0; i < batch; i++)
        gan->targets[i] = (float)target;
    judged->loss->evaluate(judged->attributes, &of);
    *loss += of.sum;
    for (size_t i = 0; score && i < batch; i++)
        *score += 1 / (1 + exp(-(double)output[i]));
}

static graft_status run_discriminator(graft_adversarial *gan) {
    return graft_train_plan_forward(gan->player[GRAFT_DISCRIMINATOR].plan, gan->options.batch, true, 0, NULL);
}

static void clear_gradients(const graft_player *player) {
    memset(player->parameters->gradient, 0, player->parameters->count * sizeof(float));
}

/* On real pictures, which lie in its input, and on generated ones, which lie there afterwards. */
static graft_status step_discriminator(graft_adversarial *gan, graft_adversarial_sums *sums, bool *finite) {
    graft_player *discriminator = &gan->player[GRAFT_DISCRIMINATOR];
    graft_train_plan *generator = gan->player[GRAFT_GENERATOR].plan;
    const int batch = gan->options.batch;
    double loss = 0;
    clear_gradients(discriminator);
    GRAFT_TRY(run_discriminator(gan));
    judge(gan, GRAFT_DISCRIMINATOR, 1 - gan->options.smoothing, &loss, &sums->real);
    GRAFT_TRY(graft_train_plan_backward_for(discriminator->plan, batch, GRAFT_FOR_PARAMETERS));
    GRAFT_TRY(graft_train_plan_forward(generator, batch, true, 0, NULL));
    memcpy(graft_train_plan_input(discriminator->plan), graft_train_plan_output(generator),
           (size_t)batch * gan->pixels * sizeof(float));
    GRAFT_TRY(run_discriminator(gan));
    judge(gan, GRAFT_DISCRIMINATOR, 0, &loss, &sums->generated);
    *finite = isfinite(loss);
    sums->discriminator += loss;
    if (!*finite) return GRAFT_OK;
    GRAFT_TRY(graft_train_plan_backward_for(discriminator->plan, batch, GRAFT_FOR_PARAMETERS));
    return graft_player_update(gan, GRAFT_DISCRIMINATOR);
}

/* By the discriminator as it is now, on the pictures in its input. */
static graft_status step_generator(graft_adversarial *gan, graft_adversarial_sums *sums, bool *finite) {
    graft_train_plan *discriminator = gan->player[GRAFT_DISCRIMINATOR].plan;
    graft_player *generator = &gan->player[GRAFT_GENERATOR];
    const int batch = gan->options.batch;
    double loss = 0;
    clear_gradients(generator);
    GRAFT_TRY(run_discriminator(gan));
    judge(gan, GRAFT_GENERATOR, 1, &loss, NULL);
    *finite = isfinite(loss);
    sums->generator += loss;
    if (!*finite) return GRAFT_OK;
    GRAFT_TRY(graft_train_plan_backward_for(discriminator, batch, GRAFT_FOR_INPUT));
    memcpy(graft_train_plan_output_gradient(generator->plan), graft_train_plan_input_gradient(discriminator),
           (size_t)batch * gan->pixels * sizeof(float));
    GRAFT_TRY(graft_train_plan_backward_for(generator->plan, batch, GRAFT_FOR_PARAMETERS));
    return graft_player_update(gan, GRAFT_GENERATOR);
}

graft_status graft_adversarial_step(graft_adversarial *gan, uint64_t step, graft_adversarial_sums *sums, bool *finite) {
    gan->step = step + 1;
    sums->samples += gan->options.batch;
    GRAFT_TRY(step_discriminator(gan, sums, finite));
    return *finite ? step_generator(gan, sums, finite) : GRAFT_OK;
}
