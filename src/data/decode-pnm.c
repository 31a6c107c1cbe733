/* PNM: netpbm's pbm(5), pgm(5), ppm(5), with any largest value (Leptonica reads only a few). In the plain forms
 * P1 to P3 a cut inside the very last number goes unseen. */
#include "base/error.h"
#include "data/decode-internal.h"

typedef struct pnm_file {
    const unsigned char *bytes;
    size_t length, at;
    unsigned form;    /* 1..6 */
    unsigned maximum; /* the value of white */
} pnm_file;

static void skip_space(pnm_file *pnm) {
    while (pnm->at < pnm->length && (pnm->bytes[pnm->at] <= ' ' || pnm->bytes[pnm->at] == '#')) {
        bool comment = pnm->bytes[pnm->at] == '#';
        while (comment && pnm->at < pnm->length && pnm->bytes[pnm->at] != '\n')
            pnm->at++;
        if (pnm->at < pnm->length) pnm->at++;
    }
}

/* The next decimal number, at most `digits` long; -1 when there is none. */
static int64_t read_number(pnm_file *pnm, int digits) {
    skip_space(pnm);
    int64_t number = -1;
    for (; digits > 0 && pnm->at < pnm->length; digits--, pnm->at++) {
        unsigned char c = pnm->bytes[pnm->at];
        if (c < '0' || c > '9') break;
        number = (number < 0 ? 0 : number * 10) + (c - '0');
    }
    return number;
}

static graft_status read_header(pnm_file *pnm, graft_image *out) {
    int64_t width = read_number(pnm, 9), height = read_number(pnm, 9);
    bool bitmap = pnm->form == 1 || pnm->form == 4;
    int64_t maximum = bitmap ? 1 : read_number(pnm, 9);
    if (width < 0 || height < 0 || maximum < 1 || maximum > 65535)
        return graft_fail(GRAFT_E_DATA, "PNM: its header is not width, height and a largest value of 1 to 65535; "
                                        "replace or remove the file");
    GRAFT_TRY(graft_decode_check_size(GRAFT_IMAGE_PNM, (uint64_t)width, (uint64_t)height));
    pnm->maximum = (unsigned)maximum;
    pnm->at++; /* exactly one white space before binary samples */
    out->width = out->file_width = (int)width;
    out->height = out->file_height = (int)height;
    return GRAFT_OK;
}

/* Stretched to 0..255; a bitmap's 1 is black. */
static unsigned char to_byte(const pnm_file *pnm, unsigned number) {
    if (pnm->form == 1 || pnm->form == 4) return number ? 0 : 255;
    if (number > pnm->maximum) number = pnm->maximum;
    return (unsigned char)((number * 255 + pnm->maximum / 2) / pnm->maximum);
}

static size_t row_bytes(const pnm_file *pnm, size_t samples) {
    if (pnm->form == 4) return (samples + 7) / 8;
    return samples * (pnm->form >= 5 && pnm->maximum > 255 ? 2 : 1); /* a plain sample has a digit, at least */
}

/* One row of samples as bytes; false when the file ends. */
static bool read_row(pnm_file *pnm, unsigned char *out, size_t samples) {
    if (pnm->form <= 3) {
        for (size_t i = 0; i < samples; i++) {
            int64_t number = read_number(pnm, pnm->form == 1 ? 1 : 5);
            if (number < 0) return false;
            out[i] = to_byte(pnm, (unsigned)number);
        }
        return true;
    }
    const unsigned char *from = pnm->bytes + pnm->at;
    pnm->at += row_bytes(pnm, samples);
    for (size_t i = 0; i < samples; i++) {
        if (pnm->form == 4)
            out[i] = to_byte(pnm, from[i / 8] >> (7 - i % 8) & 1);
        else
            out[i] = to_byte(pnm, pnm->maximum > 255 ? graft_be16(from + 2 * i) : from[i]);
    }
    return true;
}

graft_status graft_decode_pnm(graft_decoder *decoder, const unsigned char *bytes, size_t length, graft_image *out) {
    pnm_file pnm = {.bytes = bytes, .length = length, .at = 2, .form = bytes[1] - (unsigned)'0', .maximum = 1};
    GRAFT_TRY(read_header(&pnm, out));
    size_t width = (size_t)out->width, height = (size_t)out->height;
    bool colour = pnm.form == 3 || pnm.form == 6;
    size_t samples = colour ? width * 3 : width;
    if (pnm.at > length || row_bytes(&pnm, samples) * height > length - pnm.at)
        return graft_cut_short(GRAFT_IMAGE_PNM, length, "its last row");
    GRAFT_TRY(graft_pixels_reserve(&decoder->stored, out->width, out->height));
    for (size_t y = 0; y < height; y++) {
        unsigned char *row = decoder->stored.rgb + y * width * 3, *grey = row + width * 2;
        if (!read_row(&pnm, colour ? row : grey, samples))
            return graft_cut_short(GRAFT_IMAGE_PNM, length, "its last row");
        for (size_t x = 0; !colour && x < width; x++) /* in place: the grey row is the end of the RGB row */
            row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = grey[x];
    }
    return GRAFT_OK;
}
