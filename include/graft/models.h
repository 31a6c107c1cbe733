/* graft/models.h: pretrained models on this machine: a folder of files, each with a record of where it came from, what
 * it is and its SHA-256. The folder is the context's `models_dir`. The registry of published weights says what can be
 * brought by name (kind "weights" of graft/registry.h).
 *
 * A name is that of a registry's row ("resnet50.torch.v2"), an architecture's ("resnet50.torch"), its first part
 * ("resnet50"), or one that was given to a file of the caller's own.
 *
 * "graft-s" comes with graft: its file is looked for in the folder of models, then in the context's `backbone_dirs`. */
#ifndef GRAFT_MODELS_H
#define GRAFT_MODELS_H

#include <graft/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_stored_state {
    GRAFT_STORED_ABSENT,  /* the registry knows it; not here */
    GRAFT_STORED_PARTIAL, /* a part of it is here: pulling goes on from there */
    GRAFT_STORED_PRESENT,
    GRAFT_STORED_BROKEN,  /* the file is missing, has another length or, after graft_models_verify, another SHA-256 */
    GRAFT_STORED_SHIPPED, /* it came with graft, and lies in one of the context's backbone_dirs */
} graft_stored_state;
GRAFT_API const char *graft_stored_state_text(graft_stored_state state); /* "absent", "partial", ... */

typedef struct graft_stored_model {
    const char *name;
    graft_stored_state state;
    bool published;         /* its bytes are, by their hash, those of a row of the registry */
    uint64_t bytes;         /* on the disk */
    const char *arch;       /* of weights alone; "": the file describes its network itself */
    const char *format;     /* "keras-h5", ... */
    const char *preprocess; /* "tf", "caffe", "torch", "01", "raw"; "auto": found out when it is opened */
    const char *licence;    /* "": unknown */
    const char *url;        /* where it came from, or can be had */
    const char *path;       /* the file; "" when it is absent */
    const char *sha256;     /* of the file that is here; "" otherwise */
    const char *verified;   /* when its bytes were last hashed, "2025-01-31T12:00:00Z"; "" when it is not here, or
                             * came with graft and was not hashed now */
    const char *problem;    /* of a broken one; "" otherwise */
} graft_stored_model;

/* Models in byte order of their names. Texts live as long as the list. */
typedef struct graft_model_list graft_model_list;
GRAFT_API size_t graft_model_list_count(const graft_model_list *list);
GRAFT_API const graft_stored_model *graft_model_list_at(const graft_model_list *list, size_t index);
GRAFT_API void graft_model_list_free(graft_model_list *list);

/* The registry and everything in the folder, by records and lengths: nothing is hashed.
 * Errors: GRAFT_E_USAGE: the context has no models folder; GRAFT_E_DATA: the folder cannot be read. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_models_list(graft_model_list **out, graft_context *context);

/* Hashes `name`, or with NULL everything that is here, tells the progress as the phase "verify" and writes the day into
 * the records. What came with graft is held against the registry's hash. Broken ones are in the list and are no failure
 * of the call. Errors: GRAFT_E_DATA: it is not here. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_models_verify(graft_model_list **out, graft_context *context,
                                                            const char *name);

typedef struct graft_pull_options {
    size_t struct_size;
    const char *from;       /* another address: of the file, or, with '/' at its end, of the folder it is in; NULL: the
                             * registry's */
    double connect_seconds; /* 0: 30 */
    double stall_seconds;   /* without a byte; 0: 60 */
    uint64_t limit_bytes;   /* larger files are refused; 0: 8 GiB */
} graft_pull_options;
#define GRAFT_PULL_OPTIONS_INIT \
    { .struct_size = sizeof(graft_pull_options) }

/* Brings published weights over https into the folder; a bare architecture's name means the first row of the registry
 * that has it. The bytes are checked against the registry's hash while they come, and the file has its name only when
 * they are right and a reader knows them. Progress is told as the phase "pull", in bytes. What came before a cut, a
 * limit, a full disk or a cancel stays, and the next call goes on from there. *path, the file, is the caller's; what is
 * here already is not brought again.
 * Errors: GRAFT_E_USAGE: no such name, no models folder; GRAFT_E_DATA: one line with the address, what happened and
 * what helps; GRAFT_E_CANCELLED. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_models_pull(char **path, graft_context *context, const char *name,
                                                          const graft_pull_options *options);

typedef struct graft_add_options {
    size_t struct_size;
    const char *name; /* NULL: the registry's for a file it knows by its hash, else the file's without its ending */
    const char *arch; /* of weights alone that the registry does not know; NULL: found out */
    int preprocess;   /* graft_scaling; 0: the registry's or the architecture's, else found out when it is opened */
    bool link;        /* hard-link instead of copying; the same file system is needed */
} graft_add_options;
#define GRAFT_ADD_OPTIONS_INIT \
    { .struct_size = sizeof(graft_add_options) }

/* Takes a file that the caller has into the folder. *path, the file there, is the caller's.
 * Errors: GRAFT_E_USAGE: a name that is taken or that no file can have; GRAFT_E_DATA: no reader knows the file; weights
 * of no known network, or of another one than `arch`; not the bytes of the row that `name` names. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_models_add(char **path, graft_context *context, const char *file,
                                                         const graft_add_options *options);

/* Removes the file, its record and what a broken pull left. Errors: GRAFT_E_DATA: nothing of that name is here. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_models_remove(graft_context *context, const char *name);

/* The file of `name`, the caller's text. Errors: GRAFT_E_DATA: it is not here (says how to get it); GRAFT_E_USAGE: no
 * such name. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_models_path(char **out, graft_context *context, const char *name);

#ifdef __cplusplus
}
#endif
#endif
