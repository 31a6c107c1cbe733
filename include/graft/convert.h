/* graft/convert.h: networks and models as files of other frameworks, or as C source. */
#ifndef GRAFT_CONVERT_H
#define GRAFT_CONVERT_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_convert_options {
    size_t struct_size;
    const char *to;        /* a name of the kind "exporters"; NULL: by the output's name */
    const char *arch;      /* the network whose weights the input holds; NULL: the input says it */
    const char *layer;     /* write the network up to this layer; NULL: all of it */
    int precision;         /* C source: 0 f32, 1 int8 */
    const char *calibrate; /* int8: folder of pictures whose activations set the scales */
    const char *classes;   /* file with a class a line; NULL: the input's own */
    int preprocess;        /* graft_scaling; 0: the input's own, or the registry's */
    bool no_check;         /* do not open and compare what was written */
    int store;             /* safetensors: 0 f32, 1 f16 (kernels; half the bytes) */
    int64_t image_size;    /* a network without dense layers: side of its pictures from here on, px; 0: as it is */
    double max_drop;       /* int8: share of the compared pictures whose class may differ from the one that floats give,
                            * 0..1; of features alone: 1 - their mean cosine with those of floats */
} graft_convert_options;
#define GRAFT_CONVERT_OPTIONS_INIT \
    { .struct_size = sizeof(graft_convert_options), .max_drop = 0.1 }
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_convert_option_table(void);

typedef struct graft_convert_report {
    const char *from, *to;  /* formats; static text */
    uint64_t bytes;         /* written */
    bool checked;           /* both were run on the same pictures */
    double difference;      /* largest absolute difference of the outputs, as a share of the largest output; NAN: within
                             * the bound, but not told (C source; of int8 it is the program before its integers) */
    size_t compared, same;  /* int8: pictures that both precisions answered, 0: it is none; those with the same class */
    bool own_pictures;      /* int8: they are those that set the scales, there were no others */
    double agreement;       /* same / compared; NaN: no classifier */
    double cosine;          /* int8: mean, of the outputs with those of floats */
    double int8_difference; /* largest, of an output */
} graft_convert_report;

/* Writes what `input` holds (any file graft_model_open or graft_backbone_open takes) as `output`, then opens that and
 * compares the answers of both. `report` may be NULL. Errors: GRAFT_E_USAGE (unknown target, an op the target cannot
 * say, by name), GRAFT_E_DATA (input; a difference above 1e-3, or 1e-2 where the kernels were rounded to f16: nothing
 * is written), GRAFT_E_GATE (int8 differs by more than max_drop, nothing is written; `report` has the figures). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_convert(graft_context *context, const char *input, const char *output,
                                                      const graft_convert_options *options,
                                                      graft_convert_report *report);

#ifdef __cplusplus
}
#endif
#endif
