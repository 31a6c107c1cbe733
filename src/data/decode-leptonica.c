/* GIF, TIFF and WebP through Leptonica. */
#include "base/alloc.h"
#include "base/error.h"
#include "data/decode-internal.h"

#include <leptonica/allheaders.h>
#include <string.h>

static void say_nothing(const char *text) {
    (void)text;
}

void graft_leptonica_silence(void) {
    setMsgSeverity(L_SEVERITY_NONE);
    leptSetStderrHandler(say_nothing);
}

/* RGB of every value a pixel of at most 8 bits can have. */
typedef struct value_table {
    unsigned char rgb[256][3];
} value_table;

static void fill_table(PIX *pix, int transparent, value_table *table) {
    unsigned levels = 1u << pixGetDepth(pix);
    PIXCMAP *map = pixGetColormap(pix);
    for (unsigned i = 0; i < levels; i++) {
        unsigned grey = i * 255 / (levels - 1);
        if (levels == 2) grey = 255 - grey; /* Leptonica's 1 is black */
        l_int32 red = (l_int32)grey, green = red, blue = red, alpha = 255;
        if (map && ((l_int32)i >= pixcmapGetCount(map) || pixcmapGetRGBA(map, (l_int32)i, &red, &green, &blue, &alpha)))
            continue;
        if ((int)i == transparent) alpha = 0;
        table->rgb[i][0] = graft_over_white((unsigned)red, (unsigned)alpha);
        table->rgb[i][1] = graft_over_white((unsigned)green, (unsigned)alpha);
        table->rgb[i][2] = graft_over_white((unsigned)blue, (unsigned)alpha);
    }
}

static void convert_by_table(PIX *pix, int transparent, unsigned char *out) {
    value_table table;
    fill_table(pix, transparent, &table);
    unsigned depth = (unsigned)pixGetDepth(pix), per_word = 32 / depth, mask = (1u << depth) - 1;
    size_t width = (size_t)pixGetWidth(pix), height = (size_t)pixGetHeight(pix);
    for (size_t y = 0; y < height; y++) {
        const l_uint32 *row = pixGetData(pix) + y * (size_t)pixGetWpl(pix);
        for (unsigned x = 0; x < width; x++, out += 3)
            memcpy(out, table.rgb[row[x / per_word] >> (32 - depth - x % per_word * depth) & mask], 3);
    }
}

/* Words of 32 bits hold R, G, B, alpha from the top; 16-bit grey is scaled. */
static void convert_by_value(PIX *pix, unsigned char *out) {
    bool grey = pixGetDepth(pix) == 16, opaque = pixGetSpp(pix) != 4;
    size_t width = (size_t)pixGetWidth(pix), height = (size_t)pixGetHeight(pix);
    for (size_t y = 0; y < height; y++) {
        const l_uint32 *row = pixGetData(pix) + y * (size_t)pixGetWpl(pix);
        for (size_t x = 0; x < width; x++, out += 3) {
            l_uint32 word = row[grey ? x / 2 : x];
            if (grey) {
                memset(out, (int)(((word >> (x % 2 ? 0 : 16) & 65535) * 255 + 32767) / 65535), 3);
            } else {
                unsigned alpha = opaque ? 255 : word & 255;
                out[0] = graft_over_white(word >> 24, alpha);
                out[1] = graft_over_white(word >> 16 & 255, alpha);
                out[2] = graft_over_white(word >> 8 & 255, alpha);
            }
        }
    }
}

/* The bytes Leptonica gets: *copy when they differ from the file's. Of a GIF it would decode every frame: it gets the
 * first alone, behind the header and before a trailer. A TIFF it would turn upright, from orientation 8 wrongly: it
 * gets the tag's value as 1, in the file's byte order. */
static graft_status adapt(graft_image_type type, const unsigned char *bytes, size_t *length,
                          const graft_file_facts *facts, unsigned char **copy) {
    bool gif = type == GRAFT_IMAGE_GIF, tiff = type == GRAFT_IMAGE_TIFF && facts->orientation != 1;
    if (!gif && !tiff) return GRAFT_OK;
    if (gif) *length = facts->first_frame_end + 1;
    *copy = graft_allocate(*length, 1);
    if (!*copy) return graft_fail_memory("a copy of a file");
    if (gif) {
        memcpy(*copy, bytes, *length - 1);
        (*copy)[*length - 1] = 0x3b;
    } else {
        memcpy(*copy, bytes, *length);
        unsigned char *value = *copy + facts->orientation_at;
        value[bytes[0] == 'M'] = 1;
        value[bytes[0] != 'M'] = 0;
    }
    return GRAFT_OK;
}

static PIX *read_pix(graft_image_type type, const unsigned char *bytes, size_t length) {
    switch (type) {
    case GRAFT_IMAGE_GIF:
        return pixReadMemGif(bytes, length);
    case GRAFT_IMAGE_TIFF:
        return pixReadMemTiff(bytes, length, 0);
    case GRAFT_IMAGE_WEBP:
        return pixReadMemWebP(bytes, length);
    default:
        return NULL;
    }
}

/* The size from the header, before anything is decoded. */
static graft_status find_size(graft_image_type type, const unsigned char *bytes, size_t length,
                              graft_file_facts *facts) {
    if (facts->width == 0 && facts->height == 0 && (type == GRAFT_IMAGE_TIFF || type == GRAFT_IMAGE_WEBP)) {
        l_int32 width = 0, height = 0, bits = 0, samples = 0;
        l_int32 failed = type == GRAFT_IMAGE_TIFF
                             ? readHeaderMemTiff(bytes, length, 0, &width, &height, &bits, &samples, NULL, NULL, NULL)
                             : readHeaderMemWebP(bytes, length, &width, &height, &samples);
        if (failed || width < 0 || height < 0)
            return graft_fail(GRAFT_E_DATA, "%s: its header is damaged; replace or remove the file",
                              graft_image_type_name(type));
        facts->width = (uint64_t)width;
        facts->height = (uint64_t)height;
    }
    return graft_decode_check_size(type, facts->width, facts->height);
}

graft_status graft_decode_leptonica(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                    graft_image *out) {
    graft_file_facts facts;
    GRAFT_TRY(graft_file_inspect(out->type, bytes, length, &facts));
    GRAFT_TRY(find_size(out->type, bytes, length, &facts));
    out->width = out->file_width = (int)facts.width;
    out->height = out->file_height = (int)facts.height;
    out->orientation = facts.orientation;
    unsigned char *copy = NULL;
    GRAFT_TRY(adapt(out->type, bytes, &length, &facts, &copy));
    PIX *pix = read_pix(out->type, copy ? copy : bytes, length);
    graft_release(copy);
    l_int32 valid = 1;
    if (pix && pixGetColormap(pix)) pixcmapIsValid(pixGetColormap(pix), pix, &valid);
    if (!valid) pixDestroy(&pix); /* a pixel outside the palette */
    if (!pix)
        return graft_fail(GRAFT_E_DATA,
                          "%s: damaged, or of a kind graft does not read; replace it or convert it to PNG",
                          graft_image_type_name(out->type));
    int depth = pixGetDepth(pix);
    graft_status status = GRAFT_OK;
    if (pixGetWidth(pix) != out->width || pixGetHeight(pix) != out->height)
        status = graft_fail(
            GRAFT_E_DATA, "%s: decodes to %dx%d pixels, its header says %dx%d; replace or remove the file",
            graft_image_type_name(out->type), (int)pixGetWidth(pix), (int)pixGetHeight(pix), out->width, out->height);
    if (status == GRAFT_OK) status = graft_pixels_reserve(&decoder->stored, out->width, out->height);
    if (status == GRAFT_OK && depth <= 8) convert_by_table(pix, facts.transparent, decoder->stored.rgb);
    if (status == GRAFT_OK && depth > 8) convert_by_value(pix, decoder->stored.rgb);
    pixDestroy(&pix);
    return status;
}
