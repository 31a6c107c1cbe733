/* What a file's name promises, and what its bytes are when they are no picture. */
#ifndef GRAFT_SRC_DATA_FILE_TYPE_H
#define GRAFT_SRC_DATA_FILE_TYPE_H

#include "data/image.h"

/* Whether the extension is a picture's. *type gets the type it stands for; GRAFT_IMAGE_UNKNOWN for pictures that
 * are not read here (.heic). `type` may be NULL. */
bool graft_extension_type(const char *name, graft_image_type *type);

/* For bytes of no known picture type: a static name such as "text", and in `reason` why this is no sample. */
const char *graft_describe_bytes(const unsigned char *bytes, size_t length, char *reason, size_t size);

#endif
