#include "dnn/dnn-internal.h"
#include <string.h>

/* What the numbers of `source` are multiplied by, one a channel where the channels differ. */
static graft_status set_scales(const graft_dnn_layout *source, const graft_dnn_layout *whole,
                               dnnl_primitive_attr_t attributes) {
    const bool by_channel = source->profile != NULL || whole->profile != NULL;
    const int64_t count = by_channel ? source->desc.dims[1] : 1;
    bool any = false;
    float *scales = graft_allocate((size_t)count, sizeof *scales);
    if (scales == NULL) return graft_fail_memory("scales");
    for (int64_t c = 0; c < count; c++) {
        scales[c] = graft_dnn_unit_of(source, c) / graft_dnn_unit_of(whole, c);
        any |= scales[c] < 1.0F || scales[c] > 1.0F;
    }
    dnnl_status_t status = dnnl_success;
    if (any) status = dnnl_primitive_attr_set_output_scales(attributes, count, by_channel ? 1 << 1 : 0, scales);
    graft_release(scales);
    return graft_dnn_check(status, "scales");
}

/* A copy of `source` into `part`, which is the whole of, or a part within, a buffer laid out as `whole`. */
static graft_status copy_new(graft_dnn_engine *engine, const char *what, const graft_dnn_layout *source,
                             const dnnl_memory_desc_t *part, const graft_dnn_layout *whole, graft_dnn_op **out) {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_attr_t attributes;
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_attributes(NULL, &attributes));
    graft_status status = set_scales(source, whole, attributes);
    if (status == GRAFT_OK)
        status = graft_dnn_check(
            dnnl_reorder_primitive_desc_create(&desc, &source->desc, engine->handle, part, engine->handle, attributes),
            what);
    dnnl_primitive_attr_destroy(attributes);
    GRAFT_TRY(status);
    GRAFT_TRY(graft_dnn_op_build(what, desc, 1, &op));
    op->sources[0].argument = DNNL_ARG_FROM;
    op->sources[0].layout = *source;
    op->destination = *whole;
    *out = op;
    return GRAFT_OK;
}

graft_status graft_dnn_reorder_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                   const graft_dnn_layout *destination, graft_dnn_op **out) {
    return copy_new(engine, "reorder", source, &destination->desc, destination, out);
}

graft_status graft_dnn_flatten_channels_last_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                 graft_dnn_op **out) {
    const graft_dnn_shape shape = graft_dnn_layout_shape(source);
    const graft_dnn_shape flat = {{shape.dim[0], shape.dim[1] * shape.dim[2] * shape.dim[3], 1, 1}};
    graft_dnn_layout whole = {.unit = 0.0F};
    dnnl_memory_desc_t channels_last;
    GRAFT_TRY(graft_dnn_desc(4, flat.dim, dnnl_nchw, &whole.desc));
    GRAFT_TRY(graft_dnn_desc(4, shape.dim, dnnl_nhwc, &channels_last));
    return copy_new(engine, "flatten", source, &channels_last, &whole, out);
}

graft_status graft_dnn_pad_new(graft_dnn_engine *engine, const graft_dnn_layout *source, const int64_t padding[4],
                               graft_dnn_op **out) {
    const int64_t *dims = source->desc.dims;
    const int64_t grown[4] = {dims[0], dims[1], dims[2] + padding[0] + padding[1], dims[3] + padding[2] + padding[3]};
    const dnnl_dims_t corner = {0, 0, padding[0], padding[2]};
    graft_dnn_layout whole = {.unit = source->unit, .profile = source->profile};
    dnnl_memory_desc_t inside;
    GRAFT_TRY(graft_dnn_desc_like(&source->desc, grown, &whole.desc));
    GRAFT_TRY(
        graft_dnn_check(dnnl_memory_desc_init_submemory(&inside, &whole.desc, source->desc.dims, corner), "padding"));
    GRAFT_TRY(copy_new(engine, "padding", source, &inside, &whole, out));
    (*out)->clear_destination = true;
    return GRAFT_OK;
}
