/* graft/report.h: what a run leaves behind for people and programs. */
#ifndef GRAFT_REPORT_H
#define GRAFT_REPORT_H

#include <graft/train.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the next free folder PARENT/NAME-k (k from 1; never an older one) and marks it as unfinished.
 * *out is its path; release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_folder_new(const char *parent, const char *name, char **out);

/* Writes model.graft, report.html, history.csv, manifest.json, plan.json into `folder` and removes the mark. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_write(graft_context *context, const graft_run *run, const char *folder);

/* report.html alone: one file that works offline. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_report_write(graft_context *context, const graft_run *run, const char *path);

/* The object of the event "done" (docs/cli.md), with the model's and the report's paths below `folder`. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_json(const graft_run *run, const char *folder, const char *model_path,
                                                       char **json);
/* Result of a check as JSON with the quarantine list, or as a table for people. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_check_text(const graft_dataset *data, bool json, char **out);

#ifdef __cplusplus
}
#endif
#endif
