/* The confusion matrix as a picture whose cells open their images, and the most confident mistakes. */
#include "report/page-internal.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

/* Above this the matrix is no longer readable, and the pairs below it say what it would have said. */
enum { MATRIX_CLASSES = 60, PAIRS = 12, MISTAKES = 24 };

static size_t cell_count(const graft_page *page, size_t row, size_t column) {
    return page->evaluation->confusion[row * page->evaluation->classes + column];
}

static void add_cell(graft_page *page, size_t row, size_t column) {
    graft_buffer *out = &page->sheet.out;
    size_t count = cell_count(page, row, column), support = page->evaluation->per_class[row].support;
    if (count == 0) {
        graft_buffer_text(out, "<td class=\"none\"></td>");
        return;
    }
    double share = support ? (double)count / (double)support : 0;
    /* The square root lets rare mistakes be seen. */
    double depth = sqrt(share);
    graft_buffer_format(out, "<td class=\"%s%s\" style=\"--a:%.2f\"><a href=\"#cell-%zu-%zu\" title=\"",
                        row == column ? "hit" : "miss", depth > 0.62 ? " deep" : "", 0.08 + 0.88 * depth, row, column);
    graft_page_class(page, row);
    graft_buffer_text(out, row == column ? " labelled right: " : " taken for ");
    if (row != column) {
        graft_page_class(page, column);
        graft_buffer_text(out, ": ");
    }
    graft_buffer_format(out, "%zu of %zu (%.1f %%)\">%zu</a></td>", count, support, 100 * share, count);
}

static void add_matrix(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    size_t classes = page->evaluation->classes;
    graft_buffer_format(
        out,
        "<div class=\"scroll\"><table class=\"matrix%s\"><caption>rows: true class &middot; columns: predicted "
        "class</caption><thead><tr><td></td>",
        classes > 25 ? " small" : "");
    for (size_t i = 0; i < classes; i++) {
        graft_buffer_text(out, "<th scope=\"col\"><span>");
        graft_page_class(page, i);
        graft_buffer_text(out, "</span></th>");
    }
    graft_buffer_text(out, "</tr></thead><tbody>\n");
    for (size_t row = 0; row < classes; row++) {
        graft_buffer_text(out, "<tr><th scope=\"row\">");
        graft_page_class(page, row);
        graft_buffer_text(out, "</th>");
        for (size_t column = 0; column < classes; column++)
            add_cell(page, row, column);
        graft_buffer_text(out, "</tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
}

typedef struct pair {
    size_t row, column, count;
} pair;

static int compare_pairs(const void *a, const void *b) {
    const pair *left = a, *right = b;
    if (left->count != right->count) return left->count < right->count ? 1 : -1;
    if (left->row != right->row) return left->row < right->row ? -1 : 1;
    return left->column < right->column ? -1 : 1;
}

/* The pairs of classes that are mixed up most often. */
static void add_pairs(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    size_t classes = page->evaluation->classes, mistakes = 0, count = 0;
    for (size_t row = 0; row < classes; row++)
        for (size_t column = 0; column < classes; column++)
            mistakes += row != column && cell_count(page, row, column) > 0;
    pair *pairs = graft_allocate(mistakes, sizeof *pairs);
    if (!pairs) {
        out->failed = GRAFT_E_MEMORY;
        return;
    }
    for (size_t row = 0; row < classes; row++)
        for (size_t column = 0; column < classes; column++)
            if (row != column && cell_count(page, row, column) > 0)
                pairs[count++] = (pair){row, column, cell_count(page, row, column)};
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    if (count > 0) graft_buffer_text(out, "<h3>Most often mixed up</h3>\n<ul class=\"pairs\">");
    for (size_t i = 0; i < count && i < PAIRS; i++) {
        graft_buffer_format(out, "<li><a href=\"#cell-%zu-%zu\"><b>%zu</b> ", pairs[i].row, pairs[i].column,
                            pairs[i].count);
        graft_page_class(page, pairs[i].row);
        graft_buffer_text(out, " &rarr; ");
        graft_page_class(page, pairs[i].column);
        graft_buffer_text(out, "</a></li>\n");
    }
    if (count > 0) graft_buffer_text(out, "</ul>\n");
    graft_release(pairs);
}

/* The pictures of one cell: hidden until its cell is followed. */
static void add_gallery(graft_page *page, size_t row, size_t column) {
    graft_buffer *out = &page->sheet.out;
    size_t shown = 0, count = cell_count(page, row, column);
    graft_buffer_format(out, "<div class=\"cell\" id=\"cell-%zu-%zu\" tabindex=\"-1\"><h3>", row, column);
    graft_page_class(page, row);
    graft_buffer_text(out, row == column ? " labelled right" : " taken for ");
    if (row != column) graft_page_class(page, column);
    graft_buffer_format(
        out,
        " <small>%zu %s</small></h3><a class=\"close\" href=\"#confusion\" aria-label=\"close\">close</a>"
        "<div class=\"gallery%s\">\n",
        count, count == 1 ? page->one : page->many, page->draw ? " wide" : "");
    for (size_t i = 0; i < page->thumbnails.count; i++) {
        const graft_thumbnail *item = &page->thumbnails.item[i];
        if (item->true_class != (int)row || item->predicted != (int)column) continue;
        graft_page_picture(page, item, false);
        shown++;
    }
    graft_buffer_text(out, "</div>");
    if (shown < count) graft_buffer_format(out, "<p class=\"hint\">and %zu more</p>", count - shown);
    graft_buffer_text(out, "</div>\n");
}

static bool is_explained(const graft_page *page) {
    for (size_t i = 0; i < page->thumbnails.count; i++)
        if (page->thumbnails.item[i].why) return true;
    return false;
}

void graft_page_mistakes(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    size_t shown = 0;
    if (!page->evaluation) return;
    graft_sheet_begin(&page->sheet, "mistakes", "Mistakes", "Most confident mistakes");
    graft_buffer_text(out, "<p class=\"hint\">Wrong and sure of it: wrong labels in the data show up here first.");
    if (is_explained(page))
        graft_buffer_text(out,
                          " Light parts of the second picture, framed as the network sees it, are those that speak "
                          "for its answer (Grad-CAM).");
    graft_buffer_text(out, "</p>\n<div class=\"gallery\">\n");
    for (size_t i = 0; i < page->thumbnails.count && shown < MISTAKES; i++) {
        const graft_thumbnail *item = &page->thumbnails.item[i];
        if (item->true_class == item->predicted) continue;
        graft_page_picture(page, item, true);
        shown++;
    }
    graft_buffer_text(out, "</div>\n");
    if (shown == 0) graft_buffer_text(out, "<p>None: every held-back picture is labelled right.</p>\n");
    graft_sheet_end(&page->sheet);
}

void graft_page_confusion(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    if (!page->evaluation) return;
    size_t classes = page->evaluation->classes;
    graft_sheet_begin(&page->sheet, "confusion", "Confusion", "Confusion matrix");
    graft_buffer_format(out,
                        "<p class=\"hint\">%zu %s %s. The colour is the share of the row; follow a cell to see its "
                        "%s%s.</p>\n",
                        page->evaluation->n, page->split, page->evaluation->n == 1 ? page->one : page->many, page->many,
                        classes > MATRIX_CLASSES ? " (too many classes for a matrix: the pairs are below)" : "");
    if (classes <= MATRIX_CLASSES) add_matrix(page);
    graft_buffer_text(out, "<div id=\"cells\" aria-live=\"polite\">\n");
    for (size_t row = 0; row < classes; row++)
        for (size_t column = 0; column < classes; column++)
            if (cell_count(page, row, column) > 0) add_gallery(page, row, column);
    graft_buffer_text(out, "</div>\n");
    add_pairs(page);
    graft_sheet_end(&page->sheet);
}
