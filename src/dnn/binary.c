#include "dnn/dnn-internal.h"

static dnnl_alg_kind_t algorithm(graft_dnn_binary_kind kind) {
    switch (kind) {
    case GRAFT_DNN_ADD:
        return dnnl_binary_add;
    case GRAFT_DNN_MULTIPLY:
        return dnnl_binary_mul;
    case GRAFT_DNN_DIVIDE:
        return dnnl_binary_div;
    case GRAFT_DNN_AT_LEAST:
        return dnnl_binary_ge;
    }
    return dnnl_alg_kind_undef;
}

static graft_status primitive_desc(graft_dnn_engine *engine, graft_dnn_binary_kind kind, const graft_dnn_layout *a,
                                   const graft_dnn_layout *b, const graft_dnn_posts *posts,
                                   dnnl_primitive_desc_t *out) {
    dnnl_binary_desc_t desc;
    GRAFT_TRY(graft_dnn_check(dnnl_binary_desc_init(&desc, algorithm(kind), &a->desc, &b->desc, &a->desc), "binary"));
    return graft_dnn_primitive_desc(engine, &desc, posts, "binary", out);
}

graft_status graft_dnn_binary_new(graft_dnn_engine *engine, graft_dnn_binary_kind kind, const graft_dnn_layout *a,
                                  const graft_dnn_layout *b, const graft_dnn_posts *posts, graft_dnn_op **out) {
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(primitive_desc(engine, kind, a, b, posts, &desc));
    GRAFT_TRY(graft_dnn_op_build("binary", desc, 2 + graft_dnn_post_source_count(posts), &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC_0, *a};
    op->sources[1] = (graft_dnn_source){DNNL_ARG_SRC_1, *b};
    graft_dnn_op_post_sources(op, 2, posts, 0);
    *out = op;
    return GRAFT_OK;
}
