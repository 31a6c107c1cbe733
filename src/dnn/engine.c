#include "dnn/dnn-internal.h"

/* Declared here because each compiler keeps omp.h elsewhere, and some without one beside libgomp. */
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int count);

int graft_dnn_single_thread_begin(void) {
    int previous = omp_get_max_threads();
    omp_set_num_threads(1);
    return previous;
}

void graft_dnn_single_thread_end(int previous) {
    omp_set_num_threads(previous);
}

static const char *status_text(dnnl_status_t status) {
    switch (status) {
    case dnnl_success:
        return "success";
    case dnnl_out_of_memory:
        return "out of memory";
    case dnnl_invalid_arguments:
        return "invalid arguments";
    case dnnl_unimplemented:
        return "unimplemented";
    case dnnl_iterator_ends:
        return "no implementation left";
    case dnnl_runtime_error:
        return "runtime error";
    case dnnl_not_required:
        return "not required";
    }
    return "unknown status";
}

graft_status graft_dnn_check(dnnl_status_t status, const char *what) {
    if (status == dnnl_success) return GRAFT_OK;
    if (status == dnnl_out_of_memory) return graft_fail_memory(what);
    return graft_fail(GRAFT_E_INTERNAL, "oneDNN: %s: %s", what, status_text(status));
}

graft_status graft_dnn_engine_new(graft_dnn_engine **out) {
    graft_dnn_engine *engine = graft_allocate_zero(1, sizeof *engine);
    if (engine == NULL) return graft_fail_memory("a oneDNN engine");
    graft_status status;
    GRAFT_TRY_TO(failed, status, graft_dnn_check(dnnl_engine_create(&engine->handle, dnnl_cpu, 0), "engine"));
    GRAFT_TRY_TO(failed, status,
                 graft_dnn_check(dnnl_stream_create(&engine->packing, engine->handle, dnnl_stream_in_order), "stream"));
    *out = engine;
    return GRAFT_OK;
failed:
    graft_dnn_engine_free(engine);
    return status;
}

void graft_dnn_engine_free(graft_dnn_engine *engine) {
    if (engine == NULL) return;
    if (engine->packing != NULL) dnnl_stream_destroy(engine->packing);
    if (engine->handle != NULL) dnnl_engine_destroy(engine->handle);
    graft_release(engine);
}

graft_status graft_dnn_stream_new(graft_dnn_engine *engine, graft_dnn_stream **out) {
    graft_dnn_stream *stream = graft_allocate_zero(1, sizeof *stream);
    if (stream == NULL) return graft_fail_memory("a oneDNN stream");
    graft_status status =
        graft_dnn_check(dnnl_stream_create(&stream->handle, engine->handle, dnnl_stream_in_order), "stream");
    if (status != GRAFT_OK) {
        graft_release(stream);
        return status;
    }
    *out = stream;
    return GRAFT_OK;
}

void graft_dnn_stream_free(graft_dnn_stream *stream) {
    if (stream == NULL) return;
    dnnl_stream_destroy(stream->handle);
    graft_release(stream);
}
