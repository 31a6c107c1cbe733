/* layers.csv: what training tried, a row a try. */
#ifndef GRAFT_SRC_REPORT_CANDIDATES_CSV_H
#define GRAFT_SRC_REPORT_CANDIDATES_CSV_H

#include <graft/train.h>

/* Columns: layer, c, accuracy and deviation (mean and standard deviation over the folds of the cross-validation on the
 * training split), chosen (0 or 1). Release *out with graft_text_free. */
GRAFT_MUST_CHECK graft_status graft_candidates_csv(const graft_run *run, char **out);

#endif
