#include "train/loss.h"

#include <string.h>

#define GRAFT_LOSS_ROW(name) extern const graft_loss graft_loss_##name;
#include "train/losses.def"
#undef GRAFT_LOSS_ROW

static const graft_loss *const registry[] = {
#define GRAFT_LOSS_ROW(name) &graft_loss_##name,
#include "train/losses.def"
#undef GRAFT_LOSS_ROW
    NULL,
};

const graft_loss *graft_loss_at(size_t index) {
    return index < sizeof registry / sizeof registry[0] ? registry[index] : NULL;
}

const graft_loss *graft_loss_find(const char *name) {
    for (size_t i = 0; registry[i]; i++)
        if (strcmp(registry[i]->name, name) == 0) return registry[i];
    return NULL;
}

static int largest(const float *values, int count) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

double graft_loss_agree(const float *output, const float *target, int count) {
    return largest(output, count) == largest(target, count);
}

double graft_loss_correct(const graft_loss *loss, const void *attributes, const float *output, const float *target,
                          int classes) {
    return loss->correct ? loss->correct(attributes, output, target, classes)
                         : graft_loss_agree(output, target, classes);
}

void graft_class_weights(const size_t *class_size, int classes, float *weight) {
    size_t total = 0;
    int present = 0;
    for (int c = 0; c < classes; c++) {
        total += class_size[c];
        present += class_size[c] > 0;
    }
    for (int c = 0; c < classes; c++)
        weight[c] = class_size[c] ? (float)((double)total / ((double)present * (double)class_size[c])) : 0;
}
