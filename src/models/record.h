/* What is known of a stored model: NAME.json beside its file. */
#ifndef GRAFT_SRC_MODELS_RECORD_H
#define GRAFT_SRC_MODELS_RECORD_H

#include "base/hash.h"

#include <graft/preprocess.h>

enum { GRAFT_RECORD_NAME = 101, GRAFT_RECORD_TEXT = 512, GRAFT_RECORD_URL = 4096, GRAFT_RECORD_LIMIT = 1 << 16 };

/* Texts are "" where nothing is known. */
typedef struct graft_record {
    char name[GRAFT_RECORD_NAME];
    char file[GRAFT_RECORD_NAME + 16]; /* in the record's folder */
    char url[GRAFT_RECORD_URL];        /* where it came from: an address, or the path it was added from */
    char sha256[GRAFT_DIGEST_TEXT];
    uint64_t bytes;
    char date[32], verified[32];  /* of its coming, and of its last hashing */
    char arch[GRAFT_RECORD_TEXT]; /* of weights alone */
    char format[32];
    char licence[GRAFT_RECORD_TEXT];
    char published[GRAFT_RECORD_NAME]; /* the registry's row with this hash */
    graft_scaling scaling;
    int filter; /* 0: not known; else 1 + graft_filter */
} graft_record;

/* Letters, digits, '.', '_', '-' and '+', at most 100, the first a letter or digit: a file can be called so on every
 * system. The endings ".net" and ".json" and the word "none" mean something else. */
bool graft_record_name_is_good(const char *name);
void graft_record_now(char out[32]); /* UTC, to the second */

/* `what` names the text in errors. Errors: GRAFT_E_DATA: no record of ours, or damaged. */
GRAFT_MUST_CHECK graft_status graft_record_parse(const char *text, size_t length, const char *what, graft_record *out);
GRAFT_MUST_CHECK graft_status graft_record_read(const char *path, graft_record *out);
GRAFT_MUST_CHECK graft_status graft_record_write(const char *path, const graft_record *record);

const char *graft_record_scaling_name(graft_scaling scaling);

#endif
