/* A contact sheet of a picture's views. */
#include <graft/augment.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/threads.h"
#include "data/augment.h"
#include "data/contact-sheet.h"

#define DEFAULT_CHAIN "flip rotate:10 zoom:0.1 brightness:0.2 contrast:0.2"

enum { MOST_VIEWS = 400, LARGEST_SIZE = 1024, DEFAULT_VIEWS = 16, DEFAULT_SIZE = 224, GAP = 4 };

#define ROW(member) .offset = offsetof(graft_augment_options, member)
static const graft_option rows[] = {
    {.name = "output",
     .letter = 'o',
     .type = GRAFT_OPTION_TEXT,
     ROW(output),
     .unit = "FILE",
     .help = "the sheet, a PNG"},
    {.name = "augment",
     .type = GRAFT_OPTION_TEXT,
     ROW(augment),
     .fallback = DEFAULT_CHAIN,
     .unit = "CHAIN",
     .help = "words of graft list augmentations, each name[:value][:option=value...], joined by spaces"},
    {.name = "views",
     .type = GRAFT_OPTION_INT,
     ROW(views),
     .fallback = "16",
     .min = 1,
     .max = MOST_VIEWS,
     .help = "how many are shown; the first is the plain picture"},
    {.name = "seed",
     .type = GRAFT_OPTION_INT,
     ROW(seed),
     .fallback = "0",
     .min = 0,
     .max = 9007199254740992.0,
     .help = "the same seed shows the same views"},
    {.name = "size",
     .type = GRAFT_OPTION_INT,
     ROW(size),
     .fallback = "224",
     .min = 1,
     .max = LARGEST_SIZE,
     .unit = "px",
     .help = "sides of the network's input"},
    {.name = "fit",
     .type = GRAFT_OPTION_ENUM,
     ROW(fit),
     .fallback = "squash",
     .choices = GRAFT_FIT_CHOICES,
     .help = "how a picture that is not square meets it"},
    GRAFT_OPTION_END};

const graft_option *graft_augment_option_table(void) {
    return rows;
}

typedef struct view_sheet {
    const char *path;
    const unsigned char *bytes;
    size_t length;
    graft_preprocess spec;
    graft_view view;
    graft_contact_sheet tiles;
} view_sheet;

static graft_status draw_view(void *argument, int worker, size_t index) {
    (void)worker;
    view_sheet *sheet = argument;
    size_t side = (size_t)sheet->spec.width;
    graft_view view = sheet->view;
    view.number = (uint32_t)index;
    graft_decoder *decoder = NULL;
    unsigned char *pixels = graft_allocate(side * side, 3);
    if (!pixels) return graft_fail_memory("a view of a picture");
    graft_status status = graft_decoder_new(&decoder);
    if (status == GRAFT_OK)
        status = graft_image_prepare_view(decoder, sheet->bytes, sheet->length, &sheet->spec, &view, pixels, NULL);
    if (status == GRAFT_E_DATA) status = graft_fail_in(status, "%s", sheet->path);
    if (status == GRAFT_OK) graft_contact_sheet_place(&sheet->tiles, index, pixels);
    graft_decoder_free(decoder);
    graft_release(pixels);
    return status;
}

static graft_status check_options(const graft_augment_options *options) {
    if (!options->output) return graft_fail(GRAFT_E_USAGE, "-o FILE.png is needed: where the sheet goes");
    if (options->views < 0 || options->views > MOST_VIEWS || options->size < 0 || options->size > LARGEST_SIZE ||
        options->seed < 0 || options->fit < 0 || options->fit > GRAFT_FIT_PAD)
        return graft_fail(GRAFT_E_USAGE, "a sheet of %lld views of %lld px, expected 1 to %d of 1 to %d",
                          (long long)options->views, (long long)options->size, MOST_VIEWS, LARGEST_SIZE);
    return GRAFT_OK;
}

static graft_status draw(graft_context *context, view_sheet *sheet, size_t views, const char *output) {
    const size_t side = (size_t)sheet->spec.width;
    graft_status status = graft_contact_sheet_init(&sheet->tiles, views, side, side, GAP);
    if (status == GRAFT_OK) status = graft_parallel_for(context, views, draw_view, sheet);
    if (status == GRAFT_OK) status = graft_contact_sheet_write(&sheet->tiles, output);
    graft_contact_sheet_clear(&sheet->tiles);
    return status;
}

graft_status graft_augment_sheet(graft_context *context, const char *image, const graft_augment_options *options) {
    GRAFT_TRY(check_options(options));
    view_sheet sheet = {.path = image, .view.seed = (uint64_t)options->seed};
    graft_augment *augment = NULL;
    char *bytes = NULL;
    size_t views = options->views ? (size_t)options->views : DEFAULT_VIEWS;
    graft_preprocess_init(&sheet.spec, GRAFT_SCALING_TORCH);
    sheet.spec.width = sheet.spec.height = options->size ? (int)options->size : DEFAULT_SIZE;
    sheet.spec.fit = (graft_fit)options->fit;
    GRAFT_TRY(graft_augment_parse(options->augment ? options->augment : DEFAULT_CHAIN, &augment));
    graft_status status = graft_file_read(image, 0, &bytes, &sheet.length);
    if (status == GRAFT_OK) {
        sheet.bytes = (const unsigned char *)bytes;
        sheet.view.augment = augment;
        sheet.view.content = graft_hash_bytes(bytes, sheet.length);
        status = draw(context, &sheet, views, options->output);
    }
    graft_release(bytes);
    graft_augment_free(augment);
    return status;
}
