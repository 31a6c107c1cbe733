/* What the files of this module share. */
#ifndef GRAFT_SRC_DNN_DNN_INTERNAL_H
#define GRAFT_SRC_DNN_DNN_INTERNAL_H

#include "base/alloc.h"
#include "base/error.h"
#include "dnn/dnn.h"
#include <oneapi/dnnl/dnnl.h>

struct graft_dnn_engine {
    dnnl_engine_t handle;
    dnnl_stream_t packing; /* for work at build time */
};

struct graft_dnn_stream {
    dnnl_stream_t handle;
};

struct graft_dnn_layout {
    dnnl_memory_desc_t desc;
    float unit;           /* what an integer counts in; 0: floats */
    const float *profile; /* times this in each channel; NULL: the same in all; borrowed */
    const float *mean;    /* as in graft_dnn_unit */
};

#define GRAFT_DNN_MAX_CONSTANTS 4

typedef struct graft_dnn_constant {
    int argument; /* DNNL_ARG_... */
    dnnl_memory_t memory;
    void *data;
    size_t bytes;
} graft_dnn_constant;

typedef struct graft_dnn_source {
    int argument;
    graft_dnn_layout layout;
} graft_dnn_source;

/* What an op of graft's own does. */
typedef graft_status (*graft_dnn_host)(const void *self, void *const *sources, void *destination, void *scratch);

struct graft_dnn_op {
    const char *what;           /* for error texts */
    dnnl_primitive_t primitive; /* NULL: host */
    graft_dnn_host host;
    void *self; /* of host; one allocation, owned */
    char *implementation;
    graft_dnn_source *sources;
    int source_count;
    graft_dnn_layout destination;       /* of the whole buffer */
    dnnl_memory_desc_t destination_arg; /* what the primitive writes: a part of it for padding */
    dnnl_memory_desc_t rows;            /* is_rows: the first source as the primitive sees it */
    bool is_rows;
    bool clear_destination;
    graft_dnn_constant constants[GRAFT_DNN_MAX_CONSTANTS];
    int constant_count;
    size_t scratch_bytes;
    dnnl_memory_desc_t scratch;
};

/* GRAFT_OK, GRAFT_E_MEMORY or GRAFT_E_INTERNAL with what oneDNN said. */
GRAFT_MUST_CHECK graft_status graft_dnn_check(dnnl_status_t status, const char *what);

/* F32 of `rank` dimensions; the tag dnnl_format_tag_any lets oneDNN choose. */
GRAFT_MUST_CHECK graft_status graft_dnn_desc(int rank, const int64_t *dims, dnnl_format_tag_t tag,
                                             dnnl_memory_desc_t *out);

/* Another shape in the order and blocks of `desc`. */
GRAFT_MUST_CHECK graft_status graft_dnn_desc_like(const dnnl_memory_desc_t *desc, const int64_t dims[4],
                                                  dnnl_memory_desc_t *out);
bool graft_dnn_implementation_is_direct(const char *implementation);

/* The table of algorithms has a row for this convolution. */
bool graft_dnn_winograd_pays(const graft_dnn_convolution *convolution);

/* An attribute set with the scratchpad in the caller's hands and `posts` (NULL: none) appended. */
GRAFT_MUST_CHECK graft_status graft_dnn_attributes(const graft_dnn_posts *posts, dnnl_primitive_attr_t *out);
dnnl_alg_kind_t graft_dnn_algorithm(graft_dnn_function function);
dnnl_alg_kind_t graft_dnn_binary_algorithm(graft_dnn_binary_kind kind);
dnnl_alg_kind_t graft_dnn_pooling_algorithm(graft_dnn_pooling_kind kind);
/* a and b as oneDNN's fastest kernels take them. */
GRAFT_MUST_CHECK graft_status graft_dnn_binary_operands(const graft_dnn_layout *a, const graft_dnn_layout *b,
                                                        dnnl_memory_desc_t *a_out, dnnl_memory_desc_t *b_out);
/* A grown or shrunk source. */
GRAFT_MUST_CHECK graft_status graft_dnn_resampling_desc(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                        const graft_dnn_shape *destination, bool bilinear,
                                                        dnnl_primitive_desc_t *out);

/* Asks oneDNN for an implementation of an operation descriptor, the scratchpad in the caller's hands. */
GRAFT_MUST_CHECK graft_status graft_dnn_primitive_desc(graft_dnn_engine *engine, const void *operation,
                                                       const graft_dnn_posts *posts, const char *what,
                                                       dnnl_primitive_desc_t *out);
/* An op that runs `desc`, which it takes over (also on failure); the caller fills in the `sources` sources. */
GRAFT_MUST_CHECK graft_status graft_dnn_op_build(const char *what, dnnl_primitive_desc_t desc, int sources,
                                                 graft_dnn_op **out);
/* An op of graft's own: `self` is taken over (also on failure); the caller fills in sources and destination. */
GRAFT_MUST_CHECK graft_status graft_dnn_op_host(const char *what, graft_dnn_host host, void *self, int sources,
                                                size_t scratch_bytes, graft_dnn_op **out);
/* Adds the further sources that `posts` read, from place `index` on. */
void graft_dnn_op_post_sources(graft_dnn_op *op, int index, const graft_dnn_posts *posts, int first_post);
int graft_dnn_post_source_count(const graft_dnn_posts *posts);
/* A constant of the op, stored as `desc` says, from values stored as `plain` says. */
GRAFT_MUST_CHECK graft_status graft_dnn_op_constant(graft_dnn_engine *engine, graft_dnn_op *op, int argument,
                                                    const dnnl_memory_desc_t *desc, const dnnl_memory_desc_t *plain,
                                                    const void *values);

dnnl_data_type_t graft_dnn_type_of(const graft_dnn_unit *unit);
/* What one counts in a channel: 1 for floats. */
float graft_dnn_unit_of(const graft_dnn_layout *layout, int64_t channel);

/* Convolutions on 8-bit integers: the memory types, the operation with scales, the constants. */
void graft_dnn_int8_types(const graft_dnn_convolution *convolution, dnnl_memory_desc_t *source,
                          dnnl_memory_desc_t *weights, dnnl_memory_desc_t *plain_weights,
                          dnnl_memory_desc_t *destination);
bool graft_dnn_int8_has_bias(const graft_dnn_convolution *convolution);
GRAFT_MUST_CHECK graft_status graft_dnn_int8_primitive_desc(graft_dnn_engine *engine,
                                                            const graft_dnn_convolution *convolution,
                                                            const dnnl_convolution_desc_t *desc,
                                                            dnnl_primitive_desc_t *out);
GRAFT_MUST_CHECK graft_status graft_dnn_int8_constants(graft_dnn_engine *engine, graft_dnn_op *op,
                                                       const graft_dnn_convolution *convolution,
                                                       const dnnl_memory_desc_t *plain_weights,
                                                       const dnnl_memory_desc_t *packed);

#endif
