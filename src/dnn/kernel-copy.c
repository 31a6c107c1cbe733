/* Copies: another layout, a part of a whole. */
#include "dnn/kernel-internal.h"

static graft_status attributes_of(bool add, dnnl_primitive_attr_t *out) {
    graft_dnn_posts posts = {.count = 0};
    if (add) posts.item[posts.count++] = (graft_dnn_post){.kind = GRAFT_DNN_POST_SUM};
    return graft_dnn_attributes(&posts, out);
}

static graft_status copy_new(graft_dnn_engine *engine, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                             bool add, graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_FROM, DNNL_ARG_TO, 0};
    dnnl_primitive_desc_t desc;
    dnnl_primitive_attr_t attributes;
    GRAFT_TRY(attributes_of(add, &attributes));
    const dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&desc, from, engine->handle, to, engine->handle, attributes);
    dnnl_primitive_attr_destroy(attributes);
    GRAFT_TRY(graft_dnn_check(status, "copy"));
    return graft_dnn_kernel_new("copy", desc, arguments, out);
}

graft_status graft_dnn_copy_new(graft_dnn_engine *engine, const graft_dnn_layout *from, const graft_dnn_layout *to,
                                bool add, graft_dnn_kernel **out) {
    return copy_new(engine, &from->desc, &to->desc, add, out);
}

static graft_status inside(const graft_dnn_layout *whole, const graft_dnn_layout *part, const int64_t corner[4],
                           dnnl_memory_desc_t *out) {
    const dnnl_dims_t from = {corner[0], corner[1], corner[2], corner[3]};
    return graft_dnn_check(dnnl_memory_desc_init_submemory(out, &whole->desc, part->desc.dims, from), "part");
}

graft_status graft_dnn_put_new(graft_dnn_engine *engine, const graft_dnn_layout *part, const graft_dnn_layout *whole,
                               const int64_t corner[4], graft_dnn_kernel **out) {
    dnnl_memory_desc_t place;
    GRAFT_TRY(inside(whole, part, corner, &place));
    GRAFT_TRY(copy_new(engine, &part->desc, &place, false, out));
    (*out)->operands[1].layout = *whole;
    return GRAFT_OK;
}

graft_status graft_dnn_take_new(graft_dnn_engine *engine, const graft_dnn_layout *whole, const graft_dnn_layout *part,
                                const int64_t corner[4], graft_dnn_kernel **out) {
    dnnl_memory_desc_t place;
    GRAFT_TRY(inside(whole, part, corner, &place));
    GRAFT_TRY(copy_new(engine, &place, &part->desc, false, out));
    (*out)->operands[0].layout = *whole;
    return GRAFT_OK;
}

bool graft_dnn_layout_splits_at(const graft_dnn_layout *layout, int64_t channel) {
    const dnnl_blocking_desc_t *blocking = &layout->desc.format_desc.blocking;
    return blocking->inner_nblks == 0 || channel % blocking->inner_blks[0] == 0;
}
