/* The target `c`: a graph becomes a program of few kinds of step over one workspace; the program is run here, made int8
 * perhaps, and written as C99. Pictures lie as height, width, channels. */
#ifndef GRAFT_SRC_EXPORT_C_INTERNAL_H
#define GRAFT_SRC_EXPORT_C_INTERNAL_H

#include "base/alloc.h"
#include "base/error.h"
#include "export/export.h"
#include "nn/op.h"

/* ---- kernels: the functions of the generated text ---- */

typedef struct graft_c_step graft_c_step;

typedef struct graft_c_kernel {
    const char *name, *needs;
    const char *const *text; /* lines, NULL at the end */
    bool in_place;
    void (*run)(const graft_c_step *step, const void *const in[2], void *out);
} graft_c_kernel;

typedef enum graft_c_kernel_id {
#define GRAFT_C_KERNEL(name, in_place, needs) GRAFT_C_##name,
#include "export/c-kernels.def"
#undef GRAFT_C_KERNEL
    GRAFT_C_KERNEL_COUNT
} graft_c_kernel_id;

const graft_c_kernel *graft_c_kernel_of(graft_c_kernel_id id);
/* The texts that several kernels need, in their order; NULL past the end. */
const char *graft_c_part(size_t index, const char *const **text);

/* ---- programs ---- */

typedef enum graft_c_type { GRAFT_C_FLOAT, GRAFT_C_INT8, GRAFT_C_UINT8, GRAFT_C_INT32 } graft_c_type;
size_t graft_c_type_size(graft_c_type type);

#define GRAFT_C_PARAMS 18
#define GRAFT_C_ARRAYS 6

/* A constant array of a step. */
typedef struct graft_c_array {
    const char *name; /* "weights" */
    graft_c_type type;
    size_t count;
    void *values; /* owned */
} graft_c_array;

struct graft_c_step {
    graft_c_kernel_id kernel;
    const char *struct_name; /* of the parameters */
    const char *name;        /* of the layer; borrowed from the graph */
    int params[GRAFT_C_PARAMS], param_count;
    graft_c_array arrays[GRAFT_C_ARRAYS];
    int array_count;
    int inputs[2], input_count, output; /* values */
};

typedef struct graft_c_value {
    graft_c_type type;
    size_t count;
    int readers;        /* nodes of the graph, while it is turned into steps */
    double least, most; /* as measured, with 0 among them */
    double *channels;   /* least and most of each channel; NULL: not wanted */
    size_t channel_count;
    double low, high; /* limits of the activation, where `channels` are wanted */
    double scale;     /* int8: scale * (q - zero) */
    int zero;
    size_t offset; /* in the workspace; the program's output lies elsewhere */
} graft_c_value;

typedef struct graft_c_program {
    const graft_graph *graph; /* borrowed: names, shapes */
    graft_c_value *values;
    size_t value_count, value_capacity;
    graft_c_step *steps;
    size_t step_count, step_capacity;
    int input, output; /* values */
    size_t workspace;  /* bytes */
} graft_c_program;

void graft_c_program_free(graft_c_program *program); /* what it holds */
GRAFT_MUST_CHECK graft_status graft_c_add_value(graft_c_program *program, graft_c_type type, int64_t count, int *out);
/* Appends a step without arrays; `params` is a structure of ints alone. *out is valid until the next one. */
GRAFT_MUST_CHECK graft_status graft_c_add_step(graft_c_program *program, graft_c_kernel_id kernel, const char *name,
                                               const char *struct_name, const void *params, size_t size,
                                               graft_c_step **out);
/* An array of the step, to be filled. */
GRAFT_MUST_CHECK graft_status graft_c_add_array(graft_c_step *step, const char *name, graft_c_type type, size_t count,
                                                void *values);
/* The output channel that weight `index` of a convolution belongs to. */
int graft_c_weight_channel(const graft_c_step *step, size_t index);

/* The channel of its group that the weight is multiplied with, of a 1 x 1 convolution without groups. */
int graft_c_weight_input(const graft_c_step *step, size_t index);

/* Turns the graph into a program of floats: everything folded, placed. Errors: GRAFT_E_USAGE (an op without a row). */
GRAFT_MUST_CHECK graft_status graft_c_lower(const graft_graph *graph, graft_c_program *out);
/* Drops what nobody reads; offsets in the workspace by liveness. */
GRAFT_MUST_CHECK graft_status graft_c_place(graft_c_program *program);

/* Runs the program with the functions of the generated text. `input` is C,H,W; `workspace` has program->workspace
 * bytes, aligned as graft_allocate_aligned does; `measure`: the values' ranges grow by what they take. */
void graft_c_run(graft_c_program *program, const float *input, void *workspace, float *output, bool measure);

/* ---- int8 ---- */

/* Pictures as the network's input: C,H,W floats. The activations of the first `count` set the scales; both precisions
 * are compared on the `checks` behind them, or on the same where there are none. */
typedef struct graft_c_samples {
    size_t count, checks;
    graft_status (*load)(void *user, size_t index, float *input);
    void *user;
    double max_drop; /* share of compared pictures whose class may change; of features alone: 1 - their mean cosine */
} graft_c_samples;

typedef struct graft_c_agreement {
    size_t count, same; /* pictures; those whose largest output is the same one */
    double cosine;      /* mean, of the outputs */
    double difference;  /* largest, of an output */
} graft_c_agreement;

/* The program in int8 by the ranges that `program`'s values take over the samples. */
GRAFT_MUST_CHECK graft_status graft_c_quantize(graft_context *context, graft_c_program *program,
                                               const graft_c_samples *samples, graft_c_program *out);
/* How near the answers of both programs are. */
GRAFT_MUST_CHECK graft_status graft_c_compare(graft_context *context, graft_c_program *program,
                                              graft_c_program *quantized, const graft_c_samples *samples,
                                              graft_c_agreement *out);
/* multiplier / 2^shift is nearest to `ratio`, multiplier below 2^bits. */
void graft_c_ratio(double ratio, int bits, int32_t *multiplier, int *shift);

/* ---- writing ---- */

/* Writes PATH.c and PATH.h. `path` ends in ".c". */
GRAFT_MUST_CHECK graft_status graft_c_write(const graft_c_program *program, const graft_export_source *source,
                                            const char *path);
/* Runs the program of floats and the network side by side. Errors: GRAFT_E_DATA (answers that differ). */
GRAFT_MUST_CHECK graft_status graft_c_check(graft_context *context, graft_c_program *program,
                                            const graft_export_source *source);
/* The whole way of the row, with samples for int8 (NULL: float32); `agreement` NULL: nobody asks. Errors: GRAFT_E_GATE:
 * int8 differs by more than the samples' max_drop, nothing was written. */
GRAFT_MUST_CHECK graft_status graft_c_export(graft_context *context, const graft_export_source *source,
                                             const graft_c_samples *samples, bool check, const char *path,
                                             graft_c_agreement *agreement);

#endif
