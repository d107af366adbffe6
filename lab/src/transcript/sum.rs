//! Like calls told in one line.

use crate::observe::Call;
use crate::words::Telling;

/// Calls that repeat, by what they are and what came of them, in the order in which each first came.
#[derive(Debug)]
pub(super) struct Sum {
    telling: Telling,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    key: (String, bool, Option<i32>),
    /// The call as first written, and its own result: shown where it stays the only one.
    first: (String, String),
    bytes: i64,
}

impl Sum {
    pub(super) fn new(telling: Telling) -> Sum {
        Sum { telling, rows: Vec::new() }
    }

    pub(super) fn add(&mut self, call: &Call, text: &str, result: &str) {
        let bytes = call.returned().unwrap_or(0);
        // The same call on the same descriptor: what stands before the first comma.
        let head = text.split(',').next().unwrap_or(text);
        let key = (head.trim_end_matches(')').to_owned(), bytes == 0, call.errno());
        if let Some(row) = self.rows.iter_mut().find(|row| row.key == key) {
            row.bytes += bytes;
        } else {
            self.rows.push(Row { key, first: (text.to_owned(), result.to_owned()), bytes });
        }
    }

    /// Each row's call and result.
    pub(super) fn rows(self) -> impl Iterator<Item = (String, String)> {
        let telling = self.telling;
        self.rows.into_iter().map(move |row| {
            let (head, nothing, errno) = row.key;
            let result = match telling {
                _ if errno.is_some() || nothing => row.first.1,
                Telling::Total {} => format!("{} bytes in all", row.bytes),
                Telling::Repetition {} => "again and again".to_owned(),
                Telling::Part {} => "a part of it".to_owned(),
            };
            let call = if matches!(telling, Telling::Part {}) { row.first.0 } else { format!("{head}, …)") };
            (call, result)
        })
    }
}
