#include "cli.h"

#include <inttypes.h>
#include <math.h>

typedef struct convert_arguments {
    bool json;
    graft_convert_options convert;
    cli_common common;
} convert_arguments;

#define ROW(member) .offset = offsetof(convert_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_JSON(json, "what was written as one JSON object"),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_convert_options(cli_tables *tables) {
    convert_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->convert = (graft_convert_options)GRAFT_CONVERT_OPTIONS_INIT;
    cli_tables_add(tables, "Conversion", graft_convert_option_table(), &arguments->convert);
    cli_tables_add(tables, "Output", own_table, arguments);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

static void tell_json(const char *input, const char *output, const graft_convert_report *report) {
    printf("{\"input\":");
    cli_json_text(stdout, input);
    printf(",\"from\":\"%s\",\"output\":", report->from);
    cli_json_text(stdout, output);
    printf(",\"to\":\"%s\",\"bytes\":%" PRIu64 ",\"checked\":%s,\"difference\":", report->to, report->bytes,
           report->checked ? "true" : "false");
    if (report->checked && !isnan(report->difference))
        printf("%.3g", report->difference);
    else
        printf("null");
    if (report->compared > 0) {
        printf(",\"compared\":%zu,\"agreement\":", report->compared);
        if (isnan(report->agreement))
            printf("null");
        else
            printf("%.6g", report->agreement);
        printf(",\"cosine\":%.6g,\"int8_difference\":%.3g", report->cosine, report->int8_difference);
    }
    printf("}\n");
}

static void tell_int8(const graft_convert_report *report) {
    if (isnan(report->agreement))
        printf("int8's features have a mean cosine of %.4f with those of float on %zu pictures", report->cosine,
               report->compared);
    else
        printf("int8 agrees with float on %zu of %zu pictures", report->same, report->compared);
    printf("%s, outputs differ by %.3g at most\n",
           report->own_pictures ? " that it was calibrated by (there are no others)"
                                : " besides those it was calibrated by",
           report->int8_difference);
}

static void tell(const char *output, const graft_convert_report *report) {
    printf("%s: %s from %s, %" PRIu64 " bytes", output, report->to, report->from, report->bytes);
    if (report->checked && isnan(report->difference))
        printf(", checked: its program%s answered as the network does\n",
               report->compared > 0 ? " in floats, before integers took their place," : "");
    else if (report->checked)
        printf(", checked: answers differ by %.2g of the largest\n", report->difference);
    else
        printf(", not checked by running it\n");
    if (report->compared > 0) tell_int8(report);
}

graft_status cli_convert_run(cli *self, void *opaque) {
    convert_arguments *arguments = opaque;
    const char *input = self->operand[0], *output = self->operand[1];
    graft_convert_report report;
    graft_status status = cli_output_possible(self, output);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_convert(self->context, input, output, &arguments->convert, &report);
    if (status != GRAFT_OK) return status;
    if (arguments->json)
        tell_json(input, output, &report);
    else
        tell(output, &report);
    return GRAFT_OK;
}
