/* Groups named by a part of the samples' names: none may be in two splits. */
#include "transfer/inspect-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    const char *name; /* of the group, within the sample's name */
    size_t length, sample;
} member;

static int by_name(const void *a, const void *b) {
    const member *x = a, *y = b;
    size_t shorter = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->name, y->name, shorter);
    if (order != 0) return order;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

static bool same_group(const member *a, const member *b) {
    return a->length == b->length && memcmp(a->name, b->name, a->length) == 0;
}

/* All of a group goes to train when a part of it is there: what is held back stays unseen. */
static graft_status add_group(graft_inspection *self, const member *first, size_t count) {
    const graft_dataset *data = self->data;
    const member *trains = NULL;
    for (size_t i = 0; i < count && !trains; i++)
        if (graft_dataset_sample(data, first[i].sample)->split == GRAFT_SPLIT_TRAIN) trains = &first[i];
    for (size_t i = 0; i < count; i++) {
        const graft_sample *sample = graft_dataset_sample(data, first[i].sample);
        const member *other = trains ? trains : &first[0];
        if (sample->split == graft_dataset_sample(data, other->sample)->split) continue;
        GRAFT_TRY(graft_inspection_add(self, (graft_issue){GRAFT_PROBLEM_GROUP, first[i].sample, (int64_t)other->sample,
                                                           -1, 0, trains ? "train" : "review"}));
    }
    return GRAFT_OK;
}

static graft_status add_groups(graft_inspection *self, member *members, size_t count) {
    if (count > 0) qsort(members, count, sizeof(*members), by_name);
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && same_group(&members[begin], &members[end]); end++) {
        }
        GRAFT_TRY(add_group(self, members + begin, end - begin));
    }
    return GRAFT_OK;
}

graft_status graft_inspect_groups(graft_inspection *self) {
    regex_t pattern;
    const char *text = self->options.group;
    if (!text) return GRAFT_OK;
    int fault = regcomp(&pattern, text, REG_EXTENDED);
    if (fault != 0 || pattern.re_nsub < 1) {
        char reason[128] = "no parenthesis";
        if (fault != 0) regerror(fault, &pattern, reason, sizeof(reason));
        if (fault == 0) regfree(&pattern);
        return graft_fail(GRAFT_E_USAGE,
                          "group: \"%s\": %s; expected an extended regular expression with a parenthesis, such as "
                          "'person([0-9]+)'",
                          text, reason);
    }
    size_t count = 0;
    member *members = graft_allocate(self->samples, sizeof(*members));
    graft_status status = members ? GRAFT_OK : graft_fail_memory("the groups");
    for (size_t i = 0; members && i < self->samples; i++) {
        regmatch_t match[2];
        const char *name = graft_dataset_sample(self->data, self->sample[i])->name;
        if (regexec(&pattern, name, 2, match, 0) != 0 || match[1].rm_so < 0) continue;
        members[count++] = (member){name + match[1].rm_so, (size_t)(match[1].rm_eo - match[1].rm_so), self->sample[i]};
    }
    if (status == GRAFT_OK && count == 0)
        status = graft_fail(GRAFT_E_USAGE, "group: \"%s\" matches none of the names, such as %s", text,
                            self->samples ? graft_dataset_sample(self->data, self->sample[0])->name : "-");
    if (status == GRAFT_OK) status = add_groups(self, members, count);
    graft_release(members);
    regfree(&pattern);
    return status;
}
