#include "dnn/dnn-internal.h"
#include <string.h>

static graft_status primitive_desc(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                   const graft_dnn_posts *posts, dnnl_primitive_desc_t *out) {
    const graft_dnn_post *first = &posts->item[0];
    graft_dnn_posts rest = {.count = posts->count - 1};
    memcpy(rest.item, posts->item + 1, (size_t)rest.count * sizeof *rest.item);
    dnnl_eltwise_desc_t desc;
    GRAFT_TRY(graft_dnn_check(dnnl_eltwise_forward_desc_init(&desc, dnnl_forward_inference,
                                                             graft_dnn_algorithm(first->function), &source->desc,
                                                             first->alpha, first->beta),
                              "elementwise"));
    return graft_dnn_primitive_desc(engine, &desc, &rest, "elementwise", out);
}

graft_status graft_dnn_elementwise_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                       const graft_dnn_posts *posts, graft_dnn_op **out) {
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(primitive_desc(engine, source, posts, &desc));
    GRAFT_TRY(graft_dnn_op_build("elementwise", desc, 1 + graft_dnn_post_source_count(posts), &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC, *source};
    graft_dnn_op_post_sources(op, 1, posts, 1);
    *out = op;
    return GRAFT_OK;
}
