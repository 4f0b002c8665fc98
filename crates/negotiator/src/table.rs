//! Tables in plain text, and costs in words.

use crate::Cost;
use std::fmt::Write;

/// Writes rows under headings, the columns as wide as they must be; nothing when there is no row.
pub(crate) fn write_table<const N: usize>(text: &mut String, headings: [&str; N], rows: &[[String; N]]) {
    if rows.is_empty() {
        return;
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let headings = headings.map(String::from);
    for row in std::iter::once(&headings).chain(rows) {
        let cells: Vec<String> =
            row.iter().enumerate().map(|(column, cell)| format!("{cell:<width$}", width = width(column))).collect();
        let _ = writeln!(text, "{}", cells.join(" | ").trim_end());
    }
}

/// CPU in milliseconds a second of media, latency in milliseconds.
pub(crate) fn written(cost: Cost) -> String {
    let (cpu, latency) = (cost.cpu as f64 / 1_000.0, f64::from(cost.latency) / 1_000.0);
    format!("{} lossy, {cpu:.1} ms/s, {latency:.1} ms late", cost.generations)
}

/// What a plan comes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Sinks that are served.
    pub served: usize,
    pub cost: Cost,
    /// By how much what one sees and hears was changed, summed over the sinks.
    pub change: u64,
}

impl Outcome {
    /// How another outcome differs, in words.
    pub fn against(&self, other: &Outcome) -> String {
        let lost = self.served.saturating_sub(other.served);
        if lost > 0 {
            return if lost == 1 { String::from("1 sink unserved") } else { format!("{lost} sinks unserved") };
        }
        let generations = i64::from(other.cost.generations) - i64::from(self.cost.generations);
        let cpu = i128::from(other.cost.cpu) - i128::from(self.cost.cpu);
        let latency = i64::from(other.cost.latency) - i64::from(self.cost.latency);
        let in_cpu = cpu as f64 / 1_000.0;
        let text = match (generations, cpu) {
            (0, 0) if latency == 0 => String::from("the same"),
            (0, 0) => format!("{:+.1} ms late", latency as f64 / 1_000.0),
            (0, _) => format!("{in_cpu:+.1} ms/s"),
            _ => format!("{generations:+} lossy, {in_cpu:+.1} ms/s"),
        };
        if generations == 0 && other.change > self.change { format!("{text}, more thrown away") } else { text }
    }
}
