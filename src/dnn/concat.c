#include "dnn/dnn-internal.h"

static graft_status primitive_desc(graft_dnn_engine *engine, const graft_dnn_layout *const *sources, int count,
                                   int axis, dnnl_primitive_desc_t *out) {
    dnnl_primitive_attr_t attributes = NULL;
    graft_status status;
    dnnl_memory_desc_t *descs = graft_allocate((size_t)count, sizeof *descs);
    if (descs == NULL) return graft_fail_memory("concat");
    for (int i = 0; i < count; i++)
        descs[i] = sources[i]->desc;
    GRAFT_TRY_TO(done, status, graft_dnn_attributes(NULL, &attributes));
    status = graft_dnn_check(
        dnnl_concat_primitive_desc_create(out, NULL, count, axis, descs, attributes, engine->handle), "concat");
done:
    if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
    graft_release(descs);
    return status;
}

graft_status graft_dnn_concat_new(graft_dnn_engine *engine, const graft_dnn_layout *const *sources, int count, int axis,
                                  graft_dnn_op **out) {
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(primitive_desc(engine, sources, count, axis, &desc));
    GRAFT_TRY(graft_dnn_op_build("concat", desc, count, &op));
    for (int i = 0; i < count; i++)
        op->sources[i] = (graft_dnn_source){DNNL_ARG_MULTIPLE_SRC + i, *sources[i]};
    op->destination.unit = sources[0]->unit;
    *out = op;
    return GRAFT_OK;
}
