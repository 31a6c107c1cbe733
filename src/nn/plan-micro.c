/* How many samples each node computes at a time. Where pictures are large, one: what a step writes the next one reads
 * from the core's cache. Where they have shrunk and weights are large, several: weights are read from memory once for
 * all of them. Neighbours with the same number are a segment, run for one share of the batch after the other. */
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include <unistd.h>

/* Weights below this share of the core's cache stay there from sample to sample. */
#define CACHE_SHARE 4
/* Cells of output to be computed for each time that weights are read: Winograd's, read four times as large and
 * multiplied with a third of the operations, ask for more. */
#define CELLS_A_READ 128
#define WINOGRAD_CELLS_A_READ 512

size_t graft_core_cache(void) {
    const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return bytes > 0 ? (size_t)bytes : 512 * 1024;
}

int graft_node_wanted_samples(const graft_node *node) {
    if (node->op == &graft_op_gru || node->op == &graft_op_lstm) return GRAFT_LARGEST_MICRO;
    if (node->op != &graft_op_conv2d && node->op != &graft_op_dense) return 1;
    const size_t bytes = (size_t)graft_shape_count(&node->params[0].shape) * sizeof(float);
    const int64_t cells = node->output.rank == 3 ? node->output.dim[1] * node->output.dim[2] : 1;
    int64_t enough = CELLS_A_READ;
    int samples = 1;
    if (node->op == &graft_op_conv2d) {
        const graft_conv2d_attributes *a = node->attributes;
        if (a->kernel[0] == 3 && a->kernel[1] == 3 && a->strides[0] == 1) enough = WINOGRAD_CELLS_A_READ;
    }
    if (bytes < graft_core_cache() / CACHE_SHARE) return 1;
    while (samples < GRAFT_LARGEST_MICRO && samples * cells < enough)
        samples *= 2;
    return samples;
}

void graft_builder_settle_micro(graft_plan_builder *builder) {
    const int batch = builder->plan->batch;
    int wanted = 1;
    for (int i = 0; i < builder->count; i++) {
        graft_plan_node *planned = &builder->nodes[i];
        if (planned->needed && planned->into == i) {
            const int own = graft_node_wanted_samples(planned->node);
            if (own > wanted) wanted = own;
        }
        planned->micro = wanted < batch ? wanted : batch;
        while (batch % planned->micro != 0)
            planned->micro--;
    }
}

static graft_status carry_value(graft_plan_builder *builder, int node, graft_plan_value *value) {
    if (value->buffer < 0) return GRAFT_OK;
    graft_plan_buffer *buffer = &builder->plan->buffers[value->buffer];
    if (buffer->last_reader < node) return GRAFT_OK;
    graft_dnn_shape shape = graft_dnn_layout_shape(value->layout);
    graft_dnn_layout *layout;
    shape.dim[0] = builder->nodes[node].micro;
    GRAFT_TRY(graft_dnn_layout_like(value->layout, &shape, &layout));
    GRAFT_TRY(graft_builder_keep(builder, layout));
    value->layout = layout;
    buffer->whole = true;
    return GRAFT_OK;
}

/* The values that are still to be read, seen with as many samples as the new segment takes. */
static graft_status carry_over(graft_plan_builder *builder, int node) {
    for (int i = 0; i < node; i++) {
        if (builder->nodes[i].into != i) continue;
        GRAFT_TRY(carry_value(builder, node, &builder->nodes[i].value));
        GRAFT_TRY(carry_value(builder, node, &builder->nodes[i].other));
    }
    return GRAFT_OK;
}

graft_status graft_builder_enter(graft_plan_builder *builder, int node) {
    graft_plan *plan = builder->plan;
    const int micro = builder->nodes[node].micro;
    if (plan->segment_count > 0 && plan->segments[plan->segment_count - 1].micro == micro) return GRAFT_OK;
    if (!graft_reserve(&plan->segments, &plan->segment_capacity, plan->segment_count + 1, sizeof *plan->segments))
        return graft_fail_memory("a plan");
    plan->segments[plan->segment_count++] = (graft_plan_segment){.micro = micro, .first = (int)plan->step_count};
    return carry_over(builder, node);
}

/* A buffer that several shares of the batch live in is in use as long as the segments that write and read it. */
static void widen(const graft_plan *plan, graft_plan_buffer *buffer) {
    for (size_t i = 0; i < plan->segment_count; i++) {
        const graft_plan_segment *segment = &plan->segments[i];
        const int last = segment->first + segment->steps - 1;
        if (buffer->first > segment->first && buffer->first <= last) buffer->first = segment->first;
        if (buffer->last >= segment->first && buffer->last < last) buffer->last = last;
    }
}

void graft_builder_finish_segments(graft_plan_builder *builder) {
    graft_plan *plan = builder->plan;
    size_t calls = 0;
    for (size_t i = 0; i < plan->segment_count; i++) {
        graft_plan_segment *segment = &plan->segments[i];
        const int end = i + 1 < plan->segment_count ? plan->segments[i + 1].first : (int)plan->step_count;
        segment->steps = end - segment->first;
        segment->first_call = calls;
        calls += (size_t)segment->steps * (size_t)(plan->batch / segment->micro);
    }
    plan->call_count = calls;
    for (size_t i = plan->buffer_count; i-- > 0;) {
        graft_plan_buffer *buffer = &plan->buffers[i];
        buffer->sample_bytes = buffer->bytes / (size_t)buffer->samples;
        if (buffer->host > 0) {
            const graft_plan_buffer *host = &plan->buffers[buffer->host - 1];
            buffer->whole = host->whole;
            buffer->sample_bytes = host->sample_bytes;
        }
        if (!buffer->whole || buffer->host > 0) continue;
        buffer->bytes = buffer->sample_bytes * (size_t)plan->batch;
        widen(plan, buffer);
    }
}
