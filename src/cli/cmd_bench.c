#include "cli.h"

#include <stdio.h>

typedef struct bench_arguments {
    bool json;
    graft_bench_options bench;
    cli_common common;
} bench_arguments;

#define ROW(member) .offset = offsetof(bench_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_bench_options(cli_tables *tables) {
    bench_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->bench = (graft_bench_options)GRAFT_BENCH_OPTIONS_INIT;
    cli_tables_add(tables, "Measurement", graft_bench_option_table(), &arguments->bench);
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_bench_run(cli *self, void *opaque) {
    bench_arguments *arguments = opaque;
    const graft_option *row = graft_option_find(graft_bench_option_table(), "precision");
    graft_bench_result result;
    char precision[16];
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_bench(self->context, self->operand[0], &arguments->bench, &result);
    if (status == GRAFT_OK) status = graft_option_get(row, &arguments->bench, precision, sizeof precision);
    if (status != GRAFT_OK) return status;
    if (arguments->json) {
        printf("{\"name\":");
        cli_json_text(stdout, result.name);
        if (result.layers > 0) printf(",\"int8_layers\":%d,\"layers\":%d", result.int8_layers, result.layers);
        printf(",\"batch\":%d,\"precision\":\"%s\",\"threads\":%d,\"train\":%s,\"images_per_second\":%.2f,"
               "\"gflops\":%.1f}\n",
               result.batch, precision, result.threads, arguments->bench.train ? "true" : "false",
               result.images_per_second, result.gflops);
    } else {
        printf("%s: %.1f images a second%s, %.0f GFLOP/s (%s, batches of %d in %d threads)\n", result.name,
               result.images_per_second, arguments->bench.train ? " in training" : "", result.gflops, precision,
               result.batch, result.threads);
        if (result.layers > 0)
            printf("%d of %d layers with weights compute on 8-bit integers\n", result.int8_layers, result.layers);
    }
    return GRAFT_OK;
}
