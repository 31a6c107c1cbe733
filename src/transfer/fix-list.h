/* The fix list as a file: a .csv with a line an issue. inspect-fixes.c writes and applies it, inspect-reviewed.c takes
 * what was looked at from it. */
#ifndef GRAFT_SRC_TRANSFER_FIX_LIST_H
#define GRAFT_SRC_TRANSFER_FIX_LIST_H

#include "base/hash.h"
#include "data/csv.h"

#include <graft/data.h>

/* Lists of earlier versions end with the score. */
enum {
    GRAFT_FIX_ACTION,
    GRAFT_FIX_PATH,
    GRAFT_FIX_PROBLEM,
    GRAFT_FIX_OF,
    GRAFT_FIX_SUGGESTED,
    GRAFT_FIX_SCORE,
    GRAFT_FIX_CLASS,   /* the class that it carries */
    GRAFT_FIX_CONTENT, /* hash of its bytes */
    GRAFT_FIX_COLUMNS
};
extern const char *const graft_fix_columns[GRAFT_FIX_COLUMNS];

typedef struct graft_fix_list {
    const char *path; /* borrowed */
    char *text;
    graft_csv csv;
    size_t columns; /* of this list: GRAFT_FIX_CLASS (an old one) or GRAFT_FIX_COLUMNS */
} graft_fix_list;

/* Close it with graft_fix_list_close, also after a failure. Errors: those of graft_file_read; GRAFT_E_DATA: its first
 * line is another. */
GRAFT_MUST_CHECK graft_status graft_fix_list_open(graft_fix_list *list, const char *path);
void graft_fix_list_close(graft_fix_list *list);
/* The next line, in list->csv; *more is false at the end. Errors: GRAFT_E_DATA with its number. */
GRAFT_MUST_CHECK graft_status graft_fix_list_next(graft_fix_list *list, bool *more);

/* What stands in the last two columns for a sample; "" without a label. */
const char *graft_fix_class(const graft_dataset *data, size_t sample);
void graft_fix_content(const graft_dataset *data, size_t sample, char out[GRAFT_HASH_TEXT]);

#endif
