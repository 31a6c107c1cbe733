#include "dnn/dnn-internal.h"

dnnl_alg_kind_t graft_dnn_binary_algorithm(graft_dnn_binary_kind kind) {
    switch (kind) {
    case GRAFT_DNN_ADD:
        return dnnl_binary_add;
    case GRAFT_DNN_MULTIPLY:
        return dnnl_binary_mul;
    case GRAFT_DNN_DIVIDE:
        return dnnl_binary_div;
    }
    return dnnl_alg_kind_undef;
}

static graft_status primitive_desc(graft_dnn_engine *engine, dnnl_alg_kind_t kind, const dnnl_memory_desc_t *a,
                                   const dnnl_memory_desc_t *b, const graft_dnn_posts *posts,
                                   dnnl_primitive_desc_t *out) {
    dnnl_binary_desc_t desc;
    GRAFT_TRY(graft_dnn_check(dnnl_binary_desc_init(&desc, kind, a, b, a), "binary"));
    return graft_dnn_primitive_desc(engine, &desc, posts, "binary", out);
}

/* One C,1,1 for each sample, spread over its C,H,W: in layouts where channels come before rows, samples and channels
 * are one dimension to oneDNN, whose kernels spread a vector but not a matrix. */
static graft_status joined(const dnnl_memory_desc_t *desc, dnnl_memory_desc_t *out) {
    const int64_t dims[4] = {1, desc->dims[0] * desc->padded_dims[1], desc->dims[2], desc->dims[3]};
    return graft_dnn_desc_like(desc, dims, out);
}

static bool is_spread(const graft_dnn_layout *a, const graft_dnn_layout *b) {
    return b->desc.dims[2] * b->desc.dims[3] == 1 && a->desc.dims[2] * a->desc.dims[3] > 1;
}

graft_status graft_dnn_binary_operands(const graft_dnn_layout *a, const graft_dnn_layout *b, dnnl_memory_desc_t *a_out,
                                       dnnl_memory_desc_t *b_out) {
    const bool channels_last = a->desc.format_desc.blocking.strides[1] == 1;
    *a_out = a->desc;
    *b_out = b->desc;
    if (!is_spread(a, b) || channels_last) return GRAFT_OK;
    GRAFT_TRY(joined(&a->desc, a_out));
    return joined(&b->desc, b_out);
}

graft_status graft_dnn_binary_new(graft_dnn_engine *engine, graft_dnn_binary_kind kind, const graft_dnn_layout *a,
                                  const graft_dnn_layout *b, const graft_dnn_posts *posts, graft_dnn_op **out) {
    dnnl_memory_desc_t a_desc = a->desc, b_desc = b->desc;
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    if (graft_dnn_post_source_count(posts) == 0) GRAFT_TRY(graft_dnn_binary_operands(a, b, &a_desc, &b_desc));
    GRAFT_TRY(primitive_desc(engine, graft_dnn_binary_algorithm(kind), &a_desc, &b_desc, posts, &desc));
    GRAFT_TRY(graft_dnn_op_build("binary", desc, 2 + graft_dnn_post_source_count(posts), &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC_0, {.desc = a_desc}};
    op->sources[1] = (graft_dnn_source){DNNL_ARG_SRC_1, {.desc = b_desc}};
    graft_dnn_op_post_sources(op, 2, posts, 0);
    op->destination = *a;
    *out = op;
    return GRAFT_OK;
}

graft_status graft_dnn_at_least_new(graft_dnn_engine *engine, const graft_dnn_layout *source, float threshold,
                                    const graft_dnn_posts *posts, graft_dnn_op **out) {
    static const int64_t one[4] = {1, 1, 1, 1};
    dnnl_memory_desc_t scalar;
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_desc(4, one, dnnl_nchw, &scalar));
    GRAFT_TRY(primitive_desc(engine, dnnl_binary_ge, &source->desc, &scalar, posts, &desc));
    GRAFT_TRY(graft_dnn_op_build("comparison", desc, 1 + graft_dnn_post_source_count(posts), &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC_0, *source};
    graft_dnn_op_post_sources(op, 1, posts, 0);
    graft_status status = graft_dnn_op_constant(engine, op, DNNL_ARG_SRC_1, &scalar, &scalar, &threshold);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    *out = op;
    return GRAFT_OK;
}
