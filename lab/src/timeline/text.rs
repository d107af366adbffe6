//! The figure as text: three lanes, one column a stretch.

use super::{Act, Stretch};
use crate::transcript::span;

/// What stands in the three lanes, one above the other.
struct Column {
    program: String,
    kernel: String,
    others: String,
}

/// The figure, with a heading.
pub(crate) fn text(name: &str, stretches: &[Stretch]) -> String {
    let columns: Vec<Column> = stretches.iter().map(column).collect();
    let lane = |label: &str, of: fn(&Column) -> &String| {
        let cells = columns.iter().map(|column| {
            let width = [&column.program, &column.kernel, &column.others].map(|cell| cell.chars().count());
            format!("{:width$}", of(column), width = width.into_iter().max().unwrap_or(0))
        });
        format!("  {label:9}{}", cells.collect::<Vec<_>>().join(" ")).trim_end().to_owned() + "\n"
    };
    format!("{name} · time →   ░ asleep   █ copying\n\n")
        + &lane("program", |column| &column.program)
        + &lane("kernel", |column| &column.kernel)
        + &lane("others", |column| &column.others)
}

fn column(stretch: &Stretch) -> Column {
    let column = |program: String, kernel: &str, others: String| Column { program, kernel: kernel.to_owned(), others };
    match stretch {
        Stretch::Call { name } => column(name.clone(), "", String::new()),
        Stretch::Asleep { bound, meanwhile, woke } => {
            let bound = bound.map_or_else(|| "░".repeat(8), |bound| format!(" ≥ {} ", span(bound)));
            let end = if *woke { "┆" } else { "…" };
            column(format!("┆░░░░{bound}░░░░{end}"), "┆ phase 1: waits", acts(meanwhile))
        }
        Stretch::Copying { bytes } => column(format!("█ {bytes} bytes"), "█ phase 2: copies", String::new()),
        Stretch::Returns { result } => column(format!("→ {result}"), "", String::new()),
    }
}

/// `client: write, close`.
pub(super) fn acts(acts: &[Act]) -> String {
    let mut told = String::new();
    let mut last = None;
    for act in acts {
        if last == Some(&act.who) {
            told += &format!(", {}", act.call);
        } else {
            told += &format!("{}{}: {}", if told.is_empty() { "" } else { "; " }, act.who, act.call);
        }
        last = Some(&act.who);
    }
    told
}
