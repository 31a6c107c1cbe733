#include "report/history-csv.h"

#include "base/buffer.h"

#include <math.h>

/* A figure that is not known is an empty field. */
static void add_figure(graft_buffer *text, double value) {
    graft_buffer_text(text, ",");
    if (isfinite(value)) graft_buffer_format(text, "%.9g", value);
}

graft_status graft_history_csv(const graft_run *run, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, "epoch,phase,steps,rate,loss,acc,val_loss,val_acc\n");
    for (size_t i = 0; i < graft_run_epoch_count(run); i++) {
        const graft_run_epoch *e = graft_run_epoch_at(run, i);
        graft_buffer_format(&text, "%u,%d,%llu", e->epoch, e->phase, (unsigned long long)e->steps);
        const double figures[] = {e->rate, e->loss, e->accuracy, e->val_loss, e->val_accuracy};
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
            add_figure(&text, figures[k]);
        graft_buffer_text(&text, "\n");
    }
    return graft_buffer_take(&text, out, NULL);
}
