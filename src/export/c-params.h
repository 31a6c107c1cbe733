/* The parameters of steps, as the generated text declares them. */
#ifndef GRAFT_SRC_EXPORT_C_PARAMS_H
#define GRAFT_SRC_EXPORT_C_PARAMS_H

#include "export/c-kernels/block.inc"
#include "export/c-kernels/elements.inc"
#include "export/c-kernels/enlargement.inc"
#include "export/c-kernels/line.inc"
#include "export/c-kernels/margins.inc"
#include "export/c-kernels/pair.inc"
#include "export/c-kernels/picture.inc"
#include "export/c-kernels/piece.inc"
#include "export/c-kernels/response.inc"
#include "export/c-kernels/table.inc"
#include "export/c-kernels/window.inc"

#endif
