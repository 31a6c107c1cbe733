/* GRU and LSTM as ops of inference. */
#include "dnn/dnn-internal.h"
#include "dnn/recurrent.h"
#include <string.h>

typedef struct layer {
    graft_dnn_recurrence r;
    bool masked, initial, sequence;
    size_t kernel, recurrent, bias, recurrent_bias; /* where they begin in weight */
    float weight[];
} layer;

static graft_status run(const void *self, void *const *sources, void *destination, void *scratch) {
    const layer *l = self;
    float *memory = scratch;
    const size_t states = (size_t)(l->r.samples * l->r.steps * l->r.units);
    graft_dnn_recurrence_memory m = {.x = sources[0],
                                     .mask = l->masked ? sources[1] : NULL,
                                     .initial = l->initial ? sources[1 + l->masked] : NULL,
                                     .kernel = l->weight + l->kernel,
                                     .recurrent = l->weight + l->recurrent,
                                     .bias = l->weight + l->bias,
                                     .recurrent_bias = l->weight + l->recurrent_bias,
                                     .states = l->sequence ? destination : memory};
    if (!l->sequence) memory += states;
    m.kept = memory;
    m.scratch = memory + states * (size_t)graft_dnn_recurrence_kept(&l->r);
    GRAFT_TRY(graft_dnn_recurrence_forward(&l->r, &m));
    if (!l->sequence) graft_dnn_recurrence_last(&l->r, m.states, destination);
    return GRAFT_OK;
}

static size_t append(layer *l, size_t *used, const float *values, int64_t count) {
    const size_t at = *used;
    if (values != NULL)
        memcpy(l->weight + at, values, (size_t)count * sizeof *values);
    else
        memset(l->weight + at, 0, (size_t)count * sizeof *values);
    *used += (size_t)count;
    return at;
}

static graft_status describe(graft_dnn_op *op, const layer *l) {
    const int64_t n = l->r.samples, series[4] = {n, l->r.inputs, 1, l->r.steps}, mask[4] = {n, 1, 1, l->r.steps};
    const int64_t state[4] = {n, l->r.units, 1, 1}, states[4] = {n, l->r.units, 1, l->r.steps};
    int at = 1;
    GRAFT_TRY(graft_dnn_desc(4, series, dnnl_nhwc, &op->sources[0].layout.desc));
    if (l->masked) GRAFT_TRY(graft_dnn_desc(4, mask, dnnl_nchw, &op->sources[at++].layout.desc));
    if (l->initial) GRAFT_TRY(graft_dnn_desc(4, state, dnnl_nchw, &op->sources[at].layout.desc));
    GRAFT_TRY(
        graft_dnn_desc(4, l->sequence ? states : state, l->sequence ? dnnl_nhwc : dnnl_nchw, &op->destination.desc));
    op->destination_arg = op->destination.desc;
    return GRAFT_OK;
}

graft_status graft_dnn_recurrence_new(const graft_dnn_recurrence *recurrence,
                                      const graft_dnn_recurrence_weights *weights, bool masked, bool initial,
                                      bool sequence, graft_dnn_op **out) {
    const int64_t units = recurrence->units, gates = graft_dnn_recurrence_gates(recurrence) * units;
    const int64_t states = recurrence->samples * recurrence->steps * units;
    const size_t scratch = (size_t)(states * graft_dnn_recurrence_kept(recurrence) + (sequence ? 0 : states)) +
                           graft_dnn_recurrence_scratch(recurrence);
    size_t used = 0;
    layer *l = graft_allocate(1, sizeof *l + (size_t)(gates * (recurrence->inputs + units + 2)) * sizeof(float));
    if (l == NULL) return graft_fail_memory("recurrent layer");
    l->r = *recurrence;
    l->masked = masked;
    l->initial = initial;
    l->sequence = sequence;
    l->kernel = append(l, &used, weights->kernel, gates * recurrence->inputs);
    l->recurrent = append(l, &used, weights->recurrent, gates * units);
    l->bias = append(l, &used, weights->bias, gates);
    l->recurrent_bias = append(l, &used, weights->recurrent_bias, gates);
    GRAFT_TRY(graft_dnn_op_host("recurrent layer", run, l, 1 + masked + initial, scratch * sizeof(float), out));
    graft_status status = describe(*out, l);
    if (status != GRAFT_OK) graft_dnn_op_free(*out);
    return status;
}
