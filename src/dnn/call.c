#include "dnn/dnn-internal.h"
#include <string.h>

struct graft_dnn_call {
    const graft_dnn_op *op;
    void *clear; /* set to zero before the op runs; NULL: nothing */
    size_t clear_bytes;
    dnnl_memory_t *memories; /* owned, aligned with the first arguments */
    int memory_count;
    dnnl_exec_arg_t *arguments;
    int argument_count;
    void **buffers; /* of a host op: sources, destination, scratch */
};

static graft_status add(graft_dnn_engine *engine, graft_dnn_call *call, int argument, const dnnl_memory_desc_t *desc,
                        void *buffer) {
    dnnl_memory_t memory;
    GRAFT_TRY(graft_dnn_check(dnnl_memory_create(&memory, desc, engine->handle, buffer), call->op->what));
    call->memories[call->memory_count++] = memory;
    call->arguments[call->argument_count++] = (dnnl_exec_arg_t){argument, memory};
    return GRAFT_OK;
}

static graft_status fill(graft_dnn_engine *engine, graft_dnn_call *call, void *const *sources, void *destination,
                         void *scratch) {
    const graft_dnn_op *op = call->op;
    for (int i = 0; i < op->source_count; i++) {
        const dnnl_memory_desc_t *desc = i == 0 && op->is_rows ? &op->rows : &op->sources[i].layout.desc;
        GRAFT_TRY(add(engine, call, op->sources[i].argument, desc, sources[i]));
    }
    GRAFT_TRY(add(engine, call, DNNL_ARG_DST, &op->destination_arg, destination));
    if (op->scratch_bytes > 0) GRAFT_TRY(add(engine, call, DNNL_ARG_SCRATCHPAD, &op->scratch, scratch));
    for (int i = 0; i < op->constant_count; i++)
        call->arguments[call->argument_count++] = (dnnl_exec_arg_t){op->constants[i].argument, op->constants[i].memory};
    if (op->clear_destination) {
        call->clear = destination;
        call->clear_bytes = dnnl_memory_desc_get_size(&op->destination.desc);
    }
    return GRAFT_OK;
}

static graft_status fill_host(graft_dnn_call *call, void *const *sources, void *destination, void *scratch) {
    const size_t count = (size_t)call->op->source_count;
    call->buffers = graft_allocate(count + 2, sizeof *call->buffers);
    if (call->buffers == NULL) return graft_fail_memory(call->op->what);
    for (size_t i = 0; i < count; i++)
        call->buffers[i] = sources[i];
    call->buffers[count] = destination;
    call->buffers[count + 1] = scratch;
    return GRAFT_OK;
}

graft_status graft_dnn_call_new(graft_dnn_engine *engine, const graft_dnn_op *op, void *const *sources,
                                void *destination, void *scratch, graft_dnn_call **out) {
    const size_t room = (size_t)op->source_count + (size_t)op->constant_count + 2;
    graft_dnn_call *call = graft_allocate_zero(1, sizeof *call);
    if (call == NULL) return graft_fail_memory(op->what);
    call->op = op;
    call->memories = graft_allocate_zero(room, sizeof *call->memories);
    call->arguments = graft_allocate_zero(room, sizeof *call->arguments);
    graft_status status = call->memories == NULL || call->arguments == NULL ? graft_fail_memory(op->what)
                          : op->host != NULL ? fill_host(call, sources, destination, scratch)
                                             : fill(engine, call, sources, destination, scratch);
    if (status != GRAFT_OK) {
        graft_dnn_call_free(call);
        return status;
    }
    *out = call;
    return GRAFT_OK;
}

void graft_dnn_call_free(graft_dnn_call *call) {
    if (call == NULL) return;
    for (int i = 0; call->memories != NULL && i < call->memory_count; i++)
        dnnl_memory_destroy(call->memories[i]);
    graft_release(call->memories);
    graft_release(call->arguments);
    graft_release(call->buffers);
    graft_release(call);
}

graft_status graft_dnn_call_run(const graft_dnn_call *call, graft_dnn_stream *stream) {
    if (call->op->host != NULL) {
        const int count = call->op->source_count;
        return call->op->host(call->op->self, call->buffers, call->buffers[count], call->buffers[count + 1]);
    }
    if (call->clear != NULL) memset(call->clear, 0, call->clear_bytes);
    /* An in-order CPU stream finishes before execute returns. */
    return graft_dnn_check(
        dnnl_primitive_execute(call->op->primitive, stream->handle, call->argument_count, call->arguments),
        call->op->what);
}
