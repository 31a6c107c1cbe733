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
    destination->data_type = graft_dnn_type_of(&convolution->unit);
}

bool graft_dnn_int8_has_bias(const graft_dnn_convolution *convolution) {
    return convolution->bias != NULL || convolution->source->mean != NULL;
}

static int64_t weights_a_channel(const graft_dnn_convolution *convolution) {
    return convolution->source->desc.dims[1] / convolution->groups * convolution->kernel[0] * convolution->kernel[1];
}

/* The input channel that weight `i` of output channel `o` meets. */
static int64_t input_of(const graft_dnn_convolution *convolution, int64_t o, int64_t i) {
    const int64_t inputs = convolution->source->desc.dims[1] / convolution->groups;
    const int64_t group = o / (convolution->destination.dim[1] / convolution->groups);
    return group * inputs + i / (convolution->kernel[0] * convolution->kernel[1]);
}

/* Weight `i` of output channel `o` as it meets the source's integers but for their common unit: what one counts in the
 * weight's input channel is part of it. */
static float weight(const graft_dnn_convolution *convolution, int64_t o, int64_t i) {
    const float *profile = convolution->source->profile;
    const float own = convolution->weights[o * weights_a_channel(convolution) + i];
    return profile == NULL ? own : own * profile[input_of(convolution, o, i)];
}

/* What the integers of output channel `o`'s weights count in. */
static float weight_unit(const graft_dnn_convolution *convolution, int64_t o) {
    float largest = 0.0F;
    for (int64_t i = 0; i < weights_a_channel(convolution); i++)
        largest = fmaxf(largest, fabsf(weight(convolution, o, i)));
    return largest > 0.0F ? largest / LARGEST : 1.0F;
}

static float destination_unit(const graft_dnn_convolution *convolution, int64_t o) {
    const float *profile = convolution->unit.profile;
    return profile == NULL ? convolution->unit.unit : convolution->unit.unit * profile[o];
}

/* f(x * unit) / unit = f'(x) for the functions that a rectifier is made of, with its bounds in the unit. */
static bool is_homogeneous(const graft_dnn_posts *posts) {
    bool all = true;
    for (int i = 0; i < posts->count; i++)
        if (posts->item[i].kind == GRAFT_DNN_POST_FUNCTION)
            all &= posts->item[i].function == GRAFT_DNN_RELU || posts->item[i].function == GRAFT_DNN_CLIP;
    return all;
}

/* The sum lands in the destination's unit before the posts; else in numbers as they are. */
static bool in_unit(const graft_dnn_convolution *convolution) {
    return convolution->unit.unit > 0.0F && is_homogeneous(&convolution->posts);
}

/* 0 and above, to a bound that 255 does not go beyond: saturation does it. */
static bool by_saturation(const graft_dnn_convolution *convolution, int place) {
    const graft_dnn_post *post = &convolution->posts.item[place];
    if (place != convolution->posts.count - 1 || post->kind != GRAFT_DNN_POST_FUNCTION || !in_unit(convolution) ||
        convolution->unit.is_signed)
        return false;
    bool all = post->alpha <= 0.0F && post->alpha >= 0.0F;
    for (int64_t o = 0; post->function == GRAFT_DNN_CLIP && all && o < convolution->destination.dim[1]; o++)
        all = 255.0F * destination_unit(convolution, o) <= post->beta * 1.00001F;
    return all;
}

static dnnl_status_t append(dnnl_post_ops_t list, const graft_dnn_convolution *convolution, int place) {
    const graft_dnn_post *post = &convolution->posts.item[place];
    const bool clip = post->kind == GRAFT_DNN_POST_FUNCTION && post->function == GRAFT_DNN_CLIP;
    const float unit = in_unit(convolution) ? convolution->unit.unit : 1.0F;
    if (by_saturation(convolution, place)) return dnnl_success;
    if (post->kind == GRAFT_DNN_POST_SUM) {
        const float addend = post->layout->unit > 0.0F ? post->layout->unit : 1.0F;
        return dnnl_post_ops_append_sum_v2(list, addend / unit, post->layout->desc.data_type);
    }
    if (post->kind != GRAFT_DNN_POST_FUNCTION || (clip && convolution->unit.profile != NULL)) return dnnl_unimplemented;
    return dnnl_post_ops_append_eltwise(list, 1.0F, graft_dnn_algorithm(post->function),
                                        clip ? fmaxf(post->alpha / unit, -1e30F) : post->alpha,
                                        clip ? post->beta / unit : post->beta);
}

static dnnl_status_t append_all(dnnl_post_ops_t list, const graft_dnn_convolution *convolution) {
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < convolution->posts.count && status == dnnl_success; i++)
        status = append(list, convolution, i);
    if (status != dnnl_success || convolution->unit.unit <= 0.0F || in_unit(convolution)) return status;
    if (convolution->unit.profile != NULL) return dnnl_unimplemented;
    return dnnl_post_ops_append_eltwise(list, 1.0F, dnnl_eltwise_linear, 1.0F / convolution->unit.unit, 0.0F);
}

static graft_status attributes_new(const graft_dnn_convolution *convolution, dnnl_primitive_attr_t *out) {
    const int64_t channels = convolution->destination.dim[1];
    dnnl_post_ops_t list = NULL;
    graft_status status;
    *out = NULL;
    float *scales = graft_allocate((size_t)channels, sizeof *scales);
    if (scales == NULL) return graft_fail_memory("convolution");
    for (int64_t o = 0; o < channels; o++)
        scales[o] = convolution->source->unit * weight_unit(convolution, o) /
                    (in_unit(convolution) ? destination_unit(convolution, o) : 1.0F);
    GRAFT_TRY_TO(done, status, graft_dnn_attributes(NULL, out));
    GRAFT_TRY_TO(done, status,
                 graft_dnn_check(dnnl_primitive_attr_set_output_scales(*out, channels, 1 << 1, scales), "scales"));
    GRAFT_TRY_TO(done, status, graft_dnn_check(dnnl_post_ops_create(&list), "post-ops"));
    GRAFT_TRY_TO(done, status, graft_dnn_check(append_all(list, convolution), "post-ops"));
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

/* The weights as integers, and the bias in their unit. What rounding a channel's weights shifts its sums by on average
 * is taken out of the bias again (Nagel et al. 2019, "Data-free quantization through weight equalization and bias
 * correction"). */
static void quantize(const graft_dnn_convolution *convolution, int8_t *weights, float *bias) {
    const int64_t count = weights_a_channel(convolution);
    const graft_dnn_layout *source = convolution->source;
    for (int64_t o = 0; o < convolution->destination.dim[1]; o++) {
        const float unit = weight_unit(convolution, o);
        double shift = convolution->bias == NULL ? 0.0 : (double)convolution->bias[o] / ((double)unit * source->unit);
        for (int64_t i = 0; i < count; i++) {
            const float exact = weight(convolution, o, i) / unit;
            const int64_t c = input_of(convolution, o, i);
            weights[o * count + i] = (int8_t)lrintf(fminf(fmaxf(exact, -LARGEST), LARGEST));
            if (source->mean != NULL)
                shift +=
                    (double)(exact - (float)weights[o * count + i]) * source->mean[c] / graft_dnn_unit_of(source, c);
        }
        bias[o] = (float)shift;
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
    if (!graft_dnn_int8_has_bias(convolution)) goto done;
    GRAFT_TRY_TO(done, status, graft_dnn_desc(1, &channels, dnnl_a, &vector));
    status = graft_dnn_op_constant(engine, op, DNNL_ARG_BIAS, &vector, &vector, bias);
done:
    graft_release(weights);
    graft_release(bias);
    return status;
}
