#include "dnn/dnn-internal.h"
#include <string.h>

static graft_status op_new(const char *what, int sources, graft_dnn_op **out) {
    graft_dnn_op *op = graft_allocate_zero(1, sizeof *op);
    if (op != NULL) op->sources = graft_allocate_zero((size_t)sources, sizeof *op->sources);
    if (op == NULL || op->sources == NULL) {
        graft_release(op);
        return graft_fail_memory(what);
    }
    op->what = what;
    op->source_count = sources;
    *out = op;
    return GRAFT_OK;
}

void graft_dnn_op_free(graft_dnn_op *op) {
    if (op == NULL) return;
    if (op->primitive != NULL) dnnl_primitive_destroy(op->primitive);
    for (int i = 0; i < op->constant_count; i++) {
        if (op->constants[i].memory != NULL) dnnl_memory_destroy(op->constants[i].memory);
        graft_release(op->constants[i].data);
    }
    graft_release(op->implementation);
    graft_release(op->self);
    graft_release(op->sources);
    graft_release(op);
}

graft_status graft_dnn_primitive_desc(graft_dnn_engine *engine, const void *operation, const graft_dnn_posts *posts,
                                      const char *what, dnnl_primitive_desc_t *out) {
    dnnl_primitive_attr_t attributes;
    GRAFT_TRY(graft_dnn_attributes(posts, &attributes));
    const dnnl_status_t status = dnnl_primitive_desc_create(out, operation, attributes, engine->handle, NULL);
    dnnl_primitive_attr_destroy(attributes);
    return graft_dnn_check(status, what);
}

static graft_status compile(graft_dnn_op *op, const_dnnl_primitive_desc_t desc) {
    const char *implementation = NULL;
    const dnnl_memory_desc_t *destination = dnnl_primitive_desc_query_md(desc, dnnl_query_dst_md, 0);
    const dnnl_memory_desc_t *scratch = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    if (destination == NULL || scratch == NULL)
        return graft_fail(GRAFT_E_INTERNAL, "oneDNN: %s: no destination or scratchpad descriptor", op->what);
    op->destination.desc = op->destination_arg = *destination;
    op->scratch = *scratch;
    op->scratch_bytes = dnnl_memory_desc_get_size(scratch);
    GRAFT_TRY(graft_dnn_check(dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &implementation), op->what));
    op->implementation = graft_text_copy(implementation);
    if (op->implementation == NULL) return graft_fail_memory(op->what);
    return graft_dnn_check(dnnl_primitive_create(&op->primitive, desc), op->what);
}

graft_status graft_dnn_op_build(const char *what, dnnl_primitive_desc_t desc, int sources, graft_dnn_op **out) {
    graft_dnn_op *op = NULL;
    graft_status status = op_new(what, sources, &op);
    if (status == GRAFT_OK) status = compile(op, desc);
    dnnl_primitive_desc_destroy(desc);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    *out = op;
    return GRAFT_OK;
}

graft_status graft_dnn_op_host(const char *what, graft_dnn_host host, void *self, int sources, size_t scratch_bytes,
                               graft_dnn_op **out) {
    graft_dnn_op *op;
    graft_status status = op_new(what, sources, &op);
    if (status != GRAFT_OK) {
        graft_release(self);
        return status;
    }
    op->host = host;
    op->self = self;
    op->scratch_bytes = scratch_bytes;
    op->implementation = graft_text_copy("graft");
    if (op->implementation == NULL) {
        graft_dnn_op_free(op);
        return graft_fail_memory(what);
    }
    *out = op;
    return GRAFT_OK;
}

graft_status graft_dnn_op_constant(graft_dnn_engine *engine, graft_dnn_op *op, int argument,
                                   const dnnl_memory_desc_t *desc, const dnnl_memory_desc_t *plain,
                                   const void *values) {
    if (op->constant_count == GRAFT_DNN_MAX_CONSTANTS)
        return graft_fail(GRAFT_E_INTERNAL, "oneDNN: %s: more than %d constants", op->what, GRAFT_DNN_MAX_CONSTANTS);
    graft_dnn_constant *constant = &op->constants[op->constant_count++];
    constant->argument = argument;
    constant->bytes = dnnl_memory_desc_get_size(desc);
    constant->data = graft_allocate_aligned(constant->bytes, 1);
    if (constant->data == NULL) return graft_fail_memory(op->what);

    dnnl_memory_t source = NULL;
    dnnl_primitive_desc_t reorder = NULL;
    dnnl_primitive_t primitive = NULL;
    graft_status status;
    /* oneDNN's handles are not const, yet a source is only read. */
    void *handle;
    memcpy(&handle, &values, sizeof handle);
    GRAFT_TRY_TO(
        done, status,
        graft_dnn_check(dnnl_memory_create(&constant->memory, desc, engine->handle, constant->data), op->what));
    GRAFT_TRY_TO(done, status, graft_dnn_check(dnnl_memory_create(&source, plain, engine->handle, handle), op->what));
    GRAFT_TRY_TO(
        done, status,
        graft_dnn_check(dnnl_reorder_primitive_desc_create(&reorder, plain, engine->handle, desc, engine->handle, NULL),
                        "packing of constants"));
    GRAFT_TRY_TO(done, status, graft_dnn_check(dnnl_primitive_create(&primitive, reorder), "packing of constants"));
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, constant->memory}};
    GRAFT_TRY_TO(
        done, status,
        graft_dnn_check(dnnl_primitive_execute(primitive, engine->packing, 2, arguments), "packing of constants"));
    status = graft_dnn_check(dnnl_stream_wait(engine->packing), "packing of constants");
done:
    if (primitive != NULL) dnnl_primitive_destroy(primitive);
    if (reorder != NULL) dnnl_primitive_desc_destroy(reorder);
    if (source != NULL) dnnl_memory_destroy(source);
    return status;
}

int graft_dnn_op_source_count(const graft_dnn_op *op) {
    return op->source_count;
}

const graft_dnn_layout *graft_dnn_op_source(const graft_dnn_op *op, int index) {
    return &op->sources[index].layout;
}

const graft_dnn_layout *graft_dnn_op_destination(const graft_dnn_op *op) {
    return &op->destination;
}

size_t graft_dnn_op_constant_bytes(const graft_dnn_op *op) {
    size_t bytes = 0;
    for (int i = 0; i < op->constant_count; i++)
        bytes += op->constants[i].bytes;
    return bytes;
}

size_t graft_dnn_op_scratch_bytes(const graft_dnn_op *op) {
    return op->scratch_bytes;
}

bool graft_dnn_implementation_is_direct(const char *implementation) {
    return strncmp(implementation, "jit", 3) == 0 || strncmp(implementation, "brg", 3) == 0 ||
           strncmp(implementation, "brdgmm", 6) == 0;
}

bool graft_dnn_op_is_direct(const graft_dnn_op *op) {
    return graft_dnn_implementation_is_direct(op->implementation);
}

const char *graft_dnn_op_implementation(const graft_dnn_op *op) {
    return op->implementation;
}
