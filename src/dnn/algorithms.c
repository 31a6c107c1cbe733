/* Which algorithm computes a convolution: by a table over shapes and instructions. */
#include "dnn/dnn-internal.h"

typedef struct winograd_row {
    dnnl_cpu_isa_t instructions;
    int64_t input, output, cells;
} winograd_row;

static const winograd_row table[] = {
#define GRAFT_WINOGRAD(instructions, input, output, cells) {instructions, input, output, cells},
#include "dnn/algorithms.def"
#undef GRAFT_WINOGRAD
};

static bool is_candidate(const graft_dnn_convolution *convolution) {
    bool candidate = convolution->groups == 1;
    for (int axis = 0; axis < 2; axis++)
        candidate &=
            convolution->kernel[axis] == 3 && convolution->strides[axis] == 1 && convolution->dilations[axis] == 1;
    return candidate;
}

bool graft_dnn_winograd_pays(const graft_dnn_convolution *convolution) {
    const graft_dnn_shape *out = &convolution->destination;
    const unsigned has = (unsigned)dnnl_get_effective_cpu_isa();
    if (!is_candidate(convolution)) return false;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const unsigned needs = (unsigned)table[i].instructions;
        if ((has & needs) == needs && convolution->source->desc.dims[1] >= table[i].input &&
            out->dim[1] >= table[i].output && out->dim[2] * out->dim[3] >= table[i].cells)
            return true;
    }
    return false;
}
