#include "dnn/kernel-internal.h"
#include <string.h>

graft_status graft_dnn_describe(graft_dnn_engine *engine, const void *operation, const graft_dnn_posts *posts,
                                const_dnnl_primitive_desc_t hint, const char *what, dnnl_primitive_desc_t *out) {
    dnnl_primitive_attr_t attributes;
    GRAFT_TRY(graft_dnn_attributes(posts, &attributes));
    const dnnl_status_t status = dnnl_primitive_desc_create(out, operation, attributes, engine->handle, hint);
    dnnl_primitive_attr_destroy(attributes);
    return graft_dnn_check(status, what);
}

static graft_status fill(graft_dnn_kernel *kernel, const int *arguments) {
    const dnnl_memory_desc_t *scratch = dnnl_primitive_desc_query_md(kernel->desc, dnnl_query_scratchpad_md, 0);
    if (scratch == NULL) return graft_fail(GRAFT_E_INTERNAL, "oneDNN: %s: no scratchpad descriptor", kernel->what);
    kernel->scratch = *scratch;
    GRAFT_TRY(graft_dnn_check(
        dnnl_primitive_desc_query(kernel->desc, dnnl_query_impl_info_str, 0, &kernel->implementation), kernel->what));
    for (int i = 0; arguments[i] != 0; i++) {
        const dnnl_memory_desc_t *desc =
            dnnl_primitive_desc_query_md(kernel->desc, dnnl_query_exec_arg_md, arguments[i]);
        if (desc == NULL || desc->ndims == 0) continue;
        kernel->operands[kernel->count++] = (graft_dnn_operand){arguments[i], {*desc}, *desc};
    }
    return GRAFT_OK;
}

graft_status graft_dnn_kernel_new(const char *what, dnnl_primitive_desc_t desc, const int *arguments,
                                  graft_dnn_kernel **out) {
    graft_dnn_kernel *kernel = graft_allocate_zero(1, sizeof *kernel);
    if (kernel == NULL) {
        dnnl_primitive_desc_destroy(desc);
        return graft_fail_memory(what);
    }
    kernel->what = what;
    kernel->desc = desc;
    graft_status status = fill(kernel, arguments);
    if (status != GRAFT_OK) {
        graft_dnn_kernel_free(kernel);
        return status;
    }
    *out = kernel;
    return GRAFT_OK;
}

void graft_dnn_kernel_free(graft_dnn_kernel *kernel) {
    if (kernel == NULL) return;
    for (int i = 0; i < kernel->argument_count; i++)
        dnnl_memory_destroy(kernel->memories[i]);
    if (kernel->primitive != NULL) dnnl_primitive_destroy(kernel->primitive);
    if (kernel->desc != NULL) dnnl_primitive_desc_destroy(kernel->desc);
    graft_release(kernel);
}

int graft_dnn_kernel_operands(const graft_dnn_kernel *kernel) {
    return kernel->count;
}

const graft_dnn_layout *graft_dnn_kernel_layout(const graft_dnn_kernel *kernel, int index) {
    return &kernel->operands[index].layout;
}

size_t graft_dnn_kernel_scratch_bytes(const graft_dnn_kernel *kernel) {
    return dnnl_memory_desc_get_size(&kernel->scratch);
}

const char *graft_dnn_kernel_name(const graft_dnn_kernel *kernel) {
    return kernel->what;
}

const char *graft_dnn_kernel_implementation(const graft_dnn_kernel *kernel) {
    return kernel->implementation;
}

bool graft_dnn_kernel_is_direct(const graft_dnn_kernel *kernel) {
    return graft_dnn_implementation_is_direct(kernel->implementation);
}

static graft_status tie(graft_dnn_engine *engine, graft_dnn_kernel *kernel, int argument,
                        const dnnl_memory_desc_t *desc, void *memory) {
    dnnl_memory_t handle;
    GRAFT_TRY(graft_dnn_check(dnnl_memory_create(&handle, desc, engine->handle, memory), kernel->what));
    kernel->memories[kernel->argument_count] = handle;
    kernel->arguments[kernel->argument_count++] = (dnnl_exec_arg_t){argument, handle};
    return GRAFT_OK;
}

graft_status graft_dnn_kernel_bind(graft_dnn_engine *engine, graft_dnn_kernel *kernel, void *const *memory,
                                   void *scratch) {
    GRAFT_TRY(graft_dnn_check(dnnl_primitive_create(&kernel->primitive, kernel->desc), kernel->what));
    dnnl_primitive_desc_destroy(kernel->desc);
    kernel->desc = NULL;
    for (int i = 0; i < kernel->count; i++)
        GRAFT_TRY(tie(engine, kernel, kernel->operands[i].argument, &kernel->operands[i].desc, memory[i]));
    if (graft_dnn_kernel_scratch_bytes(kernel) == 0) return GRAFT_OK;
    return tie(engine, kernel, DNNL_ARG_SCRATCHPAD, &kernel->scratch, scratch);
}

graft_status graft_dnn_kernel_run(const graft_dnn_kernel *kernel, graft_dnn_stream *stream) {
    /* An in-order CPU stream finishes before execute returns. */
    return graft_dnn_check(
        dnnl_primitive_execute(kernel->primitive, stream->handle, kernel->argument_count, kernel->arguments),
        kernel->what);
}

bool graft_dnn_layout_equal(const graft_dnn_layout *a, const graft_dnn_layout *b) {
    return dnnl_memory_desc_equal(&a->desc, &b->desc) != 0;
}
