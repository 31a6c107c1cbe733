#include "report/gan-page.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/sheet.h"

#include <math.h>

enum { SHOWN = 12, PNG_MOST = 8 << 20 };

graft_status graft_gan_history_csv(const graft_gan_result *result, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, "epoch,steps,discriminator_loss,generator_loss,real,generated,fid\n");
    for (size_t i = 0; i < result->epoch_count; i++) {
        const graft_gan_epoch *e = &result->epochs[i];
        graft_buffer_format(&text, "%u,%llu,%.9g,%.9g,%.9g,%.9g,", e->epoch, (unsigned long long)e->steps,
                            e->discriminator_loss, e->generator_loss, e->real, e->generated);
        if (isfinite(e->distance)) graft_buffer_format(&text, "%.9g", e->distance);
        graft_buffer_text(&text, "\n");
    }
    return graft_buffer_take(&text, out, NULL);
}

/* ---- curves ---- */

static double epoch_of(const graft_gan_epoch *e) {
    return (double)e->epoch;
}
static double discriminator_of(const graft_gan_epoch *e) {
    return e->discriminator_loss;
}
static double generator_of(const graft_gan_epoch *e) {
    return e->generator_loss;
}
static double real_of(const graft_gan_epoch *e) {
    return e->real;
}
static double generated_of(const graft_gan_epoch *e) {
    return e->generated;
}

typedef double (*figure)(const graft_gan_epoch *epoch);

static const double *gather(const graft_gan_result *result, figure of, double *out) {
    for (size_t i = 0; i < result->epoch_count; i++)
        out[i] = of(&result->epochs[i]);
    return out;
}

static void add_pair(graft_sheet *sheet, const graft_gan_result *result, double *room, const char *title,
                     const char *y_name, const char *names[2], const figure of[2]) {
    const size_t count = result->epoch_count;
    const double *x = gather(result, epoch_of, room);
    const graft_chart_series series[] = {
        {.name = names[0], .tone = "other", .x = x, .y = gather(result, of[0], room + count), .count = count},
        {.name = names[1], .tone = "own", .x = x, .y = gather(result, of[1], room + 2 * count), .count = count}};
    graft_chart_add(&sheet->out, &(graft_chart){.kind = GRAFT_CHART_LINES,
                                                .title = title,
                                                .x_name = "epoch",
                                                .y_name = y_name,
                                                .series = series,
                                                .series_count = 2});
}

static graft_status add_curves(graft_sheet *sheet, const graft_gan_result *result) {
    double *room = graft_allocate(result->epoch_count, 3 * sizeof *room);
    if (!room) return graft_fail_memory("a report");
    graft_sheet_begin(sheet, "training", "Training", "Both networks over the epochs");
    graft_buffer_text(
        &sheet->out,
        "<p class=\"hint\">The losses are of two networks that play against each other: neither says by "
        "itself how good the pictures are. D(x) and D(G(z)) are what the discriminator says of real and of "
        "generated pictures, between 0 and 1; equal ones mean that it cannot tell them apart.</p>\n");
    add_pair(sheet, result, room, "Losses by epoch", "loss", (const char *[]){"discriminator", "generator"},
             (const figure[]){discriminator_of, generator_of});
    add_pair(sheet, result, room, "What the discriminator says", "mean sigmoid",
             (const char *[]){"of real pictures", "of generated pictures"}, (const figure[]){real_of, generated_of});
    graft_sheet_end(sheet);
    graft_release(room);
    return GRAFT_OK;
}

/* Epochs that were not measured are left out: a line joins those that were. */
static graft_status add_distances(graft_sheet *sheet, const graft_gan_result *result) {
    const double best = result->best_epoch;
    if (result->best_epoch == 0) return GRAFT_OK;
    double *room = graft_allocate(result->epoch_count, 2 * sizeof *room);
    if (!room) return graft_fail_memory("a report");
    size_t count = 0;
    for (size_t i = 0; i < result->epoch_count; i++) {
        if (!isfinite(result->epochs[i].distance)) continue;
        room[count] = epoch_of(&result->epochs[i]);
        room[result->epoch_count + count++] = result->epochs[i].distance;
    }
    const graft_chart_series series = {
        .name = "generated pictures", .tone = "own", .x = room, .y = room + result->epoch_count, .count = count};
    graft_chart_add(&sheet->out, &(graft_chart){.kind = GRAFT_CHART_LINES,
                                                .title = "Fr\u00e9chet distance by epoch",
                                                .x_name = "epoch",
                                                .y_name = "distance from real pictures",
                                                .series = &series,
                                                .series_count = 1,
                                                .mark = &best});
    graft_release(room);
    return GRAFT_OK;
}

/* ---- sheets ---- */

static graft_status add_sheet(graft_sheet *sheet, const char *folder, const graft_gan_epoch *of, bool best) {
    const unsigned epoch = of->epoch;
    size_t length = 0;
    char *png = NULL, *path = graft_text_format("%s/samples/epoch-%04u.png", folder, epoch);
    if (!path) return graft_fail_memory("a path");
    graft_status status = graft_file_read(path, PNG_MOST, &png, &length);
    graft_release(path);
    if (status == GRAFT_E_MEMORY) return status;
    if (status != GRAFT_OK) { /* thrown away since: the page does without it */
        graft_error_clear();
        return GRAFT_OK;
    }
    graft_buffer_format(&sheet->out,
                        "<figure><img alt=\"generated pictures after epoch %u\" "
                        "src=\"data:image/png;base64,",
                        epoch);
    graft_buffer_base64(&sheet->out, png, length);
    graft_buffer_format(&sheet->out, "\"><figcaption>after epoch %u", epoch);
    if (isfinite(of->distance)) graft_buffer_format(&sheet->out, ", Fr&eacute;chet distance %.2f", of->distance);
    graft_buffer_format(&sheet->out, "%s</figcaption></figure>\n", best ? ", the least: <b>best.graft</b>" : "");
    graft_release(png);
    return GRAFT_OK;
}

static graft_status add_epoch(graft_sheet *sheet, const graft_gan_result *result, const char *folder, size_t at) {
    const graft_gan_epoch *epoch = &result->epochs[at];
    return add_sheet(sheet, folder, epoch, result->best_epoch > 0 && epoch->epoch == result->best_epoch);
}

/* The last and the first, evenly between, and the best. */
static graft_status add_sheets(graft_sheet *sheet, const graft_gan_result *result, const char *folder) {
    const size_t count = result->epoch_count, shown = count < SHOWN ? count : SHOWN;
    size_t best = count, before = count; /* none */
    while (best > 0 && result->epochs[best - 1].epoch != result->best_epoch)
        best--;
    graft_sheet_begin(sheet, "samples", "Pictures", "What the generator makes");
    graft_buffer_format(&sheet->out, "<p class=\"hint\">Always of the same vectors%s.</p>\n",
                        result->average ? ", with the generator's averaged weights" : "");
    GRAFT_TRY(add_distances(sheet, result));
    graft_buffer_text(&sheet->out, "<div class=\"sheets\">\n");
    for (size_t i = shown; i > 0; i--) {
        const size_t at = shown > 1 ? (i - 1) * (count - 1) / (shown - 1) : count - 1;
        if (best > 0 && best - 1 > at && best - 1 < before) GRAFT_TRY(add_epoch(sheet, result, folder, best - 1));
        GRAFT_TRY(add_epoch(sheet, result, folder, at));
        before = at;
    }
    graft_buffer_text(&sheet->out, "</div>\n");
    graft_sheet_end(sheet);
    return GRAFT_OK;
}

/* ---- the page ---- */

static void add_distance(graft_buffer *out, const graft_gan_result *r) {
    const graft_gan_fid_result *fid = &r->fid;
    graft_buffer_format(out, "<p>Fr&eacute;chet distance <b>%.2f</b> by %zu features of ", fid->distance,
                        fid->features);
    graft_html_text(out, fid->base);
    graft_buffer_format(out,
                        " at %d px, %zu generated and %zu real pictures; %.2f between two halves of the real ones. "
                        "Not comparable with figures by Inception, or by another base, size or count.",
                        fid->size, fid->generated, fid->real, fid->floor);
    for (size_t i = 0; r->best_epoch > 0 && i < r->epoch_count; i++)
        if (r->epochs[i].epoch == r->best_epoch)
            graft_buffer_format(out, " The least was <b>%.2f</b>, after epoch %u: best.graft.", r->epochs[i].distance,
                                r->best_epoch);
    graft_buffer_text(out, "</p>\n");
}

static void add_header(graft_sheet *sheet, const graft_gan_result *r, const char *folder) {
    graft_buffer *out = &sheet->out;
    graft_buffer_text(out, "<header><p class=\"kicker\">graft gan train</p><h1>");
    graft_html_text(out, graft_path_name(folder));
    graft_buffer_format(out,
                        "</h1><p>%zu pictures of %lldx%lld, %s, made from %lld numbers. Generator %lld parameters, "
                        "discriminator %lld%s",
                        r->pictures, (long long)r->image_size, (long long)r->image_size,
                        r->channels == 1 ? "grey" : "in colour", (long long)r->latent,
                        (long long)r->generator_parameters, (long long)r->discriminator_parameters,
                        r->spectral_norm ? " under spectral normalisation" : "");
    if (r->frozen > 0) graft_buffer_format(out, ", %lld of them frozen", (long long)r->frozen);
    graft_buffer_format(out, ". %llu steps in ", (unsigned long long)r->steps);
    graft_html_seconds(out, r->seconds);
    graft_buffer_text(out, ".</p>\n");
    if (r->measured) add_distance(out, r);
    graft_buffer_text(out, "</header>\n");
}

graft_status graft_gan_page(const graft_gan_result *result, const char *folder) {
    graft_sheet sheet;
    char *path = graft_path_join(folder, "report.html");
    if (!path) return graft_fail_memory("a path");
    graft_sheet_open(&sheet, graft_path_name(folder));
    add_header(&sheet, result, folder);
    graft_sheet_navigation(&sheet);
    graft_status status = GRAFT_OK;
    if (result->epoch_count > 0) status = add_sheets(&sheet, result, folder);
    if (status == GRAFT_OK && result->epoch_count > 0) status = add_curves(&sheet, result);
    if (status == GRAFT_OK)
        status = graft_sheet_write(&sheet, path);
    else
        graft_sheet_clear(&sheet);
    graft_release(path);
    return status;
}
