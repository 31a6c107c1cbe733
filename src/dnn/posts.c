#include "dnn/dnn-internal.h"

dnnl_alg_kind_t graft_dnn_algorithm(graft_dnn_function function) {
    switch (function) {
    case GRAFT_DNN_ABS:
        return dnnl_eltwise_abs;
    case GRAFT_DNN_CLIP:
        return dnnl_eltwise_clip;
    case GRAFT_DNN_ELU:
        return dnnl_eltwise_elu;
    case GRAFT_DNN_EXP:
        return dnnl_eltwise_exp;
    case GRAFT_DNN_GELU:
        return dnnl_eltwise_gelu_erf;
    case GRAFT_DNN_HARD_SWISH:
        return dnnl_eltwise_hardswish;
    case GRAFT_DNN_LINEAR:
        return dnnl_eltwise_linear;
    case GRAFT_DNN_LOGISTIC:
        return dnnl_eltwise_logistic;
    case GRAFT_DNN_RELU:
        return dnnl_eltwise_relu;
    case GRAFT_DNN_SOFTPLUS:
        return dnnl_eltwise_soft_relu;
    case GRAFT_DNN_SWISH:
        return dnnl_eltwise_swish;
    case GRAFT_DNN_TANH:
        return dnnl_eltwise_tanh;
    }
    return dnnl_alg_kind_undef;
}

static graft_status append(dnnl_post_ops_t list, const graft_dnn_post *post) {
    switch (post->kind) {
    case GRAFT_DNN_POST_FUNCTION:
        return graft_dnn_check(
            dnnl_post_ops_append_eltwise(list, 1.0F, graft_dnn_algorithm(post->function), post->alpha, post->beta),
            "elementwise post-op");
    case GRAFT_DNN_POST_SUM:
        return graft_dnn_check(dnnl_post_ops_append_sum(list, 1.0F), "sum post-op");
    case GRAFT_DNN_POST_ADD:
        return graft_dnn_check(dnnl_post_ops_append_binary(list, dnnl_binary_add, &post->layout->desc), "add post-op");
    }
    return graft_fail(GRAFT_E_INTERNAL, "oneDNN: post-op %d does not exist", (int)post->kind);
}

graft_status graft_dnn_attributes(const graft_dnn_posts *posts, dnnl_primitive_attr_t *out) {
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_post_ops_t list = NULL;
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_dnn_check(dnnl_primitive_attr_create(&attributes), "attributes"));
    GRAFT_TRY_TO(
        done, status,
        graft_dnn_check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "attributes"));
    if (posts != NULL && posts->count > 0) {
        GRAFT_TRY_TO(done, status, graft_dnn_check(dnnl_post_ops_create(&list), "post-ops"));
        for (int i = 0; i < posts->count; i++)
            GRAFT_TRY_TO(done, status, append(list, &posts->item[i]));
        GRAFT_TRY_TO(done, status, graft_dnn_check(dnnl_primitive_attr_set_post_ops(attributes, list), "post-ops"));
    }
    *out = attributes;
    attributes = NULL;
done:
    if (list != NULL) dnnl_post_ops_destroy(list);
    if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
    return status;
}

int graft_dnn_post_source_count(const graft_dnn_posts *posts) {
    int count = 0;
    for (int i = 0; i < posts->count; i++)
        count += posts->item[i].kind == GRAFT_DNN_POST_ADD;
    return count;
}

void graft_dnn_op_post_sources(graft_dnn_op *op, int index, const graft_dnn_posts *posts, int first_post) {
    for (int i = first_post; i < posts->count; i++)
        if (posts->item[i].kind == GRAFT_DNN_POST_ADD)
            op->sources[index++] = (graft_dnn_source){DNNL_ARG_ATTR_MULTIPLE_POST_OP(i - first_post) | DNNL_ARG_SRC_1,
                                                      *posts->item[i].layout};
}
