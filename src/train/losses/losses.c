#include "train/losses/losses.h"

void graft_loss_each(const void *attributes, graft_loss_batch *batch, graft_loss_of_one one) {
    size_t classes = (size_t)batch->classes;
    batch->sum = 0;
    for (size_t i = 0; i < batch->count; i++) {
        float *gradient = batch->gradient ? batch->gradient + i * classes : NULL;
        double weight = batch->weight ? (double)batch->weight[i] : 1;
        double loss =
            one(attributes, batch->output + i * classes, batch->target + i * classes, batch->classes, gradient);
        batch->sum += weight * loss;
        for (size_t c = 0; c < classes && gradient; c++)
            gradient[c] = (float)(gradient[c] * weight * batch->scale);
    }
}

double graft_log_sum_exp(const float *output, int classes) {
    double largest = output[0], sum = 0;
    for (int c = 1; c < classes; c++)
        if (output[c] > largest) largest = output[c];
    for (int c = 0; c < classes; c++)
        sum += exp(output[c] - largest);
    return largest + log(sum);
}
