/* bench-kernels [--seconds S] [--batches 1,2,4,8] FILE...: how fast single convolutions run in one pinned thread, by
 * each algorithm. A FILE holds one problem a line, "name: ic ih iw oc oh ow kh kw sh sw ph pw groups" ("#" starts a
 * comment); "ph pw" are the zeros above and to the left. Prints
 * "problem,batch,algorithm,layout,kernel,ms_per_image,gflops,scratch_mib", the least of many runs; gflops are those of
 * the direct algorithm, so that figures compare. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "dnn/dnn.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BATCHES 16
#define LEAST_RUNS 5

typedef struct problem {
    char name[64];
    int64_t ic, ih, iw, oc, oh, ow, kh, kw, sh, sw, ph, pw, groups;
} problem;

typedef struct bench {
    graft_dnn_engine *engine;
    graft_dnn_stream *stream;
    double seconds; /* of each measurement */
} bench;

typedef struct buffers {
    float *source, *destination, *scratch, *weights, *bias;
} buffers;

static void release(buffers *b) {
    graft_release(b->source);
    graft_release(b->destination);
    graft_release(b->scratch);
    graft_release(b->weights);
    graft_release(b->bias);
    *b = (buffers){NULL};
}

/* Small numbers of both signs: zeros and subnormals would be timed otherwise than data. */
static float *numbers(size_t count) {
    float *out = graft_allocate_aligned(count, sizeof *out);
    uint32_t state = 1;
    for (size_t i = 0; out != NULL && i < count; i++) {
        state = state * 1664525U + 1013904223U;
        out[i] = (float)(state >> 8) / (float)(1 << 24) - 0.5F;
    }
    return out;
}

static int64_t after(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t before) {
    const int64_t reach = (out - 1) * stride + kernel - in - before;
    return reach > 0 ? reach : 0;
}

static graft_status time_op(const bench *b, const graft_dnn_op *op, buffers *with, double *least) {
    const graft_dnn_layout *source = graft_dnn_op_source(op, 0), *destination = graft_dnn_op_destination(op);
    graft_dnn_call *call;
    with->source = numbers(graft_dnn_layout_bytes(source) / sizeof(float));
    with->destination = numbers(graft_dnn_layout_bytes(destination) / sizeof(float));
    with->scratch = numbers(graft_dnn_op_scratch_bytes(op) / sizeof(float) + 1);
    if (with->source == NULL || with->destination == NULL || with->scratch == NULL) return graft_fail_memory("buffers");
    void *const sources[] = {with->source};
    GRAFT_TRY(graft_dnn_call_new(b->engine, op, sources, with->destination, with->scratch, &call));
    const double begun = graft_now();
    graft_status status = GRAFT_OK;
    *least = 1e9;
    for (int run = 0; status == GRAFT_OK && (run < LEAST_RUNS || graft_now() - begun < b->seconds); run++) {
        const double start = graft_now();
        status = graft_dnn_call_run(call, b->stream);
        const double took = graft_now() - start;
        if (took < *least) *least = took;
    }
    graft_dnn_call_free(call);
    return status;
}

static graft_status measure(const bench *b, const problem *p, int64_t batch, graft_dnn_convolution_algorithm algorithm,
                            bool channels_last) {
    const graft_dnn_shape shape = {{batch, p->ic, p->ih, p->iw}};
    graft_dnn_layout *layout;
    graft_dnn_op *op;
    buffers with = {NULL};
    char text[GRAFT_DNN_LAYOUT_TEXT];
    double least = 0.0;
    GRAFT_TRY(channels_last ? graft_dnn_layout_channels_last(&shape, &layout)
                            : graft_dnn_layout_plain(&shape, &layout));
    with.weights = numbers((size_t)(p->oc * (p->ic / p->groups) * p->kh * p->kw));
    with.bias = numbers((size_t)p->oc);
    graft_dnn_convolution convolution = {
        .source = layout,
        .destination = {{batch, p->oc, p->oh, p->ow}},
        .kernel = {p->kh, p->kw},
        .strides = {p->sh, p->sw},
        .dilations = {1, 1},
        .padding = {p->ph, after(p->ih, p->oh, p->kh, p->sh, p->ph), p->pw, after(p->iw, p->ow, p->kw, p->sw, p->pw)},
        .groups = p->groups,
        .weights = with.weights,
        .bias = with.bias,
        .posts = {.item = {{.kind = GRAFT_DNN_POST_FUNCTION, .function = GRAFT_DNN_RELU}}, .count = 1},
        .algorithm = algorithm,
    };
    if (graft_dnn_convolution_new(b->engine, &convolution, &op) == GRAFT_OK) {
        const double operations = 2.0 * (double)(p->oc * p->oh * p->ow) * (double)(p->ic / p->groups * p->kh * p->kw);
        graft_status status = time_op(b, op, &with, &least);
        if (status == GRAFT_OK)
            printf("%s,%d,%s,%s,%s,%.4f,%.1f,%.1f\n", p->name, (int)batch,
                   algorithm == GRAFT_DNN_WINOGRAD ? "winograd" : "direct",
                   graft_dnn_layout_text(graft_dnn_op_source(op, 0), text), graft_dnn_op_implementation(op),
                   least * 1e3 / (double)batch, operations * (double)batch / least * 1e-9,
                   (double)graft_dnn_op_scratch_bytes(op) / 1048576.0);
        graft_dnn_op_free(op);
        fflush(stdout);
    } else {
        graft_error_clear(); /* no such kernel for this shape */
    }
    release(&with);
    graft_dnn_layout_free(layout);
    return GRAFT_OK;
}

static bool parse_problem(const char *line, problem *p) {
    const char *colon = strchr(line, ':');
    if (colon == NULL || colon - line >= (ptrdiff_t)sizeof p->name) return false;
    memcpy(p->name, line, (size_t)(colon - line));
    p->name[colon - line] = '\0';
    int64_t *const fields[] = {&p->ic, &p->ih, &p->iw, &p->oc, &p->oh, &p->ow,    &p->kh,
                               &p->kw, &p->sh, &p->sw, &p->ph, &p->pw, &p->groups};
    char *at = (char *)(uintptr_t)(colon + 1);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char *end;
        *fields[i] = strtol(at, &end, 10);
        if (end == at || *fields[i] < 0) return false;
        at = end;
    }
    return p->groups > 0 && p->ic % p->groups == 0;
}

static graft_status run_file(const bench *b, const char *path, const int *batches, int batch_count) {
    char line[256];
    FILE *file = fopen(path, "r");
    if (file == NULL) return graft_fail(GRAFT_E_DATA, "%s: cannot be opened", path);
    graft_status status = GRAFT_OK;
    for (int number = 1; status == GRAFT_OK && fgets(line, sizeof line, file) != NULL; number++) {
        problem p;
        if (line[0] == '#' || line[0] == '\n') continue;
        if (!parse_problem(line, &p)) {
            status = graft_fail(GRAFT_E_DATA, "%s:%d: expected \"name: \" and 13 numbers", path, number);
            break;
        }
        for (int i = 0; i < batch_count && status == GRAFT_OK; i++) {
            status = measure(b, &p, batches[i], GRAFT_DNN_DIRECT, false);
            if (status == GRAFT_OK && p.ic > 3 && p.ih > 1) status = measure(b, &p, batches[i], GRAFT_DNN_DIRECT, true);
            if (status == GRAFT_OK) status = measure(b, &p, batches[i], GRAFT_DNN_WINOGRAD, false);
        }
    }
    fclose(file);
    return status;
}

static void pin(void) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(sched_getcpu(), &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) fprintf(stderr, "bench-kernels: not pinned to a core\n");
}

int main(int argc, char **argv) {
    int batches[MOST_BATCHES] = {1, 2, 4, 8}, batch_count = 4, first = 1;
    bench b = {.seconds = 0.3};
    for (; first + 1 < argc && argv[first][0] == '-'; first += 2) {
        if (strcmp(argv[first], "--seconds") == 0) b.seconds = strtod(argv[first + 1], NULL);
        if (strcmp(argv[first], "--batches") != 0) continue;
        batch_count = 0;
        for (char *at = argv[first + 1]; *at != '\0' && batch_count < MOST_BATCHES; at += *at == ',')
            batches[batch_count++] = (int)strtol(at, &at, 10);
    }
    if (first >= argc) {
        fprintf(stderr, "usage: bench-kernels [--seconds S] [--batches 1,2,4,8] FILE...\n");
        return 2;
    }
    pin();
    const int threads = graft_dnn_single_thread_begin();
    graft_status status = graft_dnn_engine_new(&b.engine);
    if (status == GRAFT_OK) status = graft_dnn_stream_new(b.engine, &b.stream);
    printf("problem,batch,algorithm,layout,kernel,ms_per_image,gflops,scratch_mib\n");
    for (int i = first; i < argc && status == GRAFT_OK; i++)
        status = run_file(&b, argv[i], batches, batch_count);
    if (status != GRAFT_OK) fprintf(stderr, "bench-kernels: %s\n", graft_error_text());
    graft_dnn_stream_free(b.stream);
    graft_dnn_engine_free(b.engine);
    graft_dnn_single_thread_end(threads);
    return graft_status_exit_code(status);
}
