/* report.html: one file that asks nothing of any other, works without a script, and prints. */
#include "report/page-internal.h"

#include "base/error.h"
#include "base/file.h"

enum { MISTAKES_EXPLAINED = 24 };

void graft_page_class(graft_page *page, size_t index) {
    const char *name = page->predictions ? graft_predictions_class(page->predictions, index)
                                         : graft_model_class(graft_run_model(page->run), index);
    if (name)
        graft_html_text(&page->sheet.out, name);
    else
        graft_buffer_format(&page->sheet.out, "class %zu", index);
}

static void add_image(graft_buffer *out, const char *name, const char *what, const unsigned char *jpeg, size_t length) {
    graft_buffer_text(out, "<img loading=\"lazy\" alt=\"");
    graft_html_text(out, name);
    graft_buffer_format(out, "%s\" src=\"data:image/jpeg;base64,", what);
    graft_buffer_base64(out, jpeg, length);
    graft_buffer_text(out, "\">");
}

void graft_page_picture(graft_page *page, const graft_thumbnail *item, bool with_truth) {
    graft_buffer *out = &page->sheet.out;
    const bool why = with_truth && item->why;
    if (page->draw) {
        page->draw(page, item, with_truth);
        return;
    }
    graft_buffer_format(out, "<figure%s><div class=\"thumb\">", why ? " class=\"pair\"" : "");
    if (item->jpeg)
        add_image(out, item->sample->name, "", item->jpeg, item->length);
    else
        graft_buffer_text(out, "<span>not shown</span>");
    if (why) add_image(out, item->sample->name, ", what the answer comes from", item->why, item->why_length);
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

static graft_status page_open(graft_page *page, graft_context *context, const graft_run *run) {
    *page = (graft_page){.context = context,
                         .run = run,
                         .data = graft_run_dataset(run),
                         .one = "picture",
                         .many = "pictures",
                         .check.struct_size = sizeof page->check};
    graft_dataset_check_result(page->data, &page->check);
    graft_split split = graft_run_evaluation(run, GRAFT_SPLIT_TEST) ? GRAFT_SPLIT_TEST : GRAFT_SPLIT_VALIDATION;
    page->split = split == GRAFT_SPLIT_TEST ? "test" : "validation";
    page->evaluation = graft_run_evaluation(run, split);
    const graft_predictions *predictions = graft_run_predictions(run, split);
    if (!page->evaluation || !predictions) return GRAFT_OK;
    page->predictions = predictions;
    GRAFT_TRY(graft_thumbnails_make(context, predictions, page->data, &page->thumbnails));
    graft_status status = graft_page_why(page, MISTAKES_EXPLAINED);
    if (status != GRAFT_OK) graft_thumbnails_clear(&page->thumbnails);
    return status;
}

graft_status graft_report_write(graft_context *context, const graft_run *run, const char *path) {
    graft_page page;
    GRAFT_TRY(page_open(&page, context, run));
    graft_sheet_open(&page.sheet, graft_path_name(graft_dataset_path(page.data)));
    graft_page_verdict(&page);
    graft_sheet_navigation(&page.sheet);
    graft_page_accuracy(&page);
    graft_page_plan(&page);
    graft_page_history(&page);
    graft_page_confusion(&page);
    graft_page_mistakes(&page);
    graft_page_classes(&page);
    graft_page_calibration(&page);
    graft_status status = graft_page_map(&page);
    graft_page_candidates(&page);
    graft_page_data(&page);
    graft_page_run(&page);
    graft_thumbnails_clear(&page.thumbnails);
    if (status == GRAFT_OK) return graft_sheet_write(&page.sheet, path);
    graft_sheet_clear(&page.sheet);
    return status;
}
