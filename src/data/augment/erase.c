#include "data/augment/op.h"

#include <math.h>
#include <string.h>

/* Random erasing: Zhong et al. 2020. */
typedef enum erase_colour { ERASE_NOISE, ERASE_MEAN, ERASE_BLACK } erase_colour;

typedef struct erase {
    double scale[2], ratio[2];
    int colour;
} erase;

static const graft_option attributes[] = {
    {.name = "scale",
     .type = GRAFT_OPTION_DOUBLES,
     .offset = offsetof(erase, scale),
     .fallback = "0.02,0.33",
     .unit = "of the area",
     .min = 0.001,
     .max = 1,
     .count = 2,
     .help = "how much is erased"},
    {.name = "ratio",
     .type = GRAFT_OPTION_DOUBLES,
     .offset = offsetof(erase, ratio),
     .fallback = "0.3,3.3",
     .min = 0.1,
     .max = 10,
     .count = 2,
     .help = "height over width of what is erased"},
    {.name = "colour",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(erase, colour),
     .fallback = "noise",
     .choices = "noise|mean|black",
     .help = "noise: a random colour for every pixel; mean: the picture's"},
    GRAFT_OPTION_END,
};

typedef struct erase_box {
    int left, top, width, height;
} erase_box;

enum { TRIES = 10 };

/* An empty box when none of the tries fits, as in torchvision. */
static erase_box draw_box(const erase *own, graft_rng *rng, const graft_picture *picture) {
    for (int i = 0; i < TRIES; i++) {
        double area = graft_draw(rng, own->scale[0], own->scale[1]) * (double)graft_picture_count(picture);
        double ratio = graft_draw_log(rng, own->ratio[0], own->ratio[1]);
        erase_box box = {.width = (int)lround(sqrt(area / ratio)), .height = (int)lround(sqrt(area * ratio))};
        if (box.width < 1 || box.height < 1 || box.width >= picture->width || box.height >= picture->height) continue;
        box.left = (int)graft_rng_below(rng, (uint32_t)(picture->width - box.width + 1));
        box.top = (int)graft_rng_below(rng, (uint32_t)(picture->height - box.height + 1));
        return box;
    }
    return (erase_box){0};
}

static void mean_colour(const graft_picture *picture, unsigned char colour[3]) {
    uint64_t sum[3] = {0};
    size_t count = graft_picture_count(picture);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++)
            sum[c] += picture->rgb[3 * i + c];
    for (int c = 0; c < 3 && count; c++)
        colour[c] = (unsigned char)((sum[c] + count / 2) / count);
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    const erase *own = a;
    erase_box box = draw_box(own, rng, picture);
    unsigned char colour[3] = {0};
    if (own->colour == ERASE_MEAN) mean_colour(picture, colour);
    for (int y = 0; y < box.height; y++) {
        size_t first = (size_t)(box.top + y) * (size_t)picture->width + (size_t)box.left;
        for (int x = 0; x < box.width; x++) {
            uint32_t word = own->colour == ERASE_NOISE ? graft_rng_u32(rng) : 0;
            if (own->colour == ERASE_NOISE) memcpy(colour, &word, 3);
            memcpy(picture->rgb + (first + (size_t)x) * 3, colour, 3);
        }
    }
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_erase = {
    .name = "erase",
    .help = "erases a box, some of the time: erase:0.02,0.33 (of the area), erase:colour=mean",
    .attribute_size = sizeof(erase),
    .attributes = attributes,
    .p = 0.5,
    .paint = paint,
};
