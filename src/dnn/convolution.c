#include "dnn/dnn-internal.h"
#include <string.h>

typedef struct descriptors {
    dnnl_memory_desc_t source, weights, plain_weights, bias, destination;
} descriptors;

static int weight_dims(const graft_dnn_convolution *convolution, dnnl_dims_t dims) {
    const int64_t input = convolution->source->desc.dims[1], output = convolution->destination.dim[1];
    const int64_t groups = convolution->groups;
    const bool grouped = groups > 1;
    int count = 0;
    if (grouped) dims[count++] = groups;
    dims[count++] = output / groups;
    dims[count++] = input / groups;
    dims[count++] = convolution->kernel[0];
    dims[count++] = convolution->kernel[1];
    return count;
}

/* The layout an added operand imposes on the destination, or NULL. */
static const graft_dnn_layout *imposed(const graft_dnn_posts *posts) {
    for (int i = 0; i < posts->count; i++)
        if (posts->item[i].kind != GRAFT_DNN_POST_FUNCTION) return posts->item[i].layout;
    return NULL;
}

static bool is_int8(const graft_dnn_convolution *convolution) {
    return convolution->source->unit > 0.0F;
}

static bool has_bias(const graft_dnn_convolution *convolution) {
    return is_int8(convolution) ? graft_dnn_int8_has_bias(convolution) : convolution->bias != NULL;
}

static graft_status describe(const graft_dnn_convolution *convolution, descriptors *out) {
    const graft_dnn_shape source = graft_dnn_layout_shape(convolution->source);
    const graft_dnn_layout *destination = imposed(&convolution->posts);
    dnnl_dims_t dims;
    const int rank = weight_dims(convolution, dims);
    GRAFT_TRY(graft_dnn_desc(4, source.dim, dnnl_format_tag_any, &out->source));
    GRAFT_TRY(graft_dnn_desc(rank, dims, dnnl_format_tag_any, &out->weights));
    GRAFT_TRY(graft_dnn_desc(rank, dims, rank == 5 ? dnnl_goihw : dnnl_oihw, &out->plain_weights));
    GRAFT_TRY(graft_dnn_desc(1, &convolution->destination.dim[1], dnnl_a, &out->bias));
    if (destination == NULL || is_int8(convolution))
        GRAFT_TRY(graft_dnn_desc(4, convolution->destination.dim, dnnl_format_tag_any, &out->destination));
    else
        out->destination = destination->desc;
    if (is_int8(convolution))
        graft_dnn_int8_types(convolution, &out->source, &out->weights, &out->plain_weights, &out->destination);
    return GRAFT_OK;
}

/* Of oneDNN's Winograd kernels the one that computes a sample alike in every batch: F(4x4, 3x3). */
static graft_status find_winograd(graft_dnn_engine *engine, const dnnl_convolution_desc_t *desc,
                                  const graft_dnn_posts *posts, dnnl_primitive_desc_t *out) {
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_iterator_t kernels = NULL;
    GRAFT_TRY(graft_dnn_attributes(posts, &attributes));
    dnnl_status_t status = dnnl_primitive_desc_iterator_create(&kernels, desc, attributes, engine->handle, NULL);
    dnnl_primitive_attr_destroy(attributes);
    bool found = false;
    for (; status == dnnl_success && !found; status = found ? status : dnnl_primitive_desc_iterator_next(kernels)) {
        const char *implementation = "";
        *out = dnnl_primitive_desc_iterator_fetch(kernels);
        if (*out == NULL) break;
        found = dnnl_primitive_desc_query(*out, dnnl_query_impl_info_str, 0, &implementation) == dnnl_success &&
                strncmp(implementation, "jit_wino_4x3", 12) == 0;
        if (!found) dnnl_primitive_desc_destroy(*out);
    }
    if (kernels != NULL) dnnl_primitive_desc_iterator_destroy(kernels);
    return found ? GRAFT_OK : graft_fail(GRAFT_E_INTERNAL, "oneDNN: convolution: no Winograd kernel for this shape");
}

static graft_status primitive_desc(graft_dnn_engine *engine, const graft_dnn_convolution *convolution,
                                   const descriptors *shapes, dnnl_primitive_desc_t *out) {
    const bool winograd = convolution->algorithm == GRAFT_DNN_WINOGRAD;
    const dnnl_dims_t strides = {convolution->strides[0], convolution->strides[1]};
    const dnnl_dims_t dilates = {convolution->dilations[0] - 1, convolution->dilations[1] - 1};
    const dnnl_dims_t before = {convolution->padding[0], convolution->padding[2]};
    const dnnl_dims_t after = {convolution->padding[1], convolution->padding[3]};
    dnnl_convolution_desc_t desc;
    GRAFT_TRY(graft_dnn_check(dnnl_dilated_convolution_forward_desc_init(
                                  &desc, dnnl_forward_inference,
                                  winograd ? dnnl_convolution_winograd : dnnl_convolution_direct, &shapes->source,
                                  &shapes->weights, has_bias(convolution) ? &shapes->bias : NULL, &shapes->destination,
                                  strides, dilates, before, after),
                              "convolution"));
    if (is_int8(convolution)) return graft_dnn_int8_primitive_desc(engine, convolution, &desc, out);
    if (winograd) return find_winograd(engine, &desc, &convolution->posts, out);
    return graft_dnn_primitive_desc(engine, &desc, &convolution->posts, "convolution", out);
}

static bool is_direct(const_dnnl_primitive_desc_t desc) {
    const char *implementation = "";
    return dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &implementation) == dnnl_success &&
           graft_dnn_implementation_is_direct(implementation);
}

/* The source as it lies. Where channels are blocked or last the destination is to lie in the same way: left open,
 * oneDNN takes its reference loops for some of these. Row-major is for a network's first layer to leave. */
static graft_status keep_layout(const graft_dnn_convolution *convolution, descriptors *shapes) {
    const dnnl_blocking_desc_t *blocking = &convolution->source->desc.format_desc.blocking;
    shapes->source = convolution->source->desc;
    if (imposed(&convolution->posts) != NULL || (blocking->inner_nblks == 0 && blocking->strides[1] != 1))
        return GRAFT_OK;
    return graft_dnn_desc_like(&shapes->source, convolution->destination.dim, &shapes->destination);
}

/* oneDNN's choice, unless that would need a reorder of the source which a direct kernel can do without. */
static graft_status choose(graft_dnn_engine *engine, const graft_dnn_convolution *convolution, descriptors *shapes,
                           dnnl_primitive_desc_t *out) {
    GRAFT_TRY(primitive_desc(engine, convolution, shapes, out));
    const graft_dnn_layout chosen = {.desc = *dnnl_primitive_desc_query_md(*out, dnnl_query_src_md, 0)};
    if (is_int8(convolution) || graft_dnn_layout_same(&chosen, convolution->source)) return GRAFT_OK;
    dnnl_primitive_desc_t as_is = NULL;
    if (keep_layout(convolution, shapes) != GRAFT_OK ||
        primitive_desc(engine, convolution, shapes, &as_is) != GRAFT_OK) {
        graft_error_clear();
        return GRAFT_OK;
    }
    const bool keep = is_direct(as_is);
    dnnl_primitive_desc_destroy(keep ? *out : as_is);
    if (keep) *out = as_is;
    return GRAFT_OK;
}

static graft_status add_constants(graft_dnn_engine *engine, graft_dnn_op *op, const graft_dnn_convolution *convolution,
                                  const descriptors *shapes, const dnnl_memory_desc_t *packed) {
    if (is_int8(convolution)) return graft_dnn_int8_constants(engine, op, convolution, &shapes->plain_weights, packed);
    GRAFT_TRY(
        graft_dnn_op_constant(engine, op, DNNL_ARG_WEIGHTS, packed, &shapes->plain_weights, convolution->weights));
    if (convolution->bias == NULL) return GRAFT_OK;
    return graft_dnn_op_constant(engine, op, DNNL_ARG_BIAS, &shapes->bias, &shapes->bias, convolution->bias);
}

/* 1x1 over pictures of 1x1, which lie as the rows of a matrix. */
static bool is_rows(const graft_dnn_convolution *convolution) {
    const graft_dnn_shape source = graft_dnn_layout_shape(convolution->source), *out = &convolution->destination;
    graft_dnn_layout plain = {.unit = convolution->source->unit, .profile = convolution->source->profile};
    bool rows = source.dim[0] > 1 && convolution->groups == 1;
    for (int axis = 0; axis < 2; axis++)
        rows = rows && source.dim[2 + axis] == 1 && out->dim[2 + axis] == 1 && convolution->kernel[axis] == 1;
    for (int i = 0; i < convolution->posts.count; i++)
        rows = rows && convolution->posts.item[i].kind == GRAFT_DNN_POST_FUNCTION;
    if (!rows || graft_dnn_desc(4, source.dim, dnnl_nchw, &plain.desc) != GRAFT_OK) return false;
    plain.desc.data_type = convolution->source->desc.data_type;
    return graft_dnn_layout_same(&plain, convolution->source);
}

/* The samples as rows of one picture: oneDNN would otherwise read all the weights anew for each. *out NULL: no
 * kernel takes rows as they lie. */
static graft_status rows_new(graft_dnn_engine *engine, const graft_dnn_convolution *convolution, graft_dnn_op **out) {
    const graft_dnn_shape source = graft_dnn_layout_shape(convolution->source);
    const graft_dnn_shape picture = {{1, source.dim[1], source.dim[0], 1}};
    graft_dnn_convolution turned = *convolution;
    graft_dnn_layout lying = {.unit = convolution->source->unit,
                              .profile = convolution->source->profile,
                              .mean = convolution->source->mean},
                     result = {.unit = 0.0F}, matrix;
    turned.destination = (graft_dnn_shape){{1, convolution->destination.dim[1], source.dim[0], 1}};
    GRAFT_TRY(graft_dnn_desc(4, picture.dim, dnnl_nhwc, &lying.desc));
    GRAFT_TRY(graft_dnn_desc(4, turned.destination.dim, dnnl_nhwc, &result.desc));
    GRAFT_TRY(graft_dnn_desc(4, convolution->destination.dim, dnnl_nchw, &matrix.desc));
    lying.desc.data_type = convolution->source->desc.data_type;
    turned.source = &lying;
    GRAFT_TRY(graft_dnn_convolution_new(engine, &turned, out));
    graft_dnn_op *op = *out;
    result.desc.data_type = matrix.desc.data_type = op->destination.desc.data_type;
    result.unit = matrix.unit = op->destination.unit;
    result.profile = matrix.profile = op->destination.profile;
    if (!graft_dnn_layout_same(&op->sources[0].layout, &lying) || !graft_dnn_layout_same(&op->destination, &result) ||
        !graft_dnn_op_is_direct(op)) {
        graft_dnn_op_free(op);
        *out = NULL;
        return GRAFT_OK;
    }
    op->is_rows = true;
    op->rows = op->sources[0].layout.desc;
    op->sources[0].layout = *convolution->source;
    op->destination = matrix;
    return GRAFT_OK;
}

static graft_status by_rule(graft_dnn_engine *engine, const graft_dnn_convolution *convolution, graft_dnn_op **out) {
    graft_dnn_convolution settled = *convolution;
    settled.algorithm = GRAFT_DNN_WINOGRAD;
    if (graft_dnn_winograd_pays(convolution)) {
        const graft_status status = graft_dnn_convolution_new(engine, &settled, out);
        if (status != GRAFT_E_INTERNAL) return status;
        graft_error_clear(); /* no kernel for what is done to the result */
    }
    settled.algorithm = GRAFT_DNN_DIRECT;
    return graft_dnn_convolution_new(engine, &settled, out);
}

graft_status graft_dnn_convolution_new(graft_dnn_engine *engine, const graft_dnn_convolution *convolution,
                                       graft_dnn_op **out) {
    if (convolution->algorithm == GRAFT_DNN_BY_RULE && !is_int8(convolution)) return by_rule(engine, convolution, out);
    descriptors shapes;
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    if (is_rows(convolution)) {
        GRAFT_TRY(rows_new(engine, convolution, out));
        if (*out != NULL) return GRAFT_OK;
    }
    GRAFT_TRY(describe(convolution, &shapes));
    GRAFT_TRY(choose(engine, convolution, &shapes, &desc));
    const dnnl_memory_desc_t source = *dnnl_primitive_desc_query_md(desc, dnnl_query_src_md, 0);
    const dnnl_memory_desc_t packed = *dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    GRAFT_TRY(graft_dnn_op_build("convolution", desc, 1 + graft_dnn_post_source_count(&convolution->posts), &op));
    op->sources[0] =
        (graft_dnn_source){DNNL_ARG_SRC, {source, convolution->source->unit, convolution->source->profile}};
    if (is_int8(convolution)) {
        op->destination.unit = convolution->unit.unit;
        op->destination.profile = convolution->unit.profile;
    }
    graft_dnn_op_post_sources(op, 1, &convolution->posts, 0);
    graft_status status = add_constants(engine, op, convolution, &shapes, &packed);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    *out = op;
    return GRAFT_OK;
}
