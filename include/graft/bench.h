/* graft/bench.h: how fast a network runs on this machine. */
#ifndef GRAFT_BENCH_H
#define GRAFT_BENCH_H

#include <graft/precision.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_bench_options {
    size_t struct_size;
    int64_t batch;  /* pictures a thread takes at a time; training: of one micro-batch; 0: by rule (training: 8) */
    int precision;  /* graft_precision; int8: with little regard to exactness, inference alone */
    bool train;     /* forward and backward over all layers instead of inference */
    bool exact;     /* no algorithm that rounds more than the definition (Winograd's convolutions) */
    int64_t size;   /* pixels, for an architecture's name; 0: the published ones */
    double seconds; /* of the measurement; 0: 3 */
} graft_bench_options;
#define GRAFT_BENCH_OPTIONS_INIT \
    { .struct_size = sizeof(graft_bench_options) }
GRAFT_API const graft_option *graft_bench_option_table(void);

typedef struct graft_bench_result {
    char name[128];
    int batch, threads;
    double images_per_second; /* the best of several rounds: other programs only ever slow a round down */
    double gflops;            /* 2 * multiply-adds of the definition * images_per_second / 1e9; training: times 3 */
    int int8_layers, layers;  /* that compute on 8-bit integers; with weights (precision int8, else 0) */
} graft_bench_result;

/* Runs `network` - any file graft_backbone_open takes, a name of the kind "archs" or a network's description, with
 * weights drawn from a fixed seed where there are none - on made-up pictures, in all of the context's threads.
 * Errors: GRAFT_E_USAGE (int8 in training, or on a CPU without instructions for it), GRAFT_E_DATA (no such network),
 * GRAFT_E_MEMORY, GRAFT_E_CANCELLED. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_bench(graft_context *context, const char *network,
                                                    const graft_bench_options *options, graft_bench_result *out);

#ifdef __cplusplus
}
#endif
#endif
