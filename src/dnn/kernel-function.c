/* Functions of each number by itself, sums and products, softmax. */
#include "dnn/kernel-internal.h"
#include <string.h>

graft_status graft_dnn_function_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                            const graft_dnn_posts *posts, graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST, 0};
    const graft_dnn_post *first = &posts->item[0];
    graft_dnn_posts rest = {.count = posts->count - 1};
    memcpy(rest.item, posts->item + 1, (size_t)rest.count * sizeof *rest.item);
    dnnl_eltwise_desc_t desc;
    dnnl_primitive_desc_t made;
    GRAFT_TRY(graft_dnn_check(dnnl_eltwise_forward_desc_init(&desc, dnnl_forward_inference,
                                                             graft_dnn_algorithm(first->function), &source->desc,
                                                             first->alpha, first->beta),
                              "elementwise"));
    GRAFT_TRY(graft_dnn_describe(engine, &desc, &rest, NULL, "elementwise", &made));
    return graft_dnn_kernel_new("elementwise", made, arguments, out);
}

/* The algorithm that tells the derivative from the result; undef: there is none. */
static dnnl_alg_kind_t by_result(graft_dnn_function function, double alpha) {
    switch (function) {
    case GRAFT_DNN_RELU:
        return alpha >= 0.0 ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_alg_kind_undef;
    case GRAFT_DNN_ELU:
        return alpha >= 0.0 ? dnnl_eltwise_elu_use_dst_for_bwd : dnnl_alg_kind_undef;
    case GRAFT_DNN_CLIP:
        return dnnl_eltwise_clip_v2_use_dst_for_bwd;
    case GRAFT_DNN_LOGISTIC:
        return dnnl_eltwise_logistic_use_dst_for_bwd;
    case GRAFT_DNN_TANH:
        return dnnl_eltwise_tanh_use_dst_for_bwd;
    case GRAFT_DNN_EXP:
        return dnnl_eltwise_exp_use_dst_for_bwd;
    default:
        return dnnl_alg_kind_undef;
    }
}

bool graft_dnn_function_by_result(graft_dnn_function function, double alpha) {
    return by_result(function, alpha) != dnnl_alg_kind_undef;
}

graft_status graft_dnn_function_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                             const graft_dnn_post *function, graft_dnn_kernel **out) {
    static const int from_source[] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, 0};
    static const int from_result[] = {DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, 0};
    dnnl_alg_kind_t algorithm = by_result(function->function, function->alpha);
    const bool result = algorithm != dnnl_alg_kind_undef;
    if (!result) algorithm = graft_dnn_algorithm(function->function);
    dnnl_eltwise_desc_t desc;
    dnnl_primitive_desc_t hint, backward = NULL;
    GRAFT_TRY(graft_dnn_check(dnnl_eltwise_forward_desc_init(&desc, dnnl_forward_training, algorithm, &source->desc,
                                                             function->alpha, function->beta),
                              "elementwise"));
    GRAFT_TRY(graft_dnn_describe(engine, &desc, NULL, NULL, "elementwise", &hint));
    graft_status status =
        graft_dnn_check(dnnl_eltwise_backward_desc_init(&desc, algorithm, &source->desc, &source->desc, function->alpha,
                                                        function->beta),
                        "elementwise");
    if (status == GRAFT_OK) status = graft_dnn_describe(engine, &desc, NULL, hint, "elementwise", &backward);
    dnnl_primitive_desc_destroy(hint);
    if (status != GRAFT_OK) return status;
    return graft_dnn_kernel_new("elementwise", backward, result ? from_result : from_source, out);
}

graft_status graft_dnn_arithmetic_new(graft_dnn_engine *engine, graft_dnn_binary_kind kind, const graft_dnn_layout *a,
                                      const graft_dnn_layout *b, graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST, 0};
    dnnl_memory_desc_t a_desc, b_desc;
    dnnl_primitive_desc_t desc;
    dnnl_binary_desc_t binary;
    GRAFT_TRY(graft_dnn_binary_operands(a, b, &a_desc, &b_desc));
    GRAFT_TRY(graft_dnn_check(
        dnnl_binary_desc_init(&binary, graft_dnn_binary_algorithm(kind), &a_desc, &b_desc, &a_desc), "binary"));
    GRAFT_TRY(graft_dnn_describe(engine, &binary, NULL, NULL, "binary", &desc));
    GRAFT_TRY(graft_dnn_kernel_new("binary", desc, arguments, out));
    (*out)->operands[0].layout = (*out)->operands[2].layout = *a;
    (*out)->operands[1].layout = *b;
    return GRAFT_OK;
}

static graft_status describe_softmax(graft_dnn_engine *engine, const graft_dnn_layout *source, int axis,
                                     dnnl_primitive_desc_t *out) {
    dnnl_softmax_v2_desc_t desc;
    GRAFT_TRY(graft_dnn_check(dnnl_softmax_v2_forward_desc_init(&desc, dnnl_forward_training, dnnl_softmax_accurate,
                                                                &source->desc, &source->desc, axis),
                              "softmax"));
    return graft_dnn_describe(engine, &desc, NULL, NULL, "softmax", out);
}

graft_status graft_dnn_softmax_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source, int axis,
                                           graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST, 0};
    dnnl_primitive_desc_t desc;
    GRAFT_TRY(describe_softmax(engine, source, axis, &desc));
    return graft_dnn_kernel_new("softmax", desc, arguments, out);
}

graft_status graft_dnn_softmax_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source, int axis,
                                            graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, 0};
    dnnl_softmax_v2_desc_t desc;
    dnnl_primitive_desc_t hint, backward = NULL;
    GRAFT_TRY(describe_softmax(engine, source, axis, &hint));
    graft_status status =
        graft_dnn_check(dnnl_softmax_v2_backward_desc_init(&desc, dnnl_softmax_accurate, &source->desc, &source->desc,
                                                           &source->desc, axis),
                        "softmax");
    if (status == GRAFT_OK) status = graft_dnn_describe(engine, &desc, NULL, hint, "softmax", &backward);
    dnnl_primitive_desc_destroy(hint);
    if (status != GRAFT_OK) return status;
    return graft_dnn_kernel_new("softmax", backward, arguments, out);
}
