#include "data/augment/policy.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/augment/warp.h"

#include <math.h>
#include <string.h>

/* Hendrycks et al. 2020, with both of their Beta and Dirichlet parameters 1. */
typedef struct augmix {
    int64_t severity, width, depth;
} augmix;

static const graft_option attributes[] = {
    {.name = "severity",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(augmix, severity),
     .fallback = "3",
     .min = 1,
     .max = 10,
     .help = "how strong the operations become"},
    {.name = "width",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(augmix, width),
     .fallback = "3",
     .min = 1,
     .max = 8,
     .help = "chains that are mixed"},
    {.name = "depth",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(augmix, depth),
     .fallback = "0",
     .min = 0,
     .max = 8,
     .help = "operations in a chain; 0: 1 to 3, drawn"},
    GRAFT_OPTION_END,
};

enum { DEPTH_LIMIT = 8, WIDTH_LIMIT = 8, STEPS = 10 };

/* One chain: `from` through its spatial operations, as one map, and its others into `to`. */
static graft_status run_chain(const augmix *own, graft_rng *rng, const graft_picture *from, graft_picture *to) {
    graft_pick pick[DEPTH_LIMIT];
    int depth = own->depth ? (int)own->depth : 1 + (int)graft_rng_below(rng, 3);
    graft_geometry geometry = graft_geometry_start(from->width, from->height, 1);
    for (int i = 0; i < depth; i++) {
        double magnitude = (double)graft_rng_below(rng, (uint32_t)own->severity) / (STEPS - 1);
        pick[i] = graft_policy_draw(GRAFT_POLICY_AUGMIX, rng, magnitude);
        graft_pick_place(&pick[i], &geometry);
    }
    graft_image image = {.width = from->width, .height = from->height, .rgb = from->rgb};
    graft_warp_bilinear(&image, &geometry.map, &geometry.border, to->width, to->height, to->rgb);
    for (int i = 0; i < depth; i++)
        GRAFT_TRY(graft_pick_paint(&pick[i], to));
    return GRAFT_OK;
}

static graft_status mix(const augmix *own, graft_rng *rng, graft_picture *picture, graft_picture *chain, float *sum) {
    size_t count = 3 * graft_picture_count(picture);
    float weight[WIDTH_LIMIT], total = 0;
    float original = (float)graft_rng_uniform(rng);
    for (int64_t i = 0; i < own->width; i++)
        total += weight[i] = 1e-9f - (float)log(1 - graft_rng_uniform(rng));
    for (size_t k = 0; k < count; k++)
        sum[k] = original * (float)picture->rgb[k];
    for (int64_t i = 0; i < own->width; i++) {
        float share = (1 - original) * weight[i] / total;
        GRAFT_TRY(run_chain(own, rng, picture, chain));
        for (size_t k = 0; k < count; k++)
            sum[k] += share * (float)chain->rgb[k];
    }
    for (size_t k = 0; k < count; k++)
        picture->rgb[k] = (unsigned char)fminf(sum[k] + 0.5f, 255);
    return GRAFT_OK;
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    size_t count = 3 * graft_picture_count(picture);
    graft_picture chain = {.rgb = graft_allocate(count, 1), .width = picture->width, .height = picture->height};
    float *sum = graft_allocate(count, sizeof *sum);
    graft_status status =
        chain.rgb && sum ? mix(a, rng, picture, &chain, sum) : graft_fail_memory("mixing views of a picture");
    graft_release(chain.rgb);
    graft_release(sum);
    return status;
}

const graft_augmentation graft_augmentation_augmix = {
    .name = "augmix",
    .help = "mixes the picture with a few randomly augmented ones: augmix:3 (severity, of 10)",
    .attribute_size = sizeof(augmix),
    .attributes = attributes,
    .p = 1,
    .paint = paint,
};
