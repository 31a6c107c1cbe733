/* Which pictures a generative network learns from, or is compared with. */
#include "transfer/gan-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"

#include <string.h>

/* Whether the word of `length` bytes names class `label`. */
static bool names(const graft_dataset *data, size_t label, const char *word, size_t length) {
    const char *name = graft_dataset_class(data, label);
    return strlen(name) == length && strncmp(name, word, length) == 0;
}

/* Marks the classes of "shirt,trouser"; all of them for NULL. */
static graft_status mark_classes(const graft_dataset *data, const char *only, bool *wanted) {
    const size_t classes = graft_dataset_class_count(data);
    for (size_t i = 0; i < classes; i++)
        wanted[i] = !only || !*only;
    for (const char *at = only; at && *at;) {
        const size_t length = strcspn(at, ",");
        size_t found = 0;
        while (found < classes && !names(data, found, at, length))
            found++;
        if (found == classes)
            return graft_fail(GRAFT_E_USAGE, "--only: received \"%.*s\", expected a class of %s, such as %s",
                              (int)(length < 60 ? length : 60), at, graft_dataset_path(data),
                              classes > 0 ? graft_dataset_class(data, 0) : "(it has none)");
        wanted[found] = true;
        at += length;
        at += *at == ',';
    }
    return GRAFT_OK;
}

static bool is_chosen(const graft_sample *sample, const bool *wanted, bool all) {
    if (sample->fault || sample->split == GRAFT_SPLIT_TEST) return false;
    return sample->label < 0 ? all : wanted[sample->label];
}

graft_status graft_gan_choose(graft_dataset *data, const char *only, size_t **sample, size_t *count) {
    const size_t classes = graft_dataset_class_count(data), all = graft_dataset_count(data);
    *sample = NULL;
    *count = 0;
    GRAFT_TRY(graft_dataset_check(data));
    bool *wanted = graft_allocate_zero(classes, sizeof *wanted);
    *sample = graft_allocate(all, sizeof **sample);
    graft_status status = wanted && *sample ? GRAFT_OK : graft_fail_memory("a choice of pictures");
    if (status == GRAFT_OK) status = mark_classes(data, only, wanted);
    for (size_t i = 0; status == GRAFT_OK && i < all; i++)
        if (is_chosen(graft_dataset_sample(data, i), wanted, !only || !*only)) (*sample)[(*count)++] = i;
    graft_release(wanted);
    if (status == GRAFT_OK) return GRAFT_OK;
    graft_release(*sample);
    *sample = NULL;
    return status;
}
