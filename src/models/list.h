/* Lists of models, as they are put together. */
#ifndef GRAFT_SRC_MODELS_LIST_H
#define GRAFT_SRC_MODELS_LIST_H

#include "models/store.h"

/* An empty list. */
GRAFT_MUST_CHECK graft_status graft_model_list_new(graft_model_list **out);
/* Adds a model of the folder. `problem` NULL: it is present. */
GRAFT_MUST_CHECK graft_status graft_model_list_add(graft_model_list *list, const char *folder,
                                                   const graft_record *record, const char *problem);
/* Adds a network that comes with graft; sha256 "": it was not hashed. `problem` as above. */
GRAFT_MUST_CHECK graft_status graft_model_list_add_shipped(graft_model_list *list, const graft_pretrained *row,
                                                           const char *path, const char *sha256, const char *problem);

#endif
