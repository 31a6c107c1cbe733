/* graft/preprocess.h: how a picture becomes a network's input. The specification is part of the backbone and
 * of every saved model; train, evaluate, predict and extract use the same one. */
#ifndef GRAFT_PREPROCESS_H
#define GRAFT_PREPROCESS_H

#include <graft/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a picture that is not square meets a square input. */
typedef enum graft_fit {
    GRAFT_FIT_SQUASH, /* scale both sides, changing the aspect ratio (Keras' default); nothing is lost */
    GRAFT_FIT_CROP,   /* scale the shorter side, cut the centre */
    GRAFT_FIT_PAD,    /* scale the longer side, fill the rest with the mean colour */
} graft_fit;
#define GRAFT_FIT_CHOICES "squash|crop|pad"

/* The resampling filter; each equals Pillow's of the same name byte for byte. */
typedef enum graft_filter {
    GRAFT_FILTER_NEAREST,
    GRAFT_FILTER_BILINEAR,
    GRAFT_FILTER_BICUBIC,
    GRAFT_FILTER_LANCZOS,
} graft_filter;
#define GRAFT_FILTER_CHOICES "nearest|bilinear|bicubic|lanczos"

/* The scaling of pixel values that a network was trained with. */
typedef enum graft_scaling {
    GRAFT_SCALING_UNKNOWN, /* the file does not say; loading asks for --preprocess */
    GRAFT_SCALING_TF,      /* x / 127.5 - 1, RGB */
    GRAFT_SCALING_CAFFE,   /* BGR, minus 103.939, 116.779, 123.68; no scaling */
    GRAFT_SCALING_TORCH,   /* x / 255, RGB, minus 0.485 0.456 0.406, over 0.229 0.224 0.225 */
    GRAFT_SCALING_01,      /* x / 255, RGB */
    GRAFT_SCALING_RAW,     /* x, RGB, 0..255 */
} graft_scaling;
#define GRAFT_SCALING_CHOICES "auto|tf|caffe|torch|01|raw"

typedef struct graft_preprocess {
    size_t struct_size;
    int width, height; /* pixels of the network's input */
    int channels;      /* 3 or 1 */
    graft_fit fit;
    graft_filter filter;
    graft_scaling scaling;   /* its name, for people */
    bool bgr;                /* the network's first channel is blue */
    float mean[3], scale[3]; /* input = (x - mean) * scale on 0..255, in the network's channel order */
} graft_preprocess;

/* Fills mean, scale and bgr for a scaling; size, fit and filter: 224x224x3, squash, bilinear. */
GRAFT_API void graft_preprocess_init(graft_preprocess *spec, graft_scaling scaling);

#ifdef __cplusplus
}
#endif
#endif
