#ifndef GRAFT_SRC_CLI_SERIES_TELL_H
#define GRAFT_SRC_CLI_SERIES_TELL_H

#include "cli.h"

/* On stdout; `output` and `report` (NULL: none) are what was written. */
void cli_series_tell_json(const graft_series_result *result, const char *output, const char *report);
void cli_series_tell_text(const graft_series_result *result, const char *output, const char *report);

#endif
