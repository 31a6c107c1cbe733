/* What the epochs of training brought, for spreadsheets and scripts. */
#ifndef GRAFT_SRC_REPORT_HISTORY_CSV_H
#define GRAFT_SRC_REPORT_HISTORY_CSV_H

#include <graft/train.h>

/* A header line and a line an epoch, numbers with 9 significant digits, no clock: a resumed run's equals an unbroken
 * one's. Release with graft_text_free. */
GRAFT_MUST_CHECK graft_status graft_history_csv(const graft_run *run, char **out);

#endif
