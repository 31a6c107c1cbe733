/* The curves of training: accuracy and loss of training and validation, over the epochs of all phases. */
#include "report/page-internal.h"

#include "base/alloc.h"

#include <math.h>

static double epoch_of(const graft_run_epoch *e) {
    return (double)e->epoch;
}
static double loss_of(const graft_run_epoch *e) {
    return e->loss;
}
static double accuracy_of(const graft_run_epoch *e) {
    return e->accuracy;
}
static double val_loss_of(const graft_run_epoch *e) {
    return e->val_loss;
}
static double val_accuracy_of(const graft_run_epoch *e) {
    return e->val_accuracy;
}

static void gather(const graft_run *run, double (*figure)(const graft_run_epoch *), double *out) {
    for (size_t i = 0; i < graft_run_epoch_count(run); i++)
        out[i] = figure(graft_run_epoch_at(run, i));
}

static void add_pair(graft_page *page, double *room, const char *title, bool share,
                     double (*training)(const graft_run_epoch *), double (*validation)(const graft_run_epoch *)) {
    size_t count = graft_run_epoch_count(page->run);
    double *x = room, *y = room + count, *v = room + 2 * count;
    gather(page->run, epoch_of, x);
    gather(page->run, training, y);
    gather(page->run, validation, v);
    const graft_chart_series series[] = {{.name = "training", .tone = "other", .x = x, .y = y, .count = count},
                                         {.name = "validation", .tone = "own", .x = x, .y = v, .count = count}};
    graft_chart_add(&page->sheet.out, &(graft_chart){.kind = GRAFT_CHART_LINES,
                                                     .title = title,
                                                     .x_name = "epoch",
                                                     .y_name = share ? "accuracy" : "loss",
                                                     .series = series,
                                                     .series_count = 2,
                                                     .percent = share});
}

static void add_phases(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    graft_buffer_text(out,
                      "<div class=\"scroll\"><table class=\"data\"><thead><tr><th>phase</th><th>learns from layer</th>"
                      "<th class=\"n\">learn</th><th class=\"n\">frozen</th><th>cached "
                      "at</th><th>batch</th><th>ended</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < graft_run_phase_count(page->run); i++) {
        const graft_run_phase *phase = graft_run_phase_at(page->run, i);
        graft_buffer_format(out, "<tr><th scope=\"row\">%d</th><td><code>", phase->phase);
        graft_html_text(out, phase->first);
        graft_buffer_format(out, "</code></td><td class=\"n\">%lld</td><td class=\"n\">%lld</td><td><code>",
                            (long long)phase->trainable, (long long)phase->frozen);
        graft_html_text(out, phase->boundary);
        graft_buffer_format(out, "</code></td><td>%zu in parts of %zu</td><td>%s, best epoch %u, ", phase->batch,
                            phase->micro_batch, phase->stop, phase->best_epoch);
        graft_html_seconds(out, phase->seconds);
        graft_buffer_text(out, "</td></tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
}

void graft_page_history(graft_page *page) {
    size_t count = graft_run_epoch_count(page->run);
    if (count == 0) return;
    double *room = graft_allocate(count, 3 * sizeof(*room));
    graft_sheet_begin(&page->sheet, "training", "Training", "Training");
    graft_buffer_text(&page->sheet.out,
                      "<p class=\"hint\">Training's figures are taken as it runs, with dropout, noise and augmentation "
                      "on.");
    if (graft_run_model(page->run))
        graft_buffer_text(&page->sheet.out, " Epoch 0 is the network before fine-tuning, with its new head.");
    graft_buffer_text(&page->sheet.out, "</p>\n");
    add_phases(page);
    if (room) {
        /* Where answers are neither right nor wrong, there is no accuracy. */
        if (!isnan(graft_run_epoch_at(page->run, count - 1)->accuracy))
            add_pair(page, room, "Accuracy by epoch", true, accuracy_of, val_accuracy_of);
        add_pair(page, room, "Loss by epoch", false, loss_of, val_loss_of);
    }
    graft_release(room);
    graft_sheet_end(&page->sheet);
}
