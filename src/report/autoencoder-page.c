/* report.html of an autoencoder: what it gives back, how near it comes, how it learned, where its codes lie. */
#include "report/page-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/embedding-map.h"
#include "stats/quantile.h"
#include "transfer/autoencoder-internal.h"

enum { SHOWN = 16, COLUMNS = 8, SHARES = 101, SIDES = 2, DRAWN = 24, PAIRS = 4, STEPS = 8 };

static const graft_split splits[SIDES] = {GRAFT_SPLIT_TRAIN, GRAFT_SPLIT_VALIDATION};

/* Held back, where some were. */
static const graft_scores *shown(const graft_page *page) {
    const graft_scores *held = graft_run_scores(page->run, GRAFT_SPLIT_VALIDATION);
    return held ? held : graft_run_scores(page->run, GRAFT_SPLIT_TRAIN);
}

static double mean_of(const graft_scores *scores) {
    double sum = 0;
    for (size_t i = 0; i < scores->n; i++)
        sum += scores->score[i];
    return sum / (double)scores->n;
}

static size_t anomalous(const graft_scores *scores) {
    size_t count = 0;
    for (size_t i = 0; i < scores->n; i++)
        count += !(scores->score[i] <= scores->threshold);
    return count;
}

static void add_head(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    const graft_scores *scores = shown(page);
    graft_autoencoder_about about;
    graft_autoencoder_tell(graft_run_autoencoder(page->run), &about);
    graft_buffer_text(out, "<header><p class=\"kicker\">graft autoencoder</p><h1>");
    graft_html_text(out, graft_path_name(graft_dataset_path(page->data)));
    graft_buffer_text(out, "</h1>\n<div class=\"tiles\">\n<div class=\"tile\"><span>Network</span><b>");
    graft_html_text(out, graft_path_name(about.arch));
    graft_buffer_format(
        out,
        "</b><small>%lld numbers of %d &times; %d px, %d channel%s</small></div>\n"
        "<div class=\"tile\"><span>Pictures</span><b>%zu</b><small>%zu of them held back</small></div>\n"
        "<div class=\"tile\"><span>Mean score</span><b>%.4g</b><small>squared error, 0 to 1, %s</small>"
        "</div>\n"
        "<div class=\"tile\"><span>Threshold</span><b>%.4g</b><small>%zu of %zu %s pictures lie above"
        "</small></div>\n",
        (long long)about.latent, about.width, about.height, about.channels, about.channels == 1 ? "" : "s",
        page->check.sound, page->check.per_split[GRAFT_SPLIT_VALIDATION], mean_of(scores), page->split, about.threshold,
        anomalous(scores), scores->n, page->split);
    graft_buffer_text(out, "<div class=\"tile\"><span>Time</span><b>");
    graft_html_seconds(out, graft_run_timing_of(page->run)->total);
    graft_buffer_text(out, "</b><small>all together</small></div>\n</div></header>\n");
}

static graft_status add_sheet(graft_page *page, const graft_contact_sheet *sheet, const char *what) {
    graft_buffer *out = &page->sheet.out;
    unsigned char *png = NULL;
    size_t length = 0;
    GRAFT_TRY(graft_contact_sheet_png(sheet, &png, &length));
    graft_buffer_format(out, "<img class=\"contact\" alt=\"%s\" src=\"data:image/png;base64,", what);
    graft_buffer_base64(out, png, length);
    graft_buffer_text(out, "\">\n");
    graft_release(png);
    return GRAFT_OK;
}

static graft_status add_pictures(graft_page *page) {
    const graft_scores *scores = shown(page);
    graft_contact_sheet sheet = {0};
    graft_status status = graft_autoencoder_draw(graft_run_autoencoder(page->run), page->data, scores->sample,
                                                 scores->n < SHOWN ? scores->n : SHOWN, COLUMNS, &sheet);
    if (status == GRAFT_OK) {
        graft_sheet_begin(&page->sheet, "pictures", "Pictures", "Originals above reconstructions");
        graft_buffer_format(&page->sheet.out,
                            "<p class=\"hint\">The first %s pictures as the network sees them, and below each row what "
                            "it makes of them.</p>\n",
                            page->split);
        status = add_sheet(page, &sheet, "rows of pictures, each above the row of their reconstructions");
        graft_sheet_end(&page->sheet);
    }
    graft_contact_sheet_clear(&sheet);
    return status;
}

/* Which share of the pictures has at most which score. */
static graft_status add_scores(graft_page *page) {
    static const char *const names[SIDES] = {"training", "validation"}, *const tones[SIDES] = {"other", "own"};
    double score[SIDES][SHARES], share[SHARES];
    graft_chart_series series[SIDES];
    size_t count = 0;
    for (int i = 0; i < SHARES; i++)
        share[i] = (double)i / (SHARES - 1);
    for (int k = 0; k < SIDES; k++) {
        const graft_scores *scores = graft_run_scores(page->run, splits[k]);
        if (!scores) continue;
        for (int i = 0; i < SHARES; i++)
            GRAFT_TRY(graft_quantile(scores->score, scores->n, share[i], &score[k][i]));
        series[count++] =
            (graft_chart_series){.name = names[k], .tone = tones[k], .x = score[k], .y = share, .count = SHARES};
    }
    graft_sheet_begin(&page->sheet, "scores", "Scores", "How near reconstructions come");
    graft_buffer_text(&page->sheet.out, "<p class=\"hint\">The share of the pictures whose score is at most so large. "
                                        "The line is the threshold above which a picture counts as anomalous.</p>\n");
    graft_chart_add(&page->sheet.out, &(graft_chart){.kind = GRAFT_CHART_LINES,
                                                     .title = "Pictures by score",
                                                     .x_name = "score",
                                                     .y_name = "share of the pictures",
                                                     .series = series,
                                                     .series_count = count,
                                                     .percent = true,
                                                     .mark = &shown(page)->threshold});
    graft_sheet_end(&page->sheet);
    return GRAFT_OK;
}

static graft_status add_map(graft_page *page) {
    graft_embedding *map = NULL;
    const graft_scores *scores = shown(page);
    if (scores->n < 3) return GRAFT_OK;
    GRAFT_TRY(graft_embed_codes(&map, page->context, page->run));
    graft_sheet_begin(&page->sheet, "map", "Map", "Map of the codes");
    graft_status status = graft_embedding_map_add(&page->sheet, page->context, map);
    graft_sheet_end(&page->sheet);
    graft_embedding_free(map);
    return status;
}

/* Of the shown pictures, evenly apart; partners half of them apart, so that most are of another kind. */
static graft_status draw_between(const graft_page *page, const graft_autoencoder *model, graft_contact_sheet *sheet) {
    const graft_scores *scores = shown(page);
    const size_t pairs = scores->n / 2 < PAIRS ? scores->n / 2 : PAIRS;
    size_t sample[2 * PAIRS];
    for (size_t i = 0; i < 2 * pairs; i++)
        sample[i] = scores->sample[(i / 2 + i % 2 * pairs) * scores->n / (2 * pairs)];
    return graft_autoencoder_draw_between(model, page->data, sample, pairs, STEPS, sheet);
}

static graft_status add_drawn(graft_page *page, const graft_autoencoder *model) {
    graft_contact_sheet sheet = {0};
    if (!graft_autoencoder_has_prior(model)) return GRAFT_OK;
    graft_status status = graft_autoencoder_draw_prior(model, 0, DRAWN, COLUMNS, &sheet);
    graft_buffer_text(
        &page->sheet.out,
        "<h3>Draws from the prior</h3>\n<p class=\"hint\">What the decoder makes of draws from the standard "
        "Gaussian, which training keeps the codes near to: pictures of nothing that it has seen.</p>\n");
    if (status == GRAFT_OK) status = add_sheet(page, &sheet, "pictures of draws from the prior");
    graft_contact_sheet_clear(&sheet);
    return status;
}

static graft_status add_decoded(graft_page *page) {
    const graft_autoencoder *model = graft_run_autoencoder(page->run);
    graft_contact_sheet sheet = {0};
    if (shown(page)->n < 2) return GRAFT_OK;
    graft_status status = draw_between(page, model, &sheet);
    if (status == GRAFT_OK) {
        graft_sheet_begin(&page->sheet, "decoded", "Decoded", "Points of the code as pictures");
        status = add_drawn(page, model);
        graft_buffer_format(&page->sheet.out,
                            "<h3>From one picture to another</h3>\n<p class=\"hint\">At the ends of each row two %s "
                            "pictures, between them what the decoder makes of %d points on the straight line from the "
                            "code of the one to that of the other.</p>\n",
                            page->split, (int)STEPS);
        if (status == GRAFT_OK) status = add_sheet(page, &sheet, "rows that go from one picture to another");
        graft_sheet_end(&page->sheet);
    }
    graft_contact_sheet_clear(&sheet);
    if (status != GRAFT_E_USAGE) return status;
    graft_error_clear(); /* a network of one's own whose decoder sees more than the code: a report without it */
    return GRAFT_OK;
}

graft_status graft_autoencoder_report_write(graft_context *context, const graft_run *run, const char *path) {
    graft_page page = {
        .context = context, .run = run, .data = graft_run_dataset(run), .check.struct_size = sizeof page.check};
    if (!graft_run_autoencoder(run)) return graft_fail(GRAFT_E_USAGE, "%s: the run has no autoencoder", path);
    page.split = graft_run_scores(run, GRAFT_SPLIT_VALIDATION) ? "validation" : "training";
    graft_dataset_check_result(page.data, &page.check);
    graft_sheet_open(&page.sheet, graft_path_name(graft_dataset_path(page.data)));
    add_head(&page);
    graft_sheet_navigation(&page.sheet);
    graft_status status = add_pictures(&page);
    if (status == GRAFT_OK) status = add_scores(&page);
    graft_page_history(&page);
    if (status == GRAFT_OK) status = add_map(&page);
    if (status == GRAFT_OK) status = add_decoded(&page);
    graft_sheet_begin(&page.sheet, "run", "Run", "Run");
    graft_page_made_with(&page);
    graft_sheet_end(&page.sheet);
    if (status == GRAFT_OK) return graft_sheet_write(&page.sheet, path);
    graft_sheet_clear(&page.sheet);
    return status;
}
