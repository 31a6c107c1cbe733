/* The folder of models and its names: what the files of this module share, and how others find a model by name. */
#ifndef GRAFT_SRC_MODELS_STORE_H
#define GRAFT_SRC_MODELS_STORE_H

#include "models/record.h"
#include "zoo/pretrained.h"

#include <graft/models.h>

/* For a path that is no file: the model that `name` means: of the folder of models, else one that comes with graft.
 * *known is false when neither the folder nor the registry nor the architectures have such a name, and GRAFT_OK is
 * given. *path is the caller's (graft_release). Errors: GRAFT_E_DATA: the name is known and its weights are not here,
 * or broken; the text says how to get them. */
GRAFT_MUST_CHECK graft_status graft_store_resolve(graft_context *context, const char *name, graft_record *record,
                                                  char **path, bool *known);

/* ---- for this module ---- */
/* Errors: GRAFT_E_USAGE: the context has none. */
GRAFT_MUST_CHECK graft_status graft_store_folder(const graft_context *context, const char **out);
/* FOLDER/NAME and `end`; NULL without memory. */
char *graft_store_path(const char *folder, const char *name, const char *end);
/* The record of exactly this name; *found is false when there is none. Errors: GRAFT_E_DATA: it is damaged. */
GRAFT_MUST_CHECK graft_status graft_store_find(const char *folder, const char *name, graft_record *out, bool *found);
GRAFT_MUST_CHECK graft_status graft_store_keep(const char *folder, const graft_record *record);
/* Is its file there, with its length? GRAFT_E_DATA says what is wrong. */
GRAFT_MUST_CHECK graft_status graft_store_check(const char *folder, const graft_record *record);

/* Both digests of a file, in one reading; each block counts in the phase, which may be NULL. */
typedef struct graft_file_digests {
    char md5[GRAFT_DIGEST_TEXT], sha256[GRAFT_DIGEST_TEXT];
    uint64_t bytes;
} graft_file_digests;
typedef struct graft_phase graft_phase;
GRAFT_MUST_CHECK graft_status graft_store_digest(graft_context *context, const char *path, graft_phase *phase,
                                                 graft_file_digests *out);

/* The first row of the registry that `name` means, exactly or by its architecture; NULL. */
const graft_pretrained *graft_published_find(const char *name);
bool graft_published_is(const graft_pretrained *row, const char *name);
/* The row whose hash is one of these; NULL. */
const graft_pretrained *graft_published_by_digest(const graft_file_digests *digests);
bool graft_published_has_digest(const graft_pretrained *row, const graft_file_digests *digests);
const char *graft_published_file(const graft_pretrained *row); /* the last part of its address */
/* GRAFT_E_USAGE: there is no such name, with the nearest one. */
GRAFT_MUST_CHECK graft_status graft_published_unknown(const char *name);
/* "": no ending that a file here may have; else ".h5" and the like, borrowed. */
const char *graft_store_ending(const char *path);

/* Fills what the file says of itself into the record: format, and for weights alone their network and preprocessing.
 * `row` NULL: not published; `arch` and `scaling` (0: not given) are then the caller's word. `load`: weights alone are
 * tried in their network. Errors: GRAFT_E_DATA and GRAFT_E_USAGE, see graft_models_add. */
GRAFT_MUST_CHECK graft_status graft_store_inspect(graft_context *context, const char *path, const graft_pretrained *row,
                                                  const char *arch, graft_scaling scaling, bool load,
                                                  graft_record *record);

/* ---- networks that come with graft (shipped.c) ---- */
bool graft_published_is_shipped(const graft_pretrained *row);
/* The row's file in the first of the context's folders that has it, the caller's; NULL: none has, or another row. */
GRAFT_MUST_CHECK graft_status graft_shipped_find(const graft_context *context, const graft_pretrained *row,
                                                 char **path);
/* The same for a name; the record has the row's name alone. */
GRAFT_MUST_CHECK graft_status graft_shipped_resolve(const graft_context *context, const char *name,
                                                    graft_record *record, char **path);
/* GRAFT_E_DATA: where it was looked for, and what to do. */
GRAFT_MUST_CHECK graft_status graft_shipped_missing(const graft_context *context, const graft_pretrained *row);
/* GRAFT_E_DATA: the file is not the row's, by its hash. */
GRAFT_MUST_CHECK graft_status graft_shipped_verify(graft_context *context, const graft_pretrained *row,
                                                   const char *path, graft_phase *phase, graft_file_digests *out);

/* graft_models_pull of a row, in the registry or not. */
GRAFT_MUST_CHECK graft_status graft_store_pull(char **path, graft_context *context, const graft_pretrained *row,
                                               const graft_pull_options *options);

#endif
