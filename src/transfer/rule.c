/* Few pictures teach few layers; pictures unlike the pretraining's need more of them. */
#include "transfer/rule.h"

#include <math.h>
#include <stdio.h>

enum { FEW_PER_CLASS = 20, SMALL_PER_CLASS = 100, LARGE_PER_CLASS = 5000 };

static const double nothing_left = 0.99; /* frozen features that get this far leave nothing to win */
static const double alike = 0.7;         /* skill of frozen features above which the data is like the pretraining's */

const char *graft_rule_cell(graft_advice_size size, graft_advice_likeness likeness) {
    bool like = likeness == GRAFT_ADVICE_SIMILAR;
    switch (size) {
    case GRAFT_ADVICE_SMALL:
        return like ? "none" : "stage:1";
    case GRAFT_ADVICE_MEDIUM:
        return like ? "stage:1" : "stage:2";
    case GRAFT_ADVICE_LARGE:
        return like ? "stage:1" : "all";
    }
    return "none";
}

static double skill_of(const graft_rule_facts *facts) {
    double rest = 1 - facts->majority;
    if (!facts->measured) return (double)NAN;
    return rest > 0 ? (facts->accuracy - facts->majority) / rest : 0;
}

void graft_rule_apply(const graft_rule_facts *facts, graft_rule *out) {
    size_t each = facts->count / (facts->classes ? facts->classes : 1);
    *out = (graft_rule){.choice = "none", .skill = skill_of(facts)};
    out->size = each < SMALL_PER_CLASS   ? GRAFT_ADVICE_SMALL
                : each < LARGE_PER_CLASS ? GRAFT_ADVICE_MEDIUM
                                         : GRAFT_ADVICE_LARGE;
    bool like = out->skill >= alike;
    out->likeness = like ? GRAFT_ADVICE_SIMILAR : facts->measured ? GRAFT_ADVICE_DIFFERENT : GRAFT_ADVICE_UNKNOWN;
    if (facts->measured && facts->accuracy >= nothing_left) {
        snprintf(out->reason, sizeof(out->reason), "frozen features reach %.4f already", facts->accuracy);
    } else if (each < FEW_PER_CLASS) {
        snprintf(out->reason, sizeof(out->reason), "%zu pictures a class are too few to teach more than a head", each);
    } else if (!facts->measured) {
        out->choice = graft_rule_cell(out->size, out->likeness);
        snprintf(out->reason, sizeof(out->reason),
                 "%zu pictures a class; nothing was held back to tell by how much the network knows of them", each);
    } else {
        out->choice = graft_rule_cell(out->size, out->likeness);
        snprintf(
            out->reason, sizeof(out->reason),
            "%zu pictures a class; frozen features come %.0f %% of the way from the largest class (%.2f) to always "
            "right (%.2f; k-NN %.2f): %s what the network knows",
            each, 100 * out->skill, facts->majority, facts->accuracy, facts->knn, like ? "like" : "unlike");
    }
}
