/* Both players: their plans, what an optimizer keeps of them, what a checkpoint holds. */
#include "train/adversarial-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

static const graft_loss *loss_of(graft_gan_loss loss, int player) {
    if (loss == GRAFT_GAN_NON_SATURATING) return graft_loss_find("binary");
    return player == GRAFT_DISCRIMINATOR ? graft_loss_find("hinge") : &graft_loss_critic;
}

static graft_status check_fit(const graft_graph *generator, const graft_graph *discriminator) {
    const graft_shape *made = &graft_graph_node(generator, graft_graph_output(generator))->output;
    const graft_shape *seen = &graft_graph_node(discriminator, graft_graph_input(discriminator))->output;
    const graft_shape *said = &graft_graph_node(discriminator, graft_graph_output(discriminator))->output;
    char a[GRAFT_SHAPE_TEXT], b[GRAFT_SHAPE_TEXT];
    if (!graft_shape_equal(made, seen))
        return graft_fail(GRAFT_E_DATA, "the generator makes %s, the discriminator takes %s: expected the same",
                          graft_shape_text(made, a), graft_shape_text(seen, b));
    if (graft_shape_count(said) == 1) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "the discriminator says %s, expected one number", graft_shape_text(said, a));
}

static graft_status open_player(graft_adversarial *gan, int index, const graft_graph *graph) {
    const graft_adversarial_options *o = &gan->options;
    graft_player *player = &gan->player[index];
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    options.batch = o->batch;
    options.batchnorm = GRAFT_BATCHNORM_TRAIN;
    options.momentum = o->momentum;
    options.trainable = index == GRAFT_DISCRIMINATOR ? o->learns : NULL;
    options.input_gradient = index == GRAFT_DISCRIMINATOR;
    options.recompute = GRAFT_RECOMPUTE_NOTHING;
    GRAFT_TRY(graft_train_plan_new(gan->context, graph, &options, &player->plan));
    player->parameters = graft_train_plan_parameters(player->plan);
    player->values = player->parameters->value;
    player->statistics = graft_train_plan_statistics(player->plan, &player->statistic_count);
    for (int s = 0; s < GRAFT_OPTIMIZER_SLOTS; s++) {
        player->slots[s] = graft_allocate_zero(player->parameters->count, sizeof(float));
        if (!player->slots[s]) return graft_fail_memory("an optimizer's state");
    }
    player->loss = loss_of(o->loss, index);
    return graft_options_defaults(player->loss->attributes, player->attributes);
}

static graft_status open_average(graft_adversarial *gan) {
    const graft_player *generator = &gan->player[GRAFT_GENERATOR];
    const size_t values = generator->parameters->count, statistics = generator->statistic_count;
    if (!(gan->options.ema > 0)) return GRAFT_OK;
    gan->average = graft_allocate(values, sizeof *gan->average);
    gan->average_statistics = graft_allocate_zero(statistics, sizeof *gan->average_statistics);
    if (!gan->average || !gan->average_statistics) return graft_fail_memory("the generator's average");
    memcpy(gan->average, generator->values, values * sizeof *gan->average);
    if (statistics > 0) memcpy(gan->average_statistics, generator->statistics, statistics * sizeof(float));
    return GRAFT_OK;
}

static graft_status open_spectral(graft_adversarial *gan) {
    graft_player *discriminator = &gan->player[GRAFT_DISCRIMINATOR];
    if (!gan->options.spectral) return GRAFT_OK;
    GRAFT_TRY(graft_spectral_new(gan->context, discriminator->parameters, gan->options.seed, &gan->spectral));
    discriminator->values = graft_spectral_values(gan->spectral);
    return graft_train_plan_parameters_changed(discriminator->plan);
}

static graft_status open_both(graft_adversarial *gan, const graft_graph *generator, const graft_graph *discriminator) {
    const graft_adversarial_options *o = &gan->options;
    gan->adam = (graft_moments_options){o->beta1, o->beta2, o->epsilon};
    GRAFT_TRY(check_fit(generator, discriminator));
    GRAFT_TRY(open_player(gan, GRAFT_GENERATOR, generator));
    GRAFT_TRY(open_player(gan, GRAFT_DISCRIMINATOR, discriminator));
    gan->pixels = graft_train_plan_input_size(gan->player[GRAFT_DISCRIMINATOR].plan);
    gan->targets = graft_allocate_zero((size_t)o->batch, sizeof *gan->targets);
    if (!gan->targets) return graft_fail_memory("a batch's targets");
    GRAFT_TRY(open_average(gan));
    return open_spectral(gan);
}

graft_status graft_adversarial_new(graft_context *context, const graft_graph *generator,
                                   const graft_graph *discriminator, const graft_adversarial_options *options,
                                   graft_adversarial **out) {
    graft_adversarial *gan = graft_allocate_zero(1, sizeof *gan);
    if (!gan) return graft_fail_memory("adversarial training");
    gan->context = context;
    gan->options = *options;
    graft_status status = open_both(gan, generator, discriminator);
    gan->options.learns = NULL; /* the caller's */
    if (status == GRAFT_OK)
        *out = gan;
    else
        graft_adversarial_free(gan);
    return status;
}

void graft_adversarial_free(graft_adversarial *gan) {
    if (!gan) return;
    graft_spectral_free(gan->spectral);
    for (int i = 0; i < GRAFT_PLAYERS; i++) {
        graft_train_plan_free(gan->player[i].plan);
        for (int s = 0; s < GRAFT_OPTIMIZER_SLOTS; s++)
            graft_release(gan->player[i].slots[s]);
    }
    graft_release(gan->average);
    graft_release(gan->average_statistics);
    graft_release(gan->targets);
    graft_release(gan);
}

graft_train_plan *graft_adversarial_plan(graft_adversarial *gan, int player) {
    return gan->player[player].plan;
}

graft_spectral *graft_adversarial_spectral(graft_adversarial *gan) {
    return gan->spectral;
}

float *graft_adversarial_pictures(graft_adversarial *gan) {
    return graft_train_plan_input(gan->player[GRAFT_DISCRIMINATOR].plan);
}

float *graft_adversarial_vectors(graft_adversarial *gan) {
    return graft_train_plan_input(gan->player[GRAFT_GENERATOR].plan);
}

/* Exchanges the generator's values and statistics with their average; a second call changes them back. The plan's own
 * layouts stay as they are: what is stored comes from values[]. */
static void exchange(const graft_adversarial *gan) {
    const graft_player *generator = &gan->player[GRAFT_GENERATOR];
    for (size_t i = 0; i < generator->parameters->count; i++) {
        const float kept = generator->values[i];
        generator->values[i] = gan->average[i];
        gan->average[i] = kept;
    }
    for (size_t i = 0; i < generator->statistic_count; i++) {
        const float kept = generator->statistics[i];
        generator->statistics[i] = gan->average_statistics[i];
        gan->average_statistics[i] = kept;
    }
}

graft_status graft_adversarial_store(const graft_adversarial *gan, int player, bool average, graft_graph *graph) {
    const bool exchanged = average && player == GRAFT_GENERATOR && gan->average;
    if (exchanged) exchange(gan);
    graft_status status = graft_train_plan_store(gan->player[player].plan, graph);
    if (exchanged) exchange(gan);
    return status;
}

static void add(graft_checkpoint *checkpoint, const char *name, float *data, size_t count) {
    if (!data) return;
    graft_checkpoint_array *to = &checkpoint->arrays[checkpoint->array_count++];
    to->name = name;
    to->data = data;
    to->count = count;
}

void graft_adversarial_state(graft_adversarial *gan, graft_checkpoint *checkpoint) {
    static const char *const names[GRAFT_PLAYERS][4] = {
        {"generator", "generator_statistics", "generator_slot0", "generator_slot1"},
        {"discriminator", "discriminator_statistics", "discriminator_slot0", "discriminator_slot1"}};
    for (int i = 0; i < GRAFT_PLAYERS; i++) {
        const graft_player *player = &gan->player[i];
        const size_t count = player->parameters->count;
        add(checkpoint, names[i][0], player->values, count);
        add(checkpoint, names[i][1], player->statistics, player->statistic_count);
        add(checkpoint, names[i][2], player->slots[0], count);
        add(checkpoint, names[i][3], player->slots[1], count);
    }
    const graft_player *generator = &gan->player[GRAFT_GENERATOR];
    add(checkpoint, "average", gan->average, generator->parameters->count);
    add(checkpoint, "average_statistics", gan->average_statistics, generator->statistic_count);
    if (!gan->spectral) return;
    size_t count;
    float *vectors = graft_spectral_vectors(gan->spectral, &count);
    add(checkpoint, "spectral", vectors, count);
}

graft_status graft_adversarial_restore(graft_adversarial *gan) {
    if (gan->spectral) GRAFT_TRY(graft_spectral_apply(gan->context, gan->spectral));
    for (int i = 0; i < GRAFT_PLAYERS; i++)
        GRAFT_TRY(graft_train_plan_parameters_changed(gan->player[i].plan));
    return GRAFT_OK;
}
