/* What may be wrong with labelled pictures: options, the order of things, the issues. */
#include "transfer/inspect-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW(member) .offset = offsetof(graft_inspect_options, member)
static const graft_option rows[] = {
    {.name = "similar",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(similar),
     .fallback = "0.9",
     .min = 0.5,
     .max = 1,
     .help = "cosine of the network's features from which two pictures are alike"},
    {.name = "dark",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(dark),
     .fallback = "30",
     .min = 0,
     .max = 255,
     .help = "mean grey value below which a picture is dark"},
    {.name = "blur",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(blur),
     .fallback = "20",
     .min = 0,
     .max = 1e6,
     .help = "variance of the Laplacian below which a picture that stands out may be blurred"},
    {.name = "group",
     .type = GRAFT_OPTION_TEXT,
     ROW(group),
     .unit = "REGEX",
     .help = "extended regular expression on names; its first parenthesis matches what must not be in two splits"},
    {.name = "folds",
     .type = GRAFT_OPTION_INT,
     ROW(folds),
     .fallback = "5",
     .min = 2,
     .max = 20,
     .help = "of the cross-validation that finds suspicious labels"},
    {.name = "false-alarms",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(false_alarms),
     .fallback = "0.1",
     .min = 0.001,
     .max = 0.5,
     .help = "share of the surely wrong labels that may be right; the less, the fewer are listed"},
    {.name = "reviewed",
     .type = GRAFT_OPTION_TEXT,
     ROW(reviewed),
     .unit = "FILE",
     .help = "an earlier fix list: what it says to keep was looked at and is not told again"},
    GRAFT_OPTION_END,
};
#undef ROW

const graft_option *graft_inspect_option_table(void) {
    return rows;
}

static const struct {
    const char *name, *help;
} problems[GRAFT_PROBLEM_COUNT] = {
    {"corrupt", "cannot be decoded; takes no part"},
    {"leak", "in train, and a duplicate of a picture that is held back"},
    {"duplicate", "repeats an earlier picture"},
    {"conflict", "repeats a picture that carries another label"},
    {"similar", "alike to the network: perhaps cropped, mirrored or brightened"},
    {"burst", "names count on and the network sees the same scene"},
    {"group", "its group is in another split too"},
    {"label", "surely another class, to a model that did not learn from it"},
    {"doubt", "perhaps another class, perhaps hard: look before you relabel"},
    {"blurred", "much less sharp than the others"},
    {"dark", "hardly any light"},
    {"rotated", "by its EXIF orientation, which is applied"},
};

const char *graft_problem_name(graft_problem problem) {
    return (size_t)problem < GRAFT_PROBLEM_COUNT ? problems[problem].name : NULL;
}

const char *graft_problem_help(graft_problem problem) {
    return (size_t)problem < GRAFT_PROBLEM_COUNT ? problems[problem].help : NULL;
}

graft_status graft_inspection_add(graft_inspection *self, graft_issue issue) {
    bool reviewed;
    GRAFT_TRY(graft_inspection_is_reviewed(self, &issue, &reviewed));
    self->left_out += reviewed;
    if (reviewed) return GRAFT_OK;
    if (!graft_reserve(&self->issue, &self->capacity, self->count + 1, sizeof(*self->issue)))
        return graft_fail_memory("the list of issues");
    self->issue[self->count++] = issue;
    return GRAFT_OK;
}

void graft_inspection_free(graft_inspection *inspection) {
    if (!inspection) return;
    graft_release(inspection->issue);
    graft_release(inspection->sample);
    graft_strmap_free(inspection->reviewed);
    graft_release(inspection);
}

static graft_status check_options(graft_inspect_options *options) {
    if (options->similar == 0) options->similar = 0.9;
    if (options->dark == 0) options->dark = 30;
    if (options->blur == 0) options->blur = 20;
    if (options->folds == 0) options->folds = 5;
    if (options->false_alarms == 0) options->false_alarms = 0.1;
    if (!(options->similar >= 0.5 && options->similar <= 1))
        return graft_fail(GRAFT_E_USAGE, "similar: received %g, expected 0.5 to 1", options->similar);
    if (!(options->dark >= 0 && options->dark <= 255) || !(options->blur >= 0))
        return graft_fail(GRAFT_E_USAGE, "dark %g and blur %g, expected 0 to 255 and 0 or more", options->dark,
                          options->blur);
    if (!(options->false_alarms >= 0.001 && options->false_alarms <= 0.5))
        return graft_fail(GRAFT_E_USAGE, "false-alarms: received %g, expected 0.001 to 0.5", options->false_alarms);
    if (options->folds < 2 || options->folds > 20)
        return graft_fail(GRAFT_E_USAGE, "folds: received %lld, expected 2..20", (long long)options->folds);
    return GRAFT_OK;
}

/* Blurred and dark pictures: the least first; similar ones and labels: the highest score first. */
static int by_problem(const void *a, const void *b) {
    const graft_issue *x = a, *y = b;
    if (x->problem != y->problem) return x->problem < y->problem ? -1 : 1;
    const bool ascending = x->problem == GRAFT_PROBLEM_BLURRED || x->problem == GRAFT_PROBLEM_DARK;
    if (x->score != y->score) return (x->score < y->score) == ascending ? -1 : 1;
    if (x->sample != y->sample) return x->sample < y->sample ? -1 : 1;
    return (x->other > y->other) - (x->other < y->other);
}

static graft_status inspect(graft_inspection *self, const graft_backbone *backbone) {
    GRAFT_TRY(graft_inspect_reviewed(self));
    GRAFT_TRY(graft_dataset_check(self->data));
    GRAFT_TRY(graft_dataset_indices(self->data, -1, &self->sample, &self->samples));
    GRAFT_TRY(graft_inspect_pictures(self));
    GRAFT_TRY(graft_inspect_groups(self));
    if (backbone) GRAFT_TRY(graft_inspect_features(self, backbone));
    if (self->count > 0) qsort(self->issue, self->count, sizeof(*self->issue), by_problem);
    return GRAFT_OK;
}

graft_status graft_inspect(graft_inspection **out, graft_context *context, graft_dataset *data,
                           const graft_backbone *backbone, const graft_inspect_options *options) {
    graft_inspect_options given = GRAFT_INSPECT_OPTIONS_INIT;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_INSPECT_OPTIONS_INIT"));
    GRAFT_TRY(check_options(&given));
    graft_inspection *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("an inspection");
    self->context = context;
    self->data = data;
    self->options = given;
    self->accuracy = self->noise = self->false_alarms = (double)NAN;
    graft_status status = inspect(self, backbone);
    if (status != GRAFT_OK)
        graft_inspection_free(self);
    else
        *out = self;
    return status;
}

size_t graft_inspection_count(const graft_inspection *inspection) {
    return inspection->count;
}

const graft_issue *graft_inspection_issue(const graft_inspection *inspection, size_t index) {
    return index < inspection->count ? &inspection->issue[index] : NULL;
}

size_t graft_inspection_count_of(const graft_inspection *inspection, graft_problem problem) {
    size_t count = 0;
    for (size_t i = 0; i < inspection->count; i++)
        count += inspection->issue[i].problem == problem;
    return count;
}

const graft_dataset *graft_inspection_dataset(const graft_inspection *inspection) {
    return inspection->data;
}

double graft_inspection_accuracy(const graft_inspection *inspection) {
    return inspection->accuracy;
}

double graft_inspection_noise(const graft_inspection *inspection) {
    return inspection->noise;
}

double graft_inspection_false_alarms(const graft_inspection *inspection) {
    return inspection->false_alarms;
}

size_t graft_inspection_reviewed(const graft_inspection *inspection) {
    return inspection->left_out;
}
