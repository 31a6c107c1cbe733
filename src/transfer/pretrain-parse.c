/* Defaults, and the schedule of sizes. */
#include "transfer/pretrain-internal.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_EPOCHS = 10, DEFAULT_BATCH = 64, SIDE_LIMIT = 4096 };

static graft_status refuse(const graft_tune_options *o) {
    const struct {
        const char *name;
        bool given;
    } others[] = {{"fine-tune", o->fine_tune != NULL},
                  {"freeze", o->freeze != NULL},
                  {"unfreeze-at", o->unfreeze_at != NULL},
                  {"warmup-epochs", o->warmup_epochs != 0},
                  {"patience", o->patience != 0},
                  {"layer-decay", o->layer_decay != 0},
                  {"bn", o->batchnorm != 0}};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (others[i].given)
            return graft_fail(GRAFT_E_USAGE, "--%s: all layers learn from their first values on, as long as is said",
                              others[i].name);
    return GRAFT_OK;
}

static graft_status refuse_labels(const graft_tune_options *o) {
    if (o->mixup > 0 || o->cutmix > 0)
        return graft_fail(GRAFT_E_USAGE, "--mixup, --cutmix: the teacher has not seen mixed pictures");
    if (o->loss || o->class_weight)
        return graft_fail(GRAFT_E_USAGE, "--loss, --class-weight: the loss is that of distilling");
    return GRAFT_OK;
}

graft_status graft_pretrain_defaults(graft_pretrain_options *options, bool distills) {
    graft_tune_options *o = &options->tune;
    GRAFT_TRY(refuse(o));
    if (distills) GRAFT_TRY(refuse_labels(o));
    if (options->store < 0 || options->store > 1 || options->fit < 0 || options->fit > GRAFT_FIT_PAD ||
        options->filter < 0 || options->filter > GRAFT_FILTER_LANCZOS + 1 || options->image_size < 0 ||
        options->image_size > SIDE_LIMIT)
        return graft_fail(GRAFT_E_USAGE,
                          "pretrain options: a value out of range (store %d, fit %d, filter %d, size %lld)",
                          options->store, options->fit, options->filter, (long long)options->image_size);
    if (!options->arch || !*options->arch) options->arch = "graft-s";
    if (o->batch == 0) o->batch = DEFAULT_BATCH;
    if (!o->optimizer || !*o->optimizer) o->optimizer = "adamw";
    if (o->warmup == 0) o->warmup = 0.5;
    if (!o->augment || !*o->augment) o->augment = "crop:0.35,1 flip";
    o->batchnorm = GRAFT_BATCHNORM_TRAIN;
    return GRAFT_OK;
}

static graft_status bad(const char *text) {
    return graft_fail(
        GRAFT_E_USAGE,
        "--progressive: received \"%s\", expected sizes in pixels such as 64:96:128, or with their epochs, "
        "64x10:128x5",
        text);
}

static bool read_number(const char **at, unsigned long limit, unsigned long *out) {
    char *end;
    if (**at < '0' || **at > '9') return false;
    errno = 0;
    *out = strtoul(*at, &end, 10);
    *at = end;
    return errno == 0 && *out >= 1 && *out <= limit;
}

graft_status graft_pretrain_parse_sizes(const char *text, int last, graft_pretrain_size sizes[GRAFT_PRETRAIN_SIZES],
                                        int *count) {
    *count = 0;
    if (!text || !*text) {
        sizes[(*count)++] = (graft_pretrain_size){.side = last};
        return GRAFT_OK;
    }
    for (const char *at = text;; at++) {
        unsigned long side, epochs = 0;
        if (*count == GRAFT_PRETRAIN_SIZES || !read_number(&at, SIDE_LIMIT, &side)) return bad(text);
        if (*at == 'x' && (at++, !read_number(&at, 10000, &epochs))) return bad(text);
        sizes[(*count)++] = (graft_pretrain_size){.side = (int)side, .epochs = (uint32_t)epochs};
        if (!*at) break;
        if (*at != ':') return bad(text);
    }
    for (int i = 1; i < *count; i++)
        if ((sizes[i].epochs > 0) != (sizes[0].epochs > 0))
            return graft_fail(GRAFT_E_USAGE, "--progressive: \"%s\": give all sizes their epochs, or none", text);
    if (last > 0 && sizes[*count - 1].side != last)
        return graft_fail(GRAFT_E_USAGE, "--progressive ends at %d px, --image-size is %d: they must be the same",
                          sizes[*count - 1].side, last);
    return GRAFT_OK;
}

graft_status graft_pretrain_share_epochs(graft_pretrain_size *sizes, int count, uint32_t epochs) {
    uint32_t given = 0;
    for (int i = 0; i < count; i++)
        given += sizes[i].epochs;
    if (given > 0 && epochs > 0 && given != epochs)
        return graft_fail(GRAFT_E_USAGE, "--progressive names %u epochs, --epochs %u: leave --epochs out", given,
                          epochs);
    if (given > 0) return GRAFT_OK;
    if (epochs == 0) epochs = DEFAULT_EPOCHS;
    if (epochs < (uint32_t)count)
        return graft_fail(GRAFT_E_USAGE, "--progressive names %d sizes, which need an epoch each; there are %u", count,
                          epochs);
    for (int i = 0; i < count; i++) /* what does not divide goes to the last ones: the largest */
        sizes[i].epochs = (epochs + (uint32_t)i) / (uint32_t)count;
    return GRAFT_OK;
}
