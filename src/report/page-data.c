/* What is wrong with the data, and how it is spread. */
#include "report/page-internal.h"

enum { LIST_MAX = 200 };

static void add_finding(graft_page *page, const char *name, size_t count, const char *remark, const char *tone) {
    graft_buffer_format(&page->sheet.out, "<li class=\"%s\"><b>%zu</b> %s<small>%s</small></li>\n",
                        count ? tone : "quiet", count, name, remark);
}

static void add_findings(graft_page *page) {
    const graft_check_result *check = &page->check;
    graft_buffer_text(&page->sheet.out, "<ul class=\"findings\">\n");
    add_finding(page, "files", check->files, "found below the data's folder", "quiet");
    add_finding(page, "in quarantine", check->quarantined, "cannot be decoded, take no part", "bad");
    add_finding(page, "leaking", check->leaking, "held back, and in training as well", "bad");
    add_finding(page, "conflicting", check->conflicting, "duplicates under another label", "bad");
    add_finding(page, "exact duplicates", check->exact_duplicates, "same bytes as an earlier one", "warn");
    add_finding(page, "near duplicates", check->near_duplicates, "look like an earlier one", "warn");
    add_finding(page, "mistyped", check->mistyped, "extension and bytes disagree; bytes count", "warn");
    add_finding(page, "rotated", check->rotated, "EXIF orientation, applied", "note");
    add_finding(page, "ignored", check->ignored, "entries that are no pictures", "note");
    graft_buffer_text(&page->sheet.out, "</ul>\n");
    if (check->imbalance > 0)
        graft_buffer_format(
            &page->sheet.out, "<p>The largest class has %.1f times the training pictures of the smallest%s.</p>\n",
            check->imbalance, check->imbalance >= 10 ? ": accuracy hides how the small ones fare, see Classes" : "");
}

static size_t class_total(const graft_page *page, size_t index) {
    size_t total = 0;
    for (int split = 0; split < 3; split++)
        total += graft_dataset_class_size(page->data, index, (graft_split)split);
    return total;
}

static void add_class_sizes(graft_page *page) {
    static const char *const kinds[] = {"train", "validation", "test"};
    graft_buffer *out = &page->sheet.out;
    size_t classes = graft_dataset_class_count(page->data), largest = 1;
    for (size_t i = 0; i < classes; i++)
        if (class_total(page, i) > largest) largest = class_total(page, i);
    graft_buffer_text(out, "<h3>Pictures of each class</h3>\n<p class=\"legend\">");
    for (int split = 0; split < 3; split++)
        if (page->check.per_split[split] > 0)
            graft_buffer_format(out, "<span class=\"%s\">%s %zu</span>", kinds[split], kinds[split],
                                page->check.per_split[split]);
    graft_buffer_text(out, "</p>\n<div class=\"sizes\">\n");
    for (size_t i = 0; i < classes; i++) {
        graft_buffer_text(out, "<span class=\"name\">");
        graft_html_text(out, graft_dataset_class(page->data, i));
        graft_buffer_text(out, "</span><span class=\"bar\">");
        for (int split = 0; split < 3; split++) {
            size_t size = graft_dataset_class_size(page->data, i, (graft_split)split);
            if (size > 0)
                graft_buffer_format(out, "<i class=\"%s\" style=\"width:%.2f%%\" title=\"%s %zu\"></i>", kinds[split],
                                    100.0 * (double)size / (double)largest, kinds[split], size);
        }
        graft_buffer_format(out, "</span><span class=\"n\">%zu</span>\n", class_total(page, i));
    }
    graft_buffer_text(out, "</div>\n");
}

static void add_quarantine(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    if (page->check.quarantined == 0) return;
    size_t shown = 0;
    graft_buffer_format(
        out,
        "<details open><summary>Quarantine: %zu</summary><div class=\"scroll\"><table class=\"data\"><thead>"
        "<tr><th>file</th><th>true type</th><th>reason</th></tr></thead><tbody>\n",
        page->check.quarantined);
    for (size_t i = 0; i < graft_dataset_count(page->data) && shown < LIST_MAX; i++) {
        const graft_sample *sample = graft_dataset_sample(page->data, i);
        if (!sample->fault) continue;
        graft_buffer_text(out, "<tr><td>");
        graft_html_text(out, sample->name);
        graft_buffer_text(out, "</td><td>");
        graft_html_text(out, sample->type);
        graft_buffer_text(out, "</td><td>");
        graft_html_text(out, sample->fault);
        graft_buffer_text(out, "</td></tr>\n");
        shown++;
    }
    graft_buffer_text(out, "</tbody></table></div>");
    if (shown < page->check.quarantined)
        graft_buffer_format(out, "<p class=\"hint\">and %zu more: manifest.json has them all</p>",
                            page->check.quarantined - shown);
    graft_buffer_text(out, "</details>\n");
}

static const char *relation(const graft_sample *sample, const graft_sample *first) {
    if (sample->split != first->split) return "in two splits";
    return sample->label != first->label ? "under two labels" : "";
}

static void add_duplicates(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    size_t all = page->check.exact_duplicates + page->check.near_duplicates, shown = 0;
    if (all == 0) return;
    graft_buffer_format(
        out,
        "<details><summary>Duplicates: %zu</summary><div class=\"scroll\"><table class=\"data\"><thead><tr>"
        "<th>file</th><th>repeats</th><th></th></tr></thead><tbody>\n",
        all);
    for (size_t i = 0; i < graft_dataset_count(page->data) && shown < LIST_MAX; i++) {
        const graft_sample *sample = graft_dataset_sample(page->data, i);
        if (sample->fault || sample->duplicate_of < 0) continue;
        const graft_sample *first = graft_dataset_sample(page->data, (size_t)sample->duplicate_of);
        graft_buffer_text(out, "<tr><td>");
        graft_html_text(out, sample->name);
        graft_buffer_text(out, "</td><td>");
        graft_html_text(out, first->name);
        graft_buffer_format(out, "</td><td>%s</td></tr>\n", relation(sample, first));
        shown++;
    }
    graft_buffer_text(out, "</tbody></table></div>");
    if (shown < all)
        graft_buffer_format(out, "<p class=\"hint\">and %zu more: manifest.json has them all</p>", all - shown);
    graft_buffer_text(out, "</details>\n");
}

void graft_page_data(graft_page *page) {
    graft_sheet_begin(&page->sheet, "data", "Data", "Data health");
    add_findings(page);
    add_class_sizes(page);
    add_quarantine(page);
    add_duplicates(page);
    graft_sheet_end(&page->sheet);
}
