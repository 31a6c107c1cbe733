/* Convolution, transposed convolution and dense kernels: forward, backward by the source, backward by the weights. */
#include "dnn/kernel-internal.h"

typedef struct descriptors {
    dnnl_memory_desc_t source, weights, bias, destination;
} descriptors;

typedef struct window {
    dnnl_dims_t strides, dilates, before, after;
} window;

static window window_of(const graft_dnn_linear *linear) {
    return (window){{linear->strides[0], linear->strides[1]},
                    {linear->dilations[0] - 1, linear->dilations[1] - 1},
                    {linear->padding[0], linear->padding[2]},
                    {linear->padding[1], linear->padding[3]}};
}

static const char *name_of(const graft_dnn_linear *linear) {
    static const char *const names[] = {"convolution", "transposed convolution", "dense"};
    return names[linear->kind];
}

static graft_status weights_desc(const graft_dnn_linear *linear, bool canonical, dnnl_memory_desc_t *out) {
    const int64_t input = linear->source->desc.dims[1], output = linear->destination.dim[1], groups = linear->groups;
    const int64_t dims[5] = {groups, output / groups, input / groups, linear->kernel[0], linear->kernel[1]};
    const dnnl_format_tag_t any = dnnl_format_tag_any;
    if (linear->kind == GRAFT_DNN_DENSE) return graft_dnn_desc(2, dims + 1, canonical ? dnnl_ab : any, out);
    if (groups == 1) return graft_dnn_desc(4, dims + 1, canonical ? dnnl_oihw : any, out);
    return graft_dnn_desc(5, dims, canonical ? dnnl_goihw : any, out);
}

static graft_status describe(const graft_dnn_linear *linear, descriptors *out) {
    const graft_dnn_shape source = graft_dnn_layout_shape(linear->source);
    const bool dense = linear->kind == GRAFT_DNN_DENSE;
    const dnnl_format_tag_t tag = dense ? dnnl_ab : dnnl_format_tag_any;
    const int rank = dense ? 2 : 4;
    GRAFT_TRY(graft_dnn_desc(rank, source.dim, tag, &out->source));
    GRAFT_TRY(graft_dnn_desc(rank, linear->destination.dim, tag, &out->destination));
    GRAFT_TRY(graft_dnn_desc(1, &linear->destination.dim[1], dnnl_a, &out->bias));
    return weights_desc(linear, linear->canonical, &out->weights);
}

static graft_status describe_forward(graft_dnn_engine *engine, const graft_dnn_linear *linear, const descriptors *d,
                                     dnnl_primitive_desc_t *out) {
    const window w = window_of(linear);
    const dnnl_memory_desc_t *bias = linear->bias ? &d->bias : NULL;
    const dnnl_prop_kind_t kind = dnnl_forward_training;
    union {
        dnnl_convolution_desc_t convolution;
        dnnl_deconvolution_desc_t transposed;
        dnnl_inner_product_desc_t dense;
    } desc;
    dnnl_status_t status;
    if (linear->kind == GRAFT_DNN_DENSE)
        status =
            dnnl_inner_product_forward_desc_init(&desc.dense, kind, &d->source, &d->weights, bias, &d->destination);
    else if (linear->kind == GRAFT_DNN_TRANSPOSED)
        status = dnnl_dilated_deconvolution_forward_desc_init(&desc.transposed, kind, dnnl_deconvolution_direct,
                                                              &d->source, &d->weights, bias, &d->destination, w.strides,
                                                              w.dilates, w.before, w.after);
    else
        status = dnnl_dilated_convolution_forward_desc_init(&desc.convolution, kind, dnnl_convolution_direct,
                                                            &d->source, &d->weights, bias, &d->destination, w.strides,
                                                            w.dilates, w.before, w.after);
    GRAFT_TRY(graft_dnn_check(status, name_of(linear)));
    return graft_dnn_describe(engine, &desc, &linear->posts, NULL, name_of(linear), out);
}

static graft_status describe_backward_data(graft_dnn_engine *engine, const graft_dnn_linear *linear,
                                           const descriptors *d, const_dnnl_primitive_desc_t hint,
                                           dnnl_primitive_desc_t *out) {
    const window w = window_of(linear);
    union {
        dnnl_convolution_desc_t convolution;
        dnnl_deconvolution_desc_t transposed;
        dnnl_inner_product_desc_t dense;
    } desc;
    dnnl_status_t status;
    if (linear->kind == GRAFT_DNN_DENSE)
        status = dnnl_inner_product_backward_data_desc_init(&desc.dense, &d->source, &d->weights, &d->destination);
    else if (linear->kind == GRAFT_DNN_TRANSPOSED)
        status = dnnl_dilated_deconvolution_backward_data_desc_init(&desc.transposed, dnnl_deconvolution_direct,
                                                                    &d->source, &d->weights, &d->destination, w.strides,
                                                                    w.dilates, w.before, w.after);
    else
        status = dnnl_dilated_convolution_backward_data_desc_init(&desc.convolution, dnnl_convolution_direct,
                                                                  &d->source, &d->weights, &d->destination, w.strides,
                                                                  w.dilates, w.before, w.after);
    GRAFT_TRY(graft_dnn_check(status, name_of(linear)));
    return graft_dnn_describe(engine, &desc, NULL, hint, name_of(linear), out);
}

static graft_status describe_backward_weights(graft_dnn_engine *engine, const graft_dnn_linear *linear,
                                              const descriptors *d, const_dnnl_primitive_desc_t hint,
                                              dnnl_primitive_desc_t *out) {
    const window w = window_of(linear);
    const dnnl_memory_desc_t *bias = linear->bias ? &d->bias : NULL;
    union {
        dnnl_convolution_desc_t convolution;
        dnnl_deconvolution_desc_t transposed;
        dnnl_inner_product_desc_t dense;
    } desc;
    dnnl_status_t status;
    if (linear->kind == GRAFT_DNN_DENSE)
        status =
            dnnl_inner_product_backward_weights_desc_init(&desc.dense, &d->source, &d->weights, bias, &d->destination);
    else if (linear->kind == GRAFT_DNN_TRANSPOSED)
        status = dnnl_dilated_deconvolution_backward_weights_desc_init(&desc.transposed, dnnl_deconvolution_direct,
                                                                       &d->source, &d->weights, bias, &d->destination,
                                                                       w.strides, w.dilates, w.before, w.after);
    else
        status = dnnl_dilated_convolution_backward_weights_desc_init(&desc.convolution, dnnl_convolution_direct,
                                                                     &d->source, &d->weights, bias, &d->destination,
                                                                     w.strides, w.dilates, w.before, w.after);
    GRAFT_TRY(graft_dnn_check(status, name_of(linear)));
    return graft_dnn_describe(engine, &desc, NULL, hint, name_of(linear), out);
}

static bool is_direct(const_dnnl_primitive_desc_t desc) {
    const char *implementation = "";
    return dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &implementation) == dnnl_success &&
           graft_dnn_implementation_is_direct(implementation);
}

/* Of two descriptors the one that keeps values as they lie, unless only the other is compiled for its shape. `as_is`
 * may be NULL. */
static dnnl_primitive_desc_t prefer(dnnl_primitive_desc_t as_is, dnnl_primitive_desc_t free_choice) {
    if (as_is == NULL) return free_choice;
    if (free_choice == NULL) return as_is;
    const bool keep = is_direct(as_is) || !is_direct(free_choice);
    dnnl_primitive_desc_destroy(keep ? free_choice : as_is);
    return keep ? as_is : free_choice;
}

/* Values of a dense kernel are plain vectors to the outside. */
static graft_status finish(const graft_dnn_linear *linear, graft_dnn_kernel *kernel, int source, int destination) {
    if (linear->kind != GRAFT_DNN_DENSE) return GRAFT_OK;
    GRAFT_TRY(graft_dnn_desc(4, linear->source->desc.dims, dnnl_nchw, &kernel->operands[source].layout.desc));
    return graft_dnn_desc(4, linear->destination.dim, dnnl_nchw, &kernel->operands[destination].layout.desc);
}

static graft_status make(const graft_dnn_linear *linear, dnnl_primitive_desc_t desc, const int *arguments, int source,
                         int destination, graft_dnn_kernel **out) {
    GRAFT_TRY(graft_dnn_kernel_new(name_of(linear), desc, arguments, out));
    graft_status status = finish(linear, *out, source, destination);
    if (status != GRAFT_OK) graft_dnn_kernel_free(*out);
    return status;
}

/* Row-major is for a network's first layer to leave; elsewhere the destination lies as the source does. */
static graft_status keep_source(const graft_dnn_linear *linear, descriptors *d) {
    const dnnl_blocking_desc_t *blocking = &linear->source->desc.format_desc.blocking;
    d->source = linear->source->desc;
    if (blocking->inner_nblks == 0 && blocking->strides[1] != 1) return GRAFT_OK;
    return graft_dnn_desc_like(&d->source, linear->destination.dim, &d->destination);
}

graft_status graft_dnn_linear_forward_new(graft_dnn_engine *engine, const graft_dnn_linear *linear,
                                          graft_dnn_kernel **out) {
    static const int with_bias[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS, 0};
    static const int without[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, 0};
    descriptors d;
    dnnl_primitive_desc_t desc, as_is = NULL;
    GRAFT_TRY(describe(linear, &d));
    GRAFT_TRY(describe_forward(engine, linear, &d, &desc));
    if (linear->kind != GRAFT_DNN_DENSE) {
        const graft_dnn_layout chosen = {*dnnl_primitive_desc_query_md(desc, dnnl_query_src_md, 0)};
        if (!graft_dnn_layout_same(&chosen, linear->source) &&
            (keep_source(linear, &d) != GRAFT_OK || describe_forward(engine, linear, &d, &as_is) != GRAFT_OK))
            graft_error_clear();
    }
    return make(linear, prefer(as_is, desc), linear->bias ? with_bias : without, 0, 2, out);
}

typedef graft_status (*describe_fn)(graft_dnn_engine *engine, const graft_dnn_linear *linear, const descriptors *d,
                                    const_dnnl_primitive_desc_t hint, dnnl_primitive_desc_t *out);

/* Backward with values as forward left them, or as oneDNN likes them best. */
static graft_status choose_backward(graft_dnn_engine *engine, const graft_dnn_linear *linear,
                                    const graft_dnn_layout *destination, describe_fn backward,
                                    dnnl_primitive_desc_t *out) {
    graft_dnn_linear plain = *linear;
    descriptors d, fixed;
    dnnl_primitive_desc_t hint = NULL, as_is = NULL, free_choice = NULL;
    graft_status status = GRAFT_OK;
    plain.posts.count = 0;
    GRAFT_TRY(describe(linear, &d));
    fixed = d;
    if (linear->kind != GRAFT_DNN_DENSE) {
        fixed.source = linear->source->desc;
        fixed.destination = destination->desc;
    }
    GRAFT_TRY(describe_forward(engine, &plain, &d, &hint));
    if (backward(engine, &plain, &fixed, hint, &as_is) != GRAFT_OK) as_is = NULL;
    if (as_is == NULL || !is_direct(as_is)) status = backward(engine, &plain, &d, hint, &free_choice);
    if (status != GRAFT_OK) free_choice = NULL;
    dnnl_primitive_desc_destroy(hint);
    if (as_is == NULL && free_choice == NULL) return status;
    graft_error_clear();
    *out = prefer(as_is, free_choice);
    return GRAFT_OK;
}

graft_status graft_dnn_linear_backward_data_new(graft_dnn_engine *engine, const graft_dnn_linear *linear,
                                                const graft_dnn_layout *destination, graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC, 0};
    dnnl_primitive_desc_t desc = NULL;
    GRAFT_TRY(choose_backward(engine, linear, destination, describe_backward_data, &desc));
    return make(linear, desc, arguments, 2, 0, out);
}

graft_status graft_dnn_linear_backward_weights_new(graft_dnn_engine *engine, const graft_dnn_linear *linear,
                                                   const graft_dnn_layout *destination, graft_dnn_kernel **out) {
    static const int with_bias[] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS, 0};
    static const int without[] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS, 0};
    dnnl_primitive_desc_t desc = NULL;
    GRAFT_TRY(choose_backward(engine, linear, destination, describe_backward_weights, &desc));
    return make(linear, desc, linear->bias ? with_bias : without, 0, 1, out);
}

graft_status graft_dnn_dense_add_gradients(int64_t samples, int64_t inputs, int64_t outputs, const float *source,
                                           const float *gradient, float *weights, float *bias) {
    for (int64_t n = 0; bias != NULL && n < samples; n++)
        for (int64_t o = 0; o < outputs; o++)
            bias[o] += gradient[n * outputs + o];
    return graft_dnn_check(
        dnnl_sgemm('T', 'N', outputs, inputs, samples, 1.0F, gradient, outputs, source, inputs, 1.0F, weights, inputs),
        "dense");
}

graft_status graft_dnn_linear_weights(const graft_dnn_linear *linear, graft_dnn_layout **out) {
    graft_dnn_layout *layout = graft_allocate_zero(1, sizeof *layout);
    if (layout == NULL) return graft_fail_memory("a memory layout");
    graft_status status = weights_desc(linear, true, &layout->desc);
    if (status != GRAFT_OK) {
        graft_dnn_layout_free(layout);
        return status;
    }
    *out = layout;
    return GRAFT_OK;
}
