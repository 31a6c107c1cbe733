/* report.html: one file that asks nothing of any other, works without a script, and prints. */
#include "report/page-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <string.h>

static const char *const style[] = {
#include "report/page-css.h"
};
static const char *const script[] = {
#include "report/page-js.h"
};

enum { PAGE_BYTES_MAX = 64 * 1024 * 1024 };

void graft_page_begin(graft_page *page, const char *id, const char *title) {
    graft_buffer_format(&page->out, "<section id=\"%s\"><h2>%s</h2>\n", id, title);
}

void graft_page_end(graft_page *page) {
    graft_buffer_text(&page->out, "</section>\n");
}

void graft_page_class(graft_page *page, size_t index) {
    const char *name = graft_model_class(graft_run_model(page->run), index);
    if (name)
        graft_html_text(&page->out, name);
    else
        graft_buffer_format(&page->out, "class %zu", index);
}

void graft_page_picture(graft_page *page, const graft_thumbnail *item, bool with_truth) {
    graft_buffer *out = &page->out;
    graft_buffer_text(out, "<figure><div class=\"thumb\">");
    if (item->jpeg) {
        graft_buffer_text(out, "<img loading=\"lazy\" alt=\"");
        graft_html_text(out, item->sample->name);
        graft_buffer_text(out, "\" src=\"data:image/jpeg;base64,");
        graft_buffer_base64(out, item->jpeg, item->length);
        graft_buffer_text(out, "\">");
    } else {
        graft_buffer_text(out, "<span>not shown</span>");
    }
    graft_buffer_text(out, "</div><figcaption><b>");
    graft_page_class(page, (size_t)item->predicted);
    graft_buffer_text(out, "</b> ");
    graft_html_percent(out, (double)item->probability);
    if (with_truth) {
        graft_buffer_text(out, "<br><span class=\"truth\">is ");
        graft_page_class(page, (size_t)item->true_class);
        graft_buffer_text(out, "</span>");
    }
    graft_buffer_text(out, "<br><small title=\"");
    graft_html_text(out, item->sample->name);
    graft_buffer_text(out, "\">");
    graft_html_text(out, graft_path_name(item->sample->name));
    graft_buffer_text(out, "</small></figcaption></figure>\n");
}

static void add_lines(graft_buffer *out, const char *const *line, size_t count) {
    for (size_t i = 0; i < count; i++)
        graft_buffer_text(out, line[i]);
}

void graft_page_head(graft_buffer *out, const char *title) {
    graft_buffer_text(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           /* Nothing is fetched from anywhere, whatever a file is called. */
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                           "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>");
    graft_html_text(out, title);
    graft_buffer_text(out, " - graft report</title>\n<style>\n");
    add_lines(out, style, sizeof style / sizeof *style);
    graft_buffer_text(out, "</style></head>\n<body><main>\n");
}

static void add_navigation(graft_page *page) {
    graft_buffer_text(&page->out,
                      "<nav aria-label=\"Sections\"><a href=\"#accuracy\">Accuracy</a><a href=\"#plan\">Plan</a>"
                      "<a href=\"#confusion\">Confusion</a><a href=\"#mistakes\">Mistakes</a>"
                      "<a href=\"#classes\">Classes</a><a href=\"#layers\">Layers</a><a href=\"#data\">Data</a>"
                      "<a href=\"#run\">Run</a></nav>\n");
}

void graft_page_tail(graft_buffer *out) {
    graft_buffer_format(
        out, "<footer>Written by graft %s. This page is one file and fetches nothing.</footer>\n</main>\n<script>\n",
        graft_version());
    add_lines(out, script, sizeof script / sizeof *script);
    graft_buffer_text(out, "</script></body></html>\n");
}

static graft_status page_open(graft_page *page, graft_context *context, const graft_run *run) {
    *page = (graft_page){
        .context = context, .run = run, .data = graft_run_dataset(run), .check.struct_size = sizeof page->check};
    graft_buffer_init(&page->out, PAGE_BYTES_MAX);
    graft_dataset_check_result(page->data, &page->check);
    graft_split split = graft_run_evaluation(run, GRAFT_SPLIT_TEST) ? GRAFT_SPLIT_TEST : GRAFT_SPLIT_VALIDATION;
    page->split = split == GRAFT_SPLIT_TEST ? "test" : "validation";
    page->evaluation = graft_run_evaluation(run, split);
    const graft_predictions *predictions = graft_run_predictions(run, split);
    if (!page->evaluation || !predictions) return GRAFT_OK;
    return graft_thumbnails_make(context, predictions, page->data, &page->thumbnails);
}

graft_status graft_report_write(graft_context *context, const graft_run *run, const char *path) {
    graft_page page;
    char *text = NULL;
    size_t length = 0;
    graft_status status = page_open(&page, context, run);
    if (status != GRAFT_OK) return status;
    graft_page_head(&page.out, graft_path_name(graft_dataset_path(page.data)));
    graft_page_verdict(&page);
    add_navigation(&page);
    graft_page_accuracy(&page);
    graft_page_plan(&page);
    graft_page_history(&page);
    graft_page_confusion(&page);
    graft_page_classes(&page);
    graft_page_candidates(&page);
    graft_page_data(&page);
    graft_page_run(&page);
    graft_page_tail(&page.out);
    graft_thumbnails_clear(&page.thumbnails);
    status = graft_buffer_take(&page.out, &text, &length);
    if (status == GRAFT_OK) status = graft_file_write(path, text, length);
    graft_release(text);
    return status;
}
