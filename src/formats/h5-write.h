/* Writing HDF5: groups, texts as attributes, datasets of numbers, laid out as the oldest versions of the format are, so
 * that every reader takes them. The file is made in memory and written atomically at the end: HDF5 itself never meets a
 * full disk. Paths are HDF5 paths inside of the file; groups on the way are made. Names hold no NUL and no leading
 * "."; the same calls give the same bytes. Source: HDF5 File Format Specification version 3.0. */
#ifndef GRAFT_SRC_FORMATS_H5_WRITE_H
#define GRAFT_SRC_FORMATS_H5_WRITE_H

#include "tensor/tensor.h"

typedef struct graft_h5_writer graft_h5_writer;

/* `bytes`: what will be written, roughly; memory is taken in such steps. */
GRAFT_MUST_CHECK graft_status graft_h5_writer_new(uint64_t bytes, graft_h5_writer **out);
void graft_h5_writer_free(graft_h5_writer *writer);

/* Makes a group that is not there yet. */
GRAFT_MUST_CHECK graft_status graft_h5_write_group(graft_h5_writer *writer, const char *group);
/* An attribute of a group ("/": the root): one text of any length, as variable-length UTF-8. */
GRAFT_MUST_CHECK graft_status graft_h5_write_text(graft_h5_writer *writer, const char *group, const char *attribute,
                                                  const char *text);
/* An attribute that is a list of texts. One that does not fit into an object header is split into name0, name1, ... as
 * Keras does. Errors: GRAFT_E_USAGE (a single text that does not fit). */
GRAFT_MUST_CHECK graft_status graft_h5_write_texts(graft_h5_writer *writer, const char *group, const char *attribute,
                                                   const char *const *texts, size_t count);
/* A dataset: an F32 tensor. */
GRAFT_MUST_CHECK graft_status graft_h5_write_tensor(graft_h5_writer *writer, const char *dataset,
                                                    const graft_tensor *tensor);
/* Writes the file to `path` atomically; nothing can be added after. */
GRAFT_MUST_CHECK graft_status graft_h5_writer_commit(graft_h5_writer *writer, const char *path);

#endif
