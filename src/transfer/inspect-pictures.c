/* Issues that the check alone shows: corrupt, rotated, blurred and dark pictures, duplicates. */
#include "transfer/inspect-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_floats(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float median(float *value, size_t count) {
    qsort(value, count, sizeof(*value), compare_floats);
    return count % 2 ? value[count / 2] : 0.5F * (value[count / 2 - 1] + value[count / 2]);
}

/* The sharpness below which a picture stands out: 3.5 deviations under the median of the logarithms, the deviation
 * being the median absolute one times 1.4826 (Iglewicz & Hoaglin 1993). */
static graft_status find_blur_limit(const graft_inspection *self, double *out) {
    float *value = graft_allocate(self->samples, sizeof(*value));
    *out = 0;
    if (!value) return graft_fail_memory("the pictures' sharpness");
    for (size_t i = 0; i < self->samples; i++)
        value[i] = logf(1 + graft_dataset_sample(self->data, self->sample[i])->sharpness);
    if (self->samples > 0) {
        const float middle = median(value, self->samples);
        for (size_t i = 0; i < self->samples; i++)
            value[i] = fabsf(value[i] - middle);
        const double limit = exp((double)middle - 3.5 * 1.4826 * (double)median(value, self->samples)) - 1;
        *out = fmin(limit, self->options.blur);
    }
    graft_release(value);
    return GRAFT_OK;
}

static graft_status add_qualities(graft_inspection *self) {
    double blur;
    GRAFT_TRY(find_blur_limit(self, &blur));
    for (size_t i = 0; i < self->samples; i++) {
        const graft_sample *sample = graft_dataset_sample(self->data, self->sample[i]);
        graft_issue issue = {.sample = self->sample[i], .other = -1, .suggested = -1, .action = "review"};
        if ((double)sample->brightness < self->options.dark) {
            issue.problem = GRAFT_PROBLEM_DARK;
            issue.score = (double)sample->brightness;
            GRAFT_TRY(graft_inspection_add(self, issue));
        } else if ((double)sample->sharpness < blur) { /* what is dark has no edges either */
            issue.problem = GRAFT_PROBLEM_BLURRED;
            issue.score = (double)sample->sharpness;
            GRAFT_TRY(graft_inspection_add(self, issue));
        }
        if (sample->orientation == 1) continue;
        issue = (graft_issue){GRAFT_PROBLEM_ROTATED, self->sample[i], -1, -1, 0, "keep"};
        GRAFT_TRY(graft_inspection_add(self, issue));
    }
    return GRAFT_OK;
}

static bool is_held_back(const graft_sample *sample) {
    return sample->split != GRAFT_SPLIT_TRAIN;
}

static bool is_same(const graft_sample *a, const graft_sample *b) {
    return a->content[0] == b->content[0] && a->content[1] == b->content[1];
}

/* Where a group has pictures held back, the first of them takes the place of the group's first. */
static graft_status add_duplicates(graft_inspection *self) {
    const graft_dataset *data = self->data;
    const size_t none = SIZE_MAX;
    size_t *held = graft_allocate(graft_dataset_count(data), sizeof(*held));
    graft_status status = held ? GRAFT_OK : graft_fail_memory("the groups of duplicates");
    for (size_t i = 0; held && i < graft_dataset_count(data); i++)
        held[i] = none;
    for (size_t i = self->samples; held && i-- > 0;)
        if (is_held_back(graft_dataset_sample(data, self->sample[i])))
            held[graft_dataset_group(data, self->sample[i])] = self->sample[i];
    for (size_t i = 0; status == GRAFT_OK && i < self->samples; i++) {
        const size_t index = self->sample[i], group = graft_dataset_group(data, index);
        const graft_sample *sample = graft_dataset_sample(data, index);
        const bool leaks = held[group] != none && !is_held_back(sample);
        const size_t first = held[group] != none ? held[group] : group;
        if (first == index) continue;
        const graft_sample *of = graft_dataset_sample(data, first);
        graft_issue issue = {.sample = index, .other = (int64_t)first, .suggested = -1};
        issue.problem = leaks                        ? GRAFT_PROBLEM_LEAK
                        : sample->label != of->label ? GRAFT_PROBLEM_CONFLICT
                                                     : GRAFT_PROBLEM_DUPLICATE;
        issue.action = issue.problem == GRAFT_PROBLEM_CONFLICT ? "review"
                       : leaks || is_same(sample, of)          ? "drop"
                                                               : "review";
        status = graft_inspection_add(self, issue);
    }
    graft_release(held);
    return status;
}

graft_status graft_inspect_pictures(graft_inspection *self) {
    for (size_t i = 0; i < graft_dataset_count(self->data); i++)
        if (graft_dataset_sample(self->data, i)->fault)
            GRAFT_TRY(graft_inspection_add(self, (graft_issue){GRAFT_PROBLEM_CORRUPT, i, -1, -1, 0, "drop"}));
    GRAFT_TRY(add_qualities(self));
    return add_duplicates(self);
}
