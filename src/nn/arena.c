#include "nn/plan-internal.h"
#include <stdlib.h>
#include <string.h>

static size_t aligned(size_t bytes) {
    return (bytes + GRAFT_ALIGNMENT - 1) / GRAFT_ALIGNMENT * GRAFT_ALIGNMENT;
}

static bool overlap_in_time(const graft_plan_buffer *a, const graft_plan_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* Large buffers first: small ones fit into what they leave. Equal ones in order of use. */
static int by_size(const void *a, const void *b) {
    const graft_plan_buffer *x = *(graft_plan_buffer *const *)a, *y = *(graft_plan_buffer *const *)b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return x->first < y->first ? -1 : x->first > y->first ? 1 : (x > y) - (x < y);
}

/* Puts `buffer` into the smallest gap that holds it between those of `placed` that live at the same time, which are
 * in order of offset. */
static void place(graft_plan_buffer *buffer, graft_plan_buffer *const *placed, size_t count) {
    size_t end = 0, best = 0, best_gap = SIZE_MAX;
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        const graft_plan_buffer *other = placed[i];
        if (!overlap_in_time(buffer, other)) continue;
        if (other->offset >= end) {
            const size_t gap = other->offset - end;
            if (gap >= aligned(buffer->bytes) && gap < best_gap) {
                best = end;
                best_gap = gap;
                found = true;
            }
        }
        const size_t after = other->offset + aligned(other->bytes);
        if (after > end) end = after;
    }
    buffer->offset = found ? best : end;
}

graft_status graft_arena_place(graft_plan_buffer *buffers, size_t count, size_t *bytes) {
    graft_plan_buffer **by_bytes = graft_allocate(count, sizeof *by_bytes);
    graft_plan_buffer **by_offset = graft_allocate(count, sizeof *by_offset);
    graft_status status = GRAFT_OK;
    size_t total = 0;
    *bytes = 0;
    if (by_bytes == NULL || by_offset == NULL) {
        status = graft_fail_memory("a plan's arena");
        goto done;
    }
    size_t hosts = 0;
    for (size_t i = 0; i < count; i++) {
        if (buffers[i].host > 0) continue;
        by_bytes[hosts++] = &buffers[i];
        /* With every buffer apart the arena must be addressable; then no sum below overflows. */
        if (buffers[i].bytes > SIZE_MAX / 4 - total) {
            status = graft_fail_memory("a plan's arena");
            goto done;
        }
        total += aligned(buffers[i].bytes);
    }
    qsort(by_bytes, hosts, sizeof *by_bytes, by_size);
    for (size_t i = 0; i < hosts; i++) {
        graft_plan_buffer *buffer = by_bytes[i];
        place(buffer, by_offset, i);
        size_t at = i;
        for (; at > 0 && by_offset[at - 1]->offset > buffer->offset; at--)
            by_offset[at] = by_offset[at - 1];
        by_offset[at] = buffer;
        const size_t end = buffer->offset + aligned(buffer->bytes);
        if (end > *bytes) *bytes = end;
    }
    /* Hosts come after their parts and may be parts themselves. */
    for (size_t i = count; i-- > 0;)
        if (buffers[i].host > 0) buffers[i].offset = buffers[buffers[i].host - 1].offset + buffers[i].shift;
done:
    graft_release(by_bytes);
    graft_release(by_offset);
    return status;
}
