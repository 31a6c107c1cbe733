/* What the files of the ONNX importer share: tensors by name, one call of one operator, readers of attributes. */
#ifndef GRAFT_SRC_IMPORT_ONNX_H
#define GRAFT_SRC_IMPORT_ONNX_H

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"
#include "import/import.h"
#include "nn/op.h"

/* What a name of the file stands for while the graph is built. */
typedef enum graft_onnx_kind {
    GRAFT_ONNX_FLOW,    /* a node's output */
    GRAFT_ONNX_CHANNEL, /* one channel of a node's output, N,H,W or N,1,H,W */
    GRAFT_ONNX_ERF,     /* the error function of a node's output / sqrt(2): a part of GELU */
    /* Parts of a layer normalisation, over the channels of a node's output: their mean, what is left without it, its
     * square, the variance, and the variance's root, where `shift` is the epsilon under it. */
    GRAFT_ONNX_MEAN,
    GRAFT_ONNX_CENTRED,
    GRAFT_ONNX_SQUARE,
    GRAFT_ONNX_VARIANCE,
    GRAFT_ONNX_DEVIATION,
    GRAFT_ONNX_ABOVE,    /* whether a node's output reaches `shift`: a part of a bent ReLU */
    GRAFT_ONNX_CONSTANT, /* known now */
} graft_onnx_kind;

/* Times `scale` plus `shift` comes on top of what a node computes: factors and offsets meet here until an operator
 * needs the sum of them, which makes one scale_shift of many. */
typedef struct graft_onnx_value {
    graft_onnx_kind kind;
    graft_shape dims;  /* as in ONNX, with the batch. Without it (N), N,F or N,C,...: C,H,W of the node, W the rest */
    const char *label; /* of the node that made it */
    int node, channel;
    double scale, shift;
    bool channels_last;     /* N,H,W,C in the file (4 dimensions) */
    int64_t entry;          /* a constant in the container, or -1 */
    graft_tensor *constant; /* F32 or I64; NULL until it is read */
} graft_onnx_value;

/* How a constant becomes a parameter. */
typedef enum graft_onnx_layout {
    GRAFT_ONNX_PLAIN,     /* the same elements, perhaps 1,C,1,1 */
    GRAFT_ONNX_TURNED,    /* I,O -> O,I */
    GRAFT_ONNX_TRANSPOSED /* ConvTranspose: I,O/groups,H,W -> O,I/groups,H,W */
} graft_onnx_layout;

typedef struct graft_onnx_binding {
    int node;
    const char *param;
    int value;
    graft_onnx_layout layout;
    double factor;
} graft_onnx_binding;

typedef struct graft_onnx {
    graft_container *container;
    const graft_json *config;
    graft_graph *graph;
    int64_t opset, batch; /* batch: the file's, 1 where it leaves it open */
    graft_strmap *names;  /* -> index of a value */
    graft_onnx_value *values;
    size_t value_count, value_capacity;
    graft_onnx_binding *bindings;
    size_t binding_count, binding_capacity;
    bool *used;        /* by entry: some node takes it */
    int64_t folded;    /* elements of constants computed so far */
    const char *input; /* the name of the network's input */
} graft_onnx;

/* One node of the file, handed to its row's function. */
typedef struct graft_onnx_call {
    graft_onnx *onnx;
    const char *op, *label;
    const graft_json *attributes;
    int *inputs; /* indices of values, -1: left out */
    int input_count;
    uint64_t read; /* a bit for each attribute that was asked for */
    graft_onnx_value output;
} graft_onnx_call;

typedef graft_status (*graft_onnx_fn)(graft_onnx_call *call);
typedef graft_status (*graft_onnx_fold_fn)(graft_onnx_call *call, graft_tensor **out);

#define ONNX_OP(name, function, fold)             \
    graft_status function(graft_onnx_call *call); \
    graft_status fold(graft_onnx_call *call, graft_tensor **out);
#include "import/onnx-ops.def"
#undef ONNX_OP

/* ---- the whole: onnx-import.c ---- */

/* Values for inputs of the file that are not the network's: the tests of operators give weights as inputs. */
typedef struct graft_onnx_given {
    const char *name;
    const graft_tensor *value;
} graft_onnx_given;

/* What came out. */
typedef struct graft_onnx_result {
    graft_graph *graph;     /* owned; NULL when nothing depends on an input */
    graft_tensor *constant; /* owned: the output, then */
    const char *input;      /* borrowed from the container */
    bool input_channels_last, output_channels_last;
} graft_onnx_result;
GRAFT_MUST_CHECK graft_status graft_onnx_build(graft_context *context, graft_container *container,
                                               const graft_onnx_given *given, size_t given_count,
                                               graft_onnx_result *out, graft_load_report *report);

/* ---- tensors by name: onnx-values.c ---- */

GRAFT_MUST_CHECK graft_status graft_onnx_define(graft_onnx *onnx, const char *name, const graft_onnx_value *value);
/* Initialisers and given constants, then the input. */
GRAFT_MUST_CHECK graft_status graft_onnx_define_constants(graft_onnx *onnx, const graft_onnx_given *given,
                                                          size_t count);
GRAFT_MUST_CHECK graft_status graft_onnx_define_input(graft_onnx *onnx);
/* Reads a constant, once. */
GRAFT_MUST_CHECK graft_status graft_onnx_value_read(graft_onnx *onnx, graft_onnx_value *value,
                                                    const graft_tensor **out);
graft_onnx_value graft_onnx_constant_value(graft_tensor *tensor);
/* Another copy, F32 or I64. */
GRAFT_MUST_CHECK graft_status graft_onnx_normalise(const graft_tensor *tensor, graft_tensor **out);

/* ---- for the operators' functions ---- */

bool graft_onnx_has(const graft_onnx_call *call, int input); /* given, not left out */
graft_onnx_value *graft_onnx_input(const graft_onnx_call *call, int input);
bool graft_onnx_is_constant(const graft_onnx_call *call, int input);
GRAFT_MUST_CHECK graft_status graft_onnx_need_inputs(const graft_onnx_call *call, int least, int most);
/* A constant input. Errors: it is missing or depends on the network's input. */
GRAFT_MUST_CHECK graft_status graft_onnx_tensor(const graft_onnx_call *call, int input, const graft_tensor **out);
/* Its integers, at most `limit`. */
GRAFT_MUST_CHECK graft_status graft_onnx_integers(const graft_onnx_call *call, int input, int64_t *out, int limit,
                                                  int *count);
/* Its only number. */
GRAFT_MUST_CHECK graft_status graft_onnx_scalar(const graft_onnx_call *call, int input, double *out);

/* Attributes. What is never asked for is refused afterwards. */
const graft_json *graft_onnx_attribute(graft_onnx_call *call, const char *name); /* NULL: not there */
void graft_onnx_ignore(graft_onnx_call *call, const char *name);                 /* does not change the result */
GRAFT_MUST_CHECK graft_status graft_onnx_int(graft_onnx_call *call, const char *name, int64_t fallback, int64_t *out);
GRAFT_MUST_CHECK graft_status graft_onnx_real(graft_onnx_call *call, const char *name, double fallback, double *out);
GRAFT_MUST_CHECK graft_status graft_onnx_word(graft_onnx_call *call, const char *name, const char *fallback,
                                              const char **out);
/* A list of at most `limit` integers; *count is 0 when it is not there. */
GRAFT_MUST_CHECK graft_status graft_onnx_list(graft_onnx_call *call, const char *name, int64_t *out, int limit,
                                              int *count);
/* Integers that are an attribute in older versions of the operator and input `input` in later ones. */
GRAFT_MUST_CHECK graft_status graft_onnx_list_or_input(graft_onnx_call *call, const char *name, int input, int64_t *out,
                                                       int limit, int *count);
GRAFT_MUST_CHECK graft_status graft_onnx_only(graft_onnx_call *call, const char *name, int64_t value);
GRAFT_MUST_CHECK graft_status graft_onnx_unread(const graft_onnx_call *call);
/* Attribute `name` holds something there is no operation for. */
GRAFT_MUST_CHECK graft_status graft_onnx_refuse(const graft_onnx_call *call, const char *name, const char *expected);

/* ---- building: onnx-emit.c ---- */

/* The node behind an input, with its scale and shift. Errors: the input is a constant or only a part of something. */
GRAFT_MUST_CHECK graft_status graft_onnx_flow(graft_onnx_call *call, int input, int *node);
/* Same, of a file's N,C,H,W (or N,C,L) tensor. */
GRAFT_MUST_CHECK graft_status graft_onnx_picture(graft_onnx_call *call, int input, int *node);
/* Adds a node called after the call, with /suffix unless it is NULL, without making it the output. */
GRAFT_MUST_CHECK graft_status graft_onnx_node(graft_onnx_call *call, const char *op, const char *suffix,
                                              const void *attributes, const int *inputs, int count, int *out);
/* Adds a node that reads the flow of input 0 and makes it the output: of input 0's dims where `like` is true, else of
 * the node's own shape with as many dimensions as input 0. */
GRAFT_MUST_CHECK graft_status graft_onnx_apply(graft_onnx_call *call, const char *op, const void *attributes,
                                               bool like);
/* Makes `node` the output. dims NULL: from the node's shape with `rank` dimensions. */
void graft_onnx_result_set(graft_onnx_call *call, int node, const graft_shape *dims, int rank, bool channels_last);
void graft_onnx_result_constant(graft_onnx_call *call, graft_tensor *tensor);
/* A scale_shift node of one number for every channel, or one for all (count 1). */
GRAFT_MUST_CHECK graft_status graft_onnx_affine(graft_onnx_call *call, const char *suffix, int input,
                                                const double *scale, const double *shift, size_t count, int *out);
/* `param` of a node gets its value from a constant, once the graph is complete. */
GRAFT_MUST_CHECK graft_status graft_onnx_bind(graft_onnx_call *call, int node, const char *param, int value,
                                              graft_onnx_layout layout, double factor);
/* Gives a parameter its numbers now. */
GRAFT_MUST_CHECK graft_status graft_onnx_set_param(graft_onnx *onnx, int node, const char *param, const double *numbers,
                                                   size_t count);
/* Reads all that is bound into `graph`, whose nodes have the names they had. */
GRAFT_MUST_CHECK graft_status graft_onnx_load(graft_onnx *onnx, graft_context *context, graft_graph *graph);

/* ---- what several operators make together: onnx-parts.c ---- */

/* The value is a part of something, and nothing by itself. */
bool graft_onnx_is_part(const graft_onnx_value *value);
/* The mean of input 0 over `axes`, when it is one of the channels'. */
GRAFT_MUST_CHECK graft_status graft_onnx_mean_part(graft_onnx_call *call, const int64_t *axes, int count, bool keep,
                                                   bool *done);
/* x - mean, centred * centred, centred / deviation: of inputs 0 and 1. */
GRAFT_MUST_CHECK graft_status graft_onnx_subtract_part(graft_onnx_call *call, bool *done);
GRAFT_MUST_CHECK graft_status graft_onnx_square_part(graft_onnx_call *call, int input, int other, bool *done);
GRAFT_MUST_CHECK graft_status graft_onnx_divide_part(graft_onnx_call *call, bool *done);
/* A constant, times or on top of a normalisation that has no such parameter yet, becomes it: "gamma", "beta". */
GRAFT_MUST_CHECK graft_status graft_onnx_norm_part(graft_onnx_call *call, int constant, const char *param, bool *done);

/* ---- shapes: onnx-axes.c ---- */

/* An axis of a value, also from the end, as one of its dims. */
GRAFT_MUST_CHECK graft_status graft_onnx_axis(int64_t axis, int rank, int *out);
/* An axis of the value as one of C,H,W. */
GRAFT_MUST_CHECK graft_status graft_onnx_node_axis(const graft_onnx_value *value, int64_t axis, int64_t *out);
/* Are these the axes of height and width (or length)? */
bool graft_onnx_spatial(const graft_onnx_value *value, const int64_t *axes, int count);
/* The numbers of a constant for every channel of `value`, or one for all. Errors: they differ inside a channel. Release
 * *out with graft_release. */
GRAFT_MUST_CHECK graft_status graft_onnx_by_channel(const graft_tensor *constant, const graft_onnx_value *value,
                                                    double **out, size_t *count);
/* The same elements with other dims, from input 0. */
GRAFT_MUST_CHECK graft_status graft_onnx_reshape_to(graft_onnx_call *call, const graft_shape *dims);
graft_shape graft_onnx_dims_of(const graft_onnx *onnx, int node, int rank, bool channels_last);
double graft_onnx_number(const graft_tensor *constant, int64_t at);

#endif
