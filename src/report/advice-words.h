/* Words that advice is told in, on paper and on pages: plain text, not escaped. */
#ifndef GRAFT_SRC_REPORT_ADVICE_WORDS_H
#define GRAFT_SRC_REPORT_ADVICE_WORDS_H

#include <graft/advise.h>

#include "base/buffer.h"

const char *graft_advice_size_name(graft_advice_size size);       /* "small", ... */
const char *graft_advice_strategy_words(graft_strategy strategy); /* "head on the last layer", ... */
/* The chosen strategy as a sentence without its full stop; nothing where none was chosen. */
void graft_advice_add_verdict(graft_buffer *out, const graft_advice *advice);

#endif
