/* The map of an embedding as a chart whose points show their pictures. */
#ifndef GRAFT_SRC_REPORT_EMBEDDING_MAP_H
#define GRAFT_SRC_REPORT_EMBEDDING_MAP_H

#include <graft/embed.h>

#include "report/sheet.h"

/* A hint and a chart, a series a class, into a section that is open. Of more than some thousand pictures every n-th is
 * shown, and so it is said. */
GRAFT_MUST_CHECK graft_status graft_embedding_map_add(graft_sheet *sheet, graft_context *context,
                                                      const graft_embedding *embedding);

#endif
