/* How the run went: seconds, preprocessing, machine and versions. */
#include "report/page-internal.h"

#include "base/context.h"
#include "base/threads.h"
#include "report/libraries.h"
#include "report/machine.h"

static void begin_row(graft_page *page, const char *name) {
    graft_buffer_format(&page->sheet.out, "<dt>%s</dt><dd>", name);
}

static void end_row(graft_page *page) {
    graft_buffer_text(&page->sheet.out, "</dd>\n");
}

static void add_seconds(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    const graft_run_timing *time = graft_run_timing_of(page->run);
    const struct {
        const char *name;
        double seconds;
    } phases[] = {{"check", time->check},
                  {"features", time->features},
                  {"head", time->head},
                  {"fine-tuning", time->tune},
                  {"evaluate", time->evaluate}};
    double total = time->total > 0 ? time->total : 1;
    graft_buffer_text(out, "<h3>Time</h3>\n<div class=\"sizes\">\n");
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        double share = phases[i].seconds / total;
        graft_buffer_format(
            out,
            "<span class=\"name\">%s</span><span class=\"bar\"><i class=\"train\" style=\"width:%.1f%%\"></i></span>"
            "<span class=\"n\">",
            phases[i].name, 100 * (share < 1 ? share : 1));
        graft_html_seconds(out, phases[i].seconds);
        graft_buffer_text(out, "</span>\n");
    }
    graft_buffer_format(out, "</div>\n<p>%zu features computed", time->features_computed);
    if (time->features_computed > 0)
        graft_buffer_format(out, " at %.0f images a second, %.0f&#8239;%% of the workers' time spent waiting for data",
                            time->images_per_second, 100 * time->waiting_share);
    graft_buffer_format(out, "; %zu came from the cache.</p>\n", time->features_cached);
}

static void add_preprocessing(graft_page *page) {
    static const char *const fits[] = {"squashed", "cropped at the centre", "padded"};
    static const char *const filters[] = {"nearest", "bilinear", "bicubic", "Lanczos"};
    static const char *const scalings[] = {
        "unknown",      "tf (x / 127.5 - 1)", "caffe (BGR minus mean)", "torch (mean and deviation)",
        "01 (x / 255)", "raw (0 to 255)"};
    graft_buffer *out = &page->sheet.out;
    const graft_model *model = graft_run_model(page->run);
    const graft_preprocess *spec = model ? graft_model_preprocess(model) : NULL;
    if (!spec) return;
    begin_row(page, "Input");
    graft_buffer_format(out, "%d &times; %d px, %d channels, %s, %s", spec->width, spec->height, spec->channels,
                        (size_t)spec->fit < 3 ? fits[spec->fit] : "?",
                        (size_t)spec->filter < 4 ? filters[spec->filter] : "?");
    end_row(page);
    begin_row(page, "Scaling");
    graft_buffer_format(out, "%s, %s", (size_t)spec->scaling < 6 ? scalings[spec->scaling] : "?",
                        spec->bgr ? "BGR" : "RGB");
    end_row(page);
}

void graft_page_machine(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    graft_machine machine;
    graft_machine_read(&machine);
    begin_row(page, "Machine");
    graft_html_text(out, machine.cpu);
    graft_buffer_format(out, ", %d threads on %d cores, %.1f GiB", graft_context_threads(page->context), machine.cores,
                        (double)machine.memory / (1024.0 * 1024 * 1024));
    end_row(page);
    begin_row(page, "Instructions");
    graft_html_text(out, machine.features);
    end_row(page);
    begin_row(page, "System");
    graft_html_text(out, machine.system);
    end_row(page);
    begin_row(page, "Versions");
    graft_buffer_format(out, "graft %s; ", graft_version());
    graft_html_text(out, GRAFT_LIBRARIES);
    end_row(page);
}

void graft_page_made_with(graft_page *page) {
    graft_buffer_text(&page->sheet.out, "<h3>Made with</h3>\n<dl>\n");
    begin_row(page, "Data");
    graft_html_text(&page->sheet.out, graft_dataset_path(page->data));
    end_row(page);
    add_preprocessing(page);
    graft_page_machine(page);
    graft_buffer_text(&page->sheet.out, "</dl>\n");
}

void graft_page_run(graft_page *page) {
    graft_sheet_begin(&page->sheet, "run", "Run", "Run");
    add_seconds(page);
    graft_page_made_with(page);
    graft_sheet_end(&page->sheet);
}
