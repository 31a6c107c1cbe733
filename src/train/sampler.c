#include "train/sampler.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"

/* Samples grouped by class: class c owns by_class[class_first[c] .. class_first[c + 1]). */
static graft_status group_by_class(graft_sampler *sampler) {
    size_t classes = (size_t)sampler->classes;
    sampler->class_first = graft_allocate_zero(classes + 1, sizeof *sampler->class_first);
    sampler->by_class = graft_allocate(sampler->available, sizeof *sampler->by_class);
    if (!sampler->class_first || !sampler->by_class) return graft_fail_memory("the order of samples");
    for (size_t i = 0; i < sampler->available; i++)
        sampler->class_first[sampler->label[i] + 1]++;
    for (size_t c = 0; c < classes; c++)
        sampler->class_first[c + 1] += sampler->class_first[c];
    return GRAFT_OK;
}

graft_status graft_sampler_init(graft_sampler *out, size_t available, uint64_t seed, const int *label, int classes) {
    *out =
        (graft_sampler){.count = available, .available = available, .seed = seed, .label = label, .classes = classes};
    out->order = graft_allocate(available, sizeof *out->order);
    graft_status status = out->order ? GRAFT_OK : graft_fail_memory("the order of samples");
    if (status == GRAFT_OK && label) status = group_by_class(out);
    if (status != GRAFT_OK) graft_sampler_clear(out);
    return status;
}

void graft_sampler_clear(graft_sampler *sampler) {
    graft_release(sampler->order);
    graft_release(sampler->by_class);
    graft_release(sampler->class_first);
    *sampler = (graft_sampler){0};
}

/* Each class' samples shuffled; classes take turns in an order drawn anew for every round. */
static void draw_balanced(graft_sampler *sampler, graft_rng *rng) {
    size_t classes = (size_t)sampler->classes, *first = sampler->class_first;
    size_t filled = 0;
    for (size_t c = 0; c < classes; c++) {
        for (size_t i = 0; i < sampler->available; i++)
            if (sampler->label[i] == (int)c) sampler->by_class[filled++] = i;
        graft_rng_shuffle(rng, sampler->by_class + first[c], first[c + 1] - first[c]);
    }
    size_t present = 0;
    for (size_t c = 0; c < classes; c++)
        present += first[c + 1] > first[c];
    for (size_t round = 0, at = 0; at < sampler->count; round++) {
        for (size_t c = 0; c < classes && at < sampler->count; c++) {
            size_t size = first[c + 1] - first[c];
            if (size > 0) sampler->order[at++] = sampler->by_class[first[c] + round % size];
        }
    }
    for (size_t begin = 0; begin + present <= sampler->count; begin += present)
        graft_rng_shuffle(rng, sampler->order + begin, present);
}

void graft_sampler_shuffle(graft_sampler *sampler, uint32_t epoch) {
    graft_rng rng = graft_rng_make(sampler->seed, GRAFT_RNG_SHUFFLE, epoch, 0);
    if (sampler->label) {
        draw_balanced(sampler, &rng);
        return;
    }
    for (size_t i = 0; i < sampler->count; i++)
        sampler->order[i] = i;
    graft_rng_shuffle(&rng, sampler->order, sampler->count);
}
