/* graft/explain.h: where in a picture an answer comes from. */
#ifndef GRAFT_EXPLAIN_H
#define GRAFT_EXPLAIN_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_explain_method {
    GRAFT_EXPLAIN_AUTO,    /* Grad-CAM where a gradient goes from the class to a map, else occlusion; a `layer` asks for
                              the one, a `window` for the other */
    GRAFT_EXPLAIN_GRADCAM, /* Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
                              Localization" (ICCV 2017): a layer's maps, each weighted with the mean gradient of the
                              class's   logit by it, summed, negative values dropped */
    GRAFT_EXPLAIN_OCCLUSION, /* Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks" (ECCV 2014): how
                                much the class's probability falls when a grey square covers a part; any head */
} graft_explain_method;
#define GRAFT_EXPLAIN_METHOD_CHOICES "auto|gradcam|occlusion"

typedef struct graft_explain_options {
    size_t struct_size;
    int method;             /* graft_explain_method */
    const char *layer;      /* of gradcam; NULL: the last map, before the pooling that ends maps */
    const char *class_name; /* what to explain; NULL: the most probable class */
    int64_t window; /* occlusion: side of the square in pixels of the network's input; 0: a sixth of the shorter side */
} graft_explain_options;
#define GRAFT_EXPLAIN_OPTIONS_INIT \
    { .struct_size = sizeof(graft_explain_options) }
GRAFT_API const graft_option *graft_explain_option_table(void);

/* Borrowed members live as long as the explanation. */
typedef struct graft_explanation {
    const char *path, *label, *layer; /* label: of the class that is explained; layer: NULL for occlusion */
    graft_explain_method method;      /* that was taken */
    const char *reason;               /* auto: why it is not Grad-CAM; NULL: it is, or it was asked for */
    float probability;                /* of that class */
    size_t rows, columns;             /* cells of the map over the picture as the network sees it, top to bottom */
    const float *map;             /* rows x columns, 0..1: 1 at the peak; all 0 where nothing speaks for the class */
    double peak;                  /* the value that 1 stands for: of gradcam's sum, or points of probability lost */
    double peak_row, peak_column; /* the middle of the strongest cell, as shares of the picture's height and width */
} graft_explanation;

/* Explains the model's answer for one picture. Errors: GRAFT_E_USAGE: a class or layer that is not there (the nearest
 * is named), a layer that is no map or that others go around; where Grad-CAM was asked for, a network without maps
 * or a head without gradients (k-NN); GRAFT_E_DATA (the picture). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_explain(graft_explanation **out, graft_context *context,
                                                      const graft_model *model, const char *picture,
                                                      const graft_explain_options *options);
GRAFT_API void graft_explanation_free(graft_explanation *explanation);
/* {"path":..,"label":..,"probability":..,"method":..,"reason":..,"layer":..,"peak":..,"at":[row,column],"map":[[..],..]}.
 * Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_explanation_json(const graft_explanation *explanation, char **json);

#ifdef __cplusplus
}
#endif
#endif
