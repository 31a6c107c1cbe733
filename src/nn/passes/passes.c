#include "nn/passes/passes.h"

static graft_pass *const passes[] = {
#define GRAFT_PASS(name) graft_pass_##name,
#include "nn/passes.def"
#undef GRAFT_PASS
};

graft_status graft_passes_run(graft_plan_builder *builder) {
    const size_t pass_count = sizeof passes / sizeof *passes;
    for (int node = 0; node < builder->count; node++) {
        if (!builder->nodes[node].needed) continue;
        for (size_t i = 0; i < pass_count && builder->nodes[node].into == node;) {
            bool changed = false;
            GRAFT_TRY(passes[i](builder, node, &changed));
            i = changed ? 0 : i + 1;
        }
    }
    return GRAFT_OK;
}
