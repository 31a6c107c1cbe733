/* Where the held-back pictures lie for the network. */
#include "report/page-internal.h"

#include "base/error.h"
#include "report/embedding-map.h"

graft_status graft_page_map(graft_page *page) {
    graft_embedding *embedding = NULL;
    if (!page->predictions || graft_predictions_count(page->predictions) < 3) return GRAFT_OK;
    graft_status status =
        graft_embed_predictions(&embedding, page->context, graft_run_model(page->run), page->data, page->predictions);
    /* Features too wide, or of a network without a picture of them: a report without its map. */
    if (status == GRAFT_E_USAGE || status == GRAFT_E_DATA) return GRAFT_OK;
    GRAFT_TRY(status);
    graft_sheet_begin(&page->sheet, "map", "Map", "Map of the held-back pictures");
    status = graft_embedding_map_add(&page->sheet, page->context, embedding);
    graft_sheet_end(&page->sheet);
    graft_embedding_free(embedding);
    return status;
}
