/* The registry of published weights: what they are, where they are, and how their pictures are prepared. */
#ifndef GRAFT_SRC_ZOO_PRETRAINED_H
#define GRAFT_SRC_ZOO_PRETRAINED_H

#include <graft/preprocess.h>

typedef enum graft_hash_kind { GRAFT_HASH_NONE, GRAFT_HASH_MD5, GRAFT_HASH_SHA256 } graft_hash_kind;

typedef struct graft_pretrained {
    const char *name; /* "resnet50.torch.v2": architecture and tag */
    const char *help; /* size, scaling, format, licence, address */
    const char *arch, *tag;
    bool top;           /* with the published classifier */
    const char *format; /* of graft_container_format */
    const char *url;
    graft_hash_kind hash_kind;
    const char *hash; /* lower-case hexadecimal digits, perhaps only the first */
    graft_scaling scaling;
    int size, classes; /* pixels; of the classifier, also where the file leaves it out */
    graft_filter filter;
    const char *licence, *notes;
} graft_pretrained;

const graft_pretrained *graft_pretrained_at(size_t index); /* NULL past the end: the registry */
/* The weights of `arch` in the file at `path`: the row whose file has this name, else the first of the architecture;
 * NULL when there is none. *named tells which of both it was. Files are not hashed for it: the rows of an architecture
 * agree in their scaling. */
const graft_pretrained *graft_pretrained_find(const char *arch, const char *path, bool *named);

#endif
