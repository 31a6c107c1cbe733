/* Options as JSON, from their tables: what plan.json and run.json share. */
#ifndef GRAFT_SRC_REPORT_PLAN_OPTIONS_H
#define GRAFT_SRC_REPORT_PLAN_OPTIONS_H

#include "json/json.h"
#include <graft/report.h>

/* Every option that says anything, as an argument would give it. Release *out with graft_json_free. */
GRAFT_MUST_CHECK graft_status graft_plan_options_json(const graft_plan_options_of *tables, size_t count,
                                                      graft_json **out);

#endif
