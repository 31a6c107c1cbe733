/* What a step of a player does to its parameters. */
#include "train/adversarial-internal.h"

#include "base/error.h"
#include "base/threads.h"

enum { PIECE = 1 << 16 }; /* numbers a worker takes at a time */

typedef struct updating {
    graft_adversarial *gan;
    graft_player *player;
    double rate;
    float *average; /* NULL: none */
} updating;

/* Adam works number by number: where a tensor ends does not matter. */
static graft_status update_piece(void *argument, int worker, size_t index) {
    (void)worker;
    const updating *u = argument;
    const graft_parameters *p = u->player->parameters;
    const size_t begin = index * PIECE, left = p->count - begin, count = left < PIECE ? left : PIECE;
    const float keep = (float)u->gan->options.ema, *value = u->player->values;
    const graft_update update = {.value = u->player->values + begin,
                                 .gradient = p->gradient + begin,
                                 .slot = {u->player->slots[0] + begin, u->player->slots[1] + begin},
                                 .count = count,
                                 .rate = u->rate,
                                 .step = u->gan->step};
    graft_adam_update(&u->gan->adam, &update);
    for (size_t i = begin; u->average && i < begin + count; i++)
        u->average[i] = keep * u->average[i] + (1 - keep) * value[i];
    return GRAFT_OK;
}

static void average_statistics(const graft_adversarial *gan) {
    const graft_player *generator = &gan->player[GRAFT_GENERATOR];
    const float keep = (float)gan->options.ema;
    for (size_t i = 0; i < generator->statistic_count; i++)
        gan->average_statistics[i] = keep * gan->average_statistics[i] + (1 - keep) * generator->statistics[i];
}

graft_status graft_player_update(graft_adversarial *gan, int index) {
    graft_player *player = &gan->player[index];
    const bool averages = index == GRAFT_GENERATOR && gan->average;
    const bool normalized = index == GRAFT_DISCRIMINATOR && gan->spectral;
    updating u = {gan, player, gan->options.rate[index], averages ? gan->average : NULL};
    if (normalized) GRAFT_TRY(graft_spectral_gradient(gan->context, gan->spectral));
    GRAFT_TRY(graft_parallel_for_uncancellable(gan->context, (player->parameters->count + PIECE - 1) / PIECE,
                                               update_piece, &u));
    if (averages) average_statistics(gan);
    if (normalized) GRAFT_TRY(graft_spectral_iterate(gan->context, gan->spectral));
    return graft_train_plan_parameters_changed(player->plan);
}
