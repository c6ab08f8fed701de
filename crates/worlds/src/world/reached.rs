//! What a history came to: for counting that the histories reach everything worth reaching.

use super::World;

impl World {
    /// The final state with its reason, every exception, every end of a refund, and what had to be survived
    /// on the way.
    #[must_use]
    pub fn came_to(self) -> Vec<String> {
        let mut marks = self.marks;
        marks.insert("histories".to_owned());
        let survived = [
            (self.deaths > 0, "with deaths of the process"),
            (!self.steady, "with a wrong clock"),
            (self.failed_writes > 0, "with writes that failed"),
            (self.met_newer, "with an older version for a while"),
            (self.elsewhere, "with an order of another system"),
            (!self.by_hand.is_empty(), "with refunds by hand"),
            (self.index.was_harmed, "with an index that forgot"),
            (self.came_after_archive, "with news after the archive"),
            (self.shop.had_trouble, "with receivers in trouble"),
        ];
        marks.extend(survived.into_iter().filter(|(true_now, _)| *true_now).map(|(_, mark)| mark.to_owned()));
        marks.into_iter().collect()
    }

    /// Notes what the order shows now.
    pub(super) fn note_marks(&mut self) {
        let disk = self.worker.disk();
        if disk.archived {
            self.marks.insert("archived".to_owned());
        }
        let Some(order) = disk.order() else { return };
        let reason = order.state().reason().map(|reason| format!(", {reason}")).unwrap_or_default();
        let exceptions = order.exceptions().iter().map(|known| format!("exception {}", known.kind.name()));
        let refunds = order.refunds().map(|refund| {
            let by = if refund.made_elsewhere { "elsewhere" } else { "here" };
            format!("refund made {by} {}", refund.status.name())
        });
        let state = std::iter::once(format!("{}{reason}", order.state().name()));
        let marks: Vec<String> = state.chain(exceptions).chain(refunds).collect();
        self.marks.extend(marks);
    }
}
