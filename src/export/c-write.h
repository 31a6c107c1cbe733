/* What the writers of NAME.c and NAME.h share. */
#ifndef GRAFT_SRC_EXPORT_C_WRITE_H
#define GRAFT_SRC_EXPORT_C_WRITE_H

#include "export/c-text.h"
#include <stdio.h>

/* There is a run function for bytes: the preprocessing is known and fits the input. */
bool graft_c_takes_pixels(const graft_c_program *program, const graft_export_source *source);
GRAFT_MUST_CHECK graft_status graft_c_write_header(const graft_c_program *program, const graft_export_source *source,
                                                   const char *prefix, const char *path);
/* What the generated text makes of one number: by its own function. */
int8_t graft_c_quantized(float x, float inverse_scale, float zero);

#endif
