#include "train/distill.h"
#include "train/losses/losses.h"

/* Keeps the cosine of a vector of zeros defined: it is 0. */
static const double least_norm = 1e-12;

/* Adds `weight` times the derivative, which is a sum of both vectors: d cos / dp = t / |p||t| - cos p / |p|^2. */
static double features_loss(const graft_distill_parts *parts, const float *p, const float *t, float *gradient) {
    double pp = least_norm, tt = least_norm, pt = 0, squares = 0;
    int count = parts->features;
    for (int i = 0; i < count; i++) {
        double difference = (double)p[i] - (double)t[i];
        pp += (double)p[i] * (double)p[i];
        tt += (double)t[i] * (double)t[i];
        pt += (double)p[i] * (double)t[i];
        squares += difference * difference;
    }
    double norms = sqrt(pp) * sqrt(tt), cosine = pt / norms, mean = (double)parts->squares / count;
    double by_t = (double)parts->cosine / norms, by_p = (double)parts->cosine * cosine / pp;
    for (int i = 0; gradient && i < count; i++)
        gradient[i] = (float)(by_p * (double)p[i] - by_t * (double)t[i] + 2 * mean * ((double)p[i] - (double)t[i]));
    return (double)parts->cosine * (1 - cosine) + mean * squares;
}

static double log_sum_exp_at(const float *values, int count, double temperature) {
    double largest = (double)values[0], sum = 0;
    for (int i = 1; i < count; i++)
        largest = fmax(largest, (double)values[i]);
    for (int i = 0; i < count; i++)
        sum += exp(((double)values[i] - largest) / temperature);
    return largest / temperature + log(sum);
}

/* T^2 keeps the gradient's size whatever the temperature. */
static double logits_loss(const graft_distill_parts *parts, const float *p, const float *t, float *gradient) {
    int count = parts->logits;
    double temperature = (double)parts->temperature, loss = 0, weight = (double)parts->logit_weight;
    double of_p = log_sum_exp_at(p, count, temperature), of_t = log_sum_exp_at(t, count, temperature);
    for (int i = 0; i < count; i++) {
        double log_p = (double)p[i] / temperature - of_p, log_t = (double)t[i] / temperature - of_t;
        double wanted = exp(log_t);
        loss += wanted * (log_t - log_p);
        if (gradient) gradient[i] = (float)(weight * temperature * (exp(log_p) - wanted));
    }
    return weight * temperature * temperature * loss;
}

static double labels_loss(const graft_distill_parts *parts, const float *p, const float *t, float *gradient) {
    double log_sum = graft_log_sum_exp(p, parts->classes), loss = 0, mass = 0, weight = (double)parts->label_weight;
    for (int c = 0; c < parts->classes; c++) {
        loss += (double)t[c] * (log_sum - (double)p[c]);
        mass += (double)t[c];
    }
    for (int c = 0; gradient && c < parts->classes; c++)
        gradient[c] = (float)(weight * (mass * exp((double)p[c] - log_sum) - (double)t[c]));
    return weight * loss;
}

static double one(const void *a, const float *output, const float *target, int size, float *gradient) {
    const graft_distill_parts *parts = a;
    const int logits = parts->features, classes = parts->features + parts->logits;
    double loss = 0;
    (void)size;
    if (parts->features > 0) loss += features_loss(parts, output, target, gradient);
    if (parts->logits > 0)
        loss += logits_loss(parts, output + logits, target + logits, gradient ? gradient + logits : NULL);
    if (parts->classes > 0)
        loss += labels_loss(parts, output + classes, target + classes, gradient ? gradient + classes : NULL);
    return loss;
}

static void evaluate(const void *a, graft_loss_batch *batch) {
    graft_loss_each(a, batch, one);
}

static double correct(const void *a, const float *output, const float *target, int size) {
    const graft_distill_parts *parts = a;
    (void)size;
    int first = parts->classes > 0 ? parts->features + parts->logits : parts->features;
    int count = parts->classes > 0 ? parts->classes : parts->logits;
    return count > 0 ? graft_loss_agree(output + first, target + first, count) : (double)NAN;
}

static const graft_option no_attributes[] = {GRAFT_OPTION_END};

const graft_loss graft_loss_distill = {
    .name = "distill",
    .help = "cosine and squares of features, divergence of logits, cross-entropy of labels",
    .attribute_size = sizeof(graft_distill_parts),
    .attributes = no_attributes,
    .evaluate = evaluate,
    .correct = correct,
};
