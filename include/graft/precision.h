/* graft/precision.h: 8-bit integers for what is frozen. Post-training quantisation: calibrated on training pictures,
 * measured against floats, stored in the model. CPUs without instructions for it (VNNI) compute on floats instead. */
#ifndef GRAFT_PRECISION_H
#define GRAFT_PRECISION_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_precision {
    GRAFT_PRECISION_F32,
    GRAFT_PRECISION_INT8, /* where a layer stays exact enough, measured; floats elsewhere */
} graft_precision;
#define GRAFT_PRECISION_CHOICES "f32|int8"

typedef struct graft_precision_options {
    size_t struct_size;
    int precision;   /* graft_precision */
    double max_drop; /* share of held-back pictures whose class may differ from the one that floats give, 0..1; of
                      * features alone: 1 - their mean cosine with those of floats. Beyond it training and extraction
                      * end with GRAFT_E_GATE */
} graft_precision_options;
#define GRAFT_PRECISION_OPTIONS_INIT \
    { .struct_size = sizeof(graft_precision_options), .max_drop = 0.03 }
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_precision_option_table(void);

/* What computes on integers, and how near it is to floats. */
typedef struct graft_precision_result {
    size_t struct_size;
    int precision;           /* of what is stored, whether or not this CPU has the instructions */
    int int8_layers, layers; /* with weights: on integers, in all */
    size_t pictures;         /* that it was calibrated on */
    double cosine, sqnr;     /* of the last layer's values with those of floats: mean cosine; dB */
    double agreement; /* share of held-back pictures that get the class that floats give them; NaN: not measured */
    size_t compared;  /* those pictures */
} graft_precision_result;

/* False: this CPU has no instructions for it; networks on integers compute on floats then. */
GRAFT_API bool graft_precision_available(void);

/* Calibrates on training pictures of `data` (checked first if it was not): all that is computed with the backbone from
 * then on uses integers. GRAFT_PRECISION_F32 goes back to floats. Where the CPU has no instructions for integers the
 * log says so and nothing changes. A backbone begins on floats, also one from a .graft file.
 * Errors: GRAFT_E_USAGE (options), GRAFT_E_DATA (no sound pictures), GRAFT_E_CANCELLED. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_backbone_quantize(graft_backbone *backbone, graft_dataset *data,
                                                                const graft_precision_options *options);
GRAFT_API void graft_backbone_precision(const graft_backbone *backbone, graft_precision_result *out);

/* A model computes as it was trained. GRAFT_PRECISION_F32: on floats from now on. Errors: GRAFT_E_USAGE:
 * GRAFT_PRECISION_INT8 of a model without a calibration. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_model_set_precision(graft_model *model, int precision);
GRAFT_API void graft_model_precision(const graft_model *model, graft_precision_result *out);

#ifdef __cplusplus
}
#endif
#endif
