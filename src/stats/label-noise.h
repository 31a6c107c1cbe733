/* Which labels are wrong, with a probability each: the labels as a mixture of what a model expects and of labels that
 * say nothing of their picture.
 *
 *   P(label | x) = (1 - rate) * p(label | x) + rate * (1 - p(label | x)) / (classes - 1)
 *
 * p is the model's answer for a row that it did not see, sharpened or softened by one temperature (Guo et al. 2017).
 * Rate and temperature are those of highest likelihood: confusions that the model expects are no wrong labels, however
 * many there are, and wrong labels do not soften the model until it expects them too, as they would if the temperature
 * were fitted alone. The probability that a row's label came from the second part is a local false-discovery rate
 * (Efron 2008), less one; its mean over a list is the share of the list that is expected to be right. */
#ifndef GRAFT_SRC_STATS_LABEL_NOISE_H
#define GRAFT_SRC_STATS_LABEL_NOISE_H

#include <graft/base.h>

typedef struct graft_label_noise {
    double rate;        /* share of wrong labels, estimated */
    double temperature; /* of the model's answers */
    double *wrong;      /* a row: probability that its label is wrong; 0 for rows that hold NaN */
    size_t *suspect;    /* rows whose most probable class is another than the given one; the surest first */
    size_t suspects;
    size_t sure; /* so many of the first: the longest list whose expected share of false alarms is at most what was
                    asked for */
    double expected_false; /* the share of false alarms that is expected in it */
} graft_label_noise;

/* `probabilities` (count x classes) must come from models that did not see the row. Release with
 * graft_label_noise_clear, also after a failure. Errors: GRAFT_E_DATA (fewer than two classes, a label out of range),
 * GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_label_noise_find(const int *label, const float *probabilities, size_t count,
                                                     int classes, double false_discovery, graft_label_noise *out);
void graft_label_noise_clear(graft_label_noise *noise);

#endif
