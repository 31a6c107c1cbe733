/* Convolutions on 8-bit integers. oneDNN 2: destination = posts(output scale of the channel * (sum of products +
 * bias)), rounded and saturated where the destination holds integers. */
#include "dnn/dnn-internal.h"
#include <math.h>
#include <string.h>

#define LARGEST 127.0F

/* VNNI adds four products at once in 32 bits; older instructions add pairs in 16 and saturate. */
bool graft_dnn_has_int8(void) {
    const unsigned has = (unsigned)dnnl_get_effective_cpu_isa();
    const unsigned wide = (unsigned)dnnl_cpu_isa_avx512_core_vnni, narrow = (unsigned)dnnl_cpu_isa_avx2_vnni;
    return (has & wide) == wide || (has & narrow) == narrow;
}

void graft_dnn_int8_types(const graft_dnn_convolution *convolution, dnnl_memory_desc_t *source,
                          dnnl_memory_desc_t *weights, dnnl_memory_desc_t *plain_weights,
                          dnnl_memory_desc_t *destination) {
    source->data_type = convolution->source->desc.data_type;
    weights->data_type = plain_weights->data_type = dnnl_s8;
    destination->data_type = convolution->unit <= 0.0F ? dnnl_f32 : convolution->is_signed ? dnnl_s8 : dnnl_u8;
}

static int64_t weights_a_channel(const graft_dnn_convolution *convolution) {
    return convolution->source->desc.dims[1] / convolution->groups * convolution->kernel[0] * convolution->kernel[1];
}

/* What the integers of output channel `o`'s weights count in. */
static float weight_unit(const graft_dnn_convolution *convolution, int64_t o) {
    const int64_t count = weights_a_channel(convolution);
    const float *weights = convolution->weights + o * count;
    float largest = 0.0F;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(weights[i]));
    return largest > 0.0F ? largest / LARGEST : 1.0F;
}

/* f(x * unit) / unit = f'(x) for the functions that a rectifier is made of, with its bounds in the unit. */
static bool is_homogeneous(const graft_dnn_posts *posts) {
    bool all = true;
    for (int i = 0; i < posts->count; i++)
        if (posts->item[i].kind == GRAFT_DNN_POST_FUNCTION)
            all &= posts->item[i].function == GRAFT_DNN_RELU || posts->item[i].function == GRAFT_DNN_CLIP;
    return all;
}

/* `unit`: what the numbers that the posts see count in. */
static dnnl_status_t append(dnnl_post_ops_t list, const graft_dnn_post *post, float unit) {
    const bool clip = post->function == GRAFT_DNN_CLIP;
    if (post->kind == GRAFT_DNN_POST_SUM) {
        const float addend = post->layout->unit > 0.0F ? post->layout->unit : 1.0F;
        return dnnl_post_ops_append_sum_v2(list, addend / unit, post->layout->desc.data_type);
    }
    if (post->kind != GRAFT_DNN_POST_FUNCTION) return dnnl_unimplemented;
    return dnnl_post_ops_append_eltwise(list, 1.0F, graft_dnn_algorithm(post->function),
                                        clip ? fmaxf(post->alpha / unit, -1e30F) : post->alpha,
                                        clip ? post->beta / unit : post->beta);
}

static dnnl_status_t append_all(dnnl_post_ops_t list, const graft_dnn_convolution *convolution, float unit) {
    const float stored = convolution->unit > 0.0F ? convolution->unit : 1.0F;
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < convolution->posts.count && status == dnnl_success; i++)
        status = append(list, &convolution->posts.item[i], unit);
    if (status == dnnl_success && (unit < stored || unit > stored))
        status = dnnl_post_ops_append_eltwise(list, 1.0F, dnnl_eltwise_linear, unit / stored, 0.0F);
    return status;
}

static graft_status attributes_new(const graft_dnn_convolution *convolution, dnnl_primitive_attr_t *out) {
    const int64_t channels = convolution->destination.dim[1];
    const float unit = convolution->unit > 0.0F && is_homogeneous(&convolution->posts) ? convolution->unit : 1.0F;
    dnnl_post_ops_t list = NULL;
    graft_status status;
    *out = NULL;
    float *scales = graft_allocate((size_t)channels, sizeof *scales);
    if (scales == NULL) return graft_fail_memory("convolution");
    for (int64_t o = 0; o < channels; o++)
        scales[o] = convolution->source->unit * weight_unit(convolution, o) / unit;
    GRAFT_TRY_TO(done, status, graft_dnn_attributes(NULL, out));
    GRAFT_TRY_TO(done, status,
                 graft_dnn_check(dnnl_primitive_attr_set_output_scales(*out, channels, 1 << 1, scales), "scales"));
    GRAFT_TRY_TO(done, status, graft_dnn_check(dnnl_post_ops_create(&list), "post-ops"));
    GRAFT_TRY_TO(done, status, graft_dnn_check(append_all(list, convolution, unit), "post-ops"));
    status = graft_dnn_check(dnnl_primitive_attr_set_post_ops(*out, list), "post-ops");
done:
    if (list != NULL) dnnl_post_ops_destroy(list);
    if (status != GRAFT_OK && *out != NULL) dnnl_primitive_attr_destroy(*out);
    graft_release(scales);
    return status;
}

graft_status graft_dnn_int8_primitive_desc(graft_dnn_engine *engine, const graft_dnn_convolution *convolution,
                                           const dnnl_convolution_desc_t *desc, dnnl_primitive_desc_t *out) {
    dnnl_primitive_attr_t attributes;
    GRAFT_TRY(attributes_new(convolution, &attributes));
    const dnnl_status_t status = dnnl_primitive_desc_create(out, desc, attributes, engine->handle, NULL);
    dnnl_primitive_attr_destroy(attributes);
    return graft_dnn_check(status, "convolution of integers");
}

static void quantize(const graft_dnn_convolution *convolution, int8_t *weights, float *bias) {
    const int64_t count = weights_a_channel(convolution);
    for (int64_t o = 0; o < convolution->destination.dim[1]; o++) {
        const float unit = weight_unit(convolution, o);
        for (int64_t i = o * count; i < (o + 1) * count; i++)
            weights[i] = (int8_t)lrintf(fminf(fmaxf(convolution->weights[i] / unit, -LARGEST), LARGEST));
        if (convolution->bias != NULL) bias[o] = convolution->bias[o] / (unit * convolution->source->unit);
    }
}

graft_status graft_dnn_int8_constants(graft_dnn_engine *engine, graft_dnn_op *op,
                                      const graft_dnn_convolution *convolution, const dnnl_memory_desc_t *plain_weights,
                                      const dnnl_memory_desc_t *packed) {
    const int64_t channels = convolution->destination.dim[1];
    dnnl_memory_desc_t vector;
    graft_status status;
    int8_t *weights = graft_allocate((size_t)(channels * weights_a_channel(convolution)), 1);
    float *bias = graft_allocate((size_t)channels, sizeof *bias);
    if (weights == NULL || bias == NULL) GRAFT_TRY_TO(done, status, graft_fail_memory(op->what));
    quantize(convolution, weights, bias);
    GRAFT_TRY_TO(done, status, graft_dnn_op_constant(engine, op, DNNL_ARG_WEIGHTS, packed, plain_weights, weights));
    if (convolution->bias == NULL) goto done;
    GRAFT_TRY_TO(done, status, graft_dnn_desc(1, &channels, dnnl_a, &vector));
    status = graft_dnn_op_constant(engine, op, DNNL_ARG_BIAS, &vector, &vector, bias);
done:
    graft_release(weights);
    graft_release(bias);
    return status;
}
