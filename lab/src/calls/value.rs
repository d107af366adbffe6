//! What an argument or a result of a call was, read from the subject.

use std::time::Duration;

use super::names::Set;
use crate::wire::wire;

/// One decoded value. Numbers stay numbers: names are given when it is shown, so that the same
/// value can be shown as the kernel's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A descriptor of the calling process.
    Descriptor {
        /// Its number.
        number: i32,
    },
    /// A number that means itself.
    Number {
        /// The number.
        value: i64,
    },
    /// A pointer to what nobody here needs to see.
    Pointer {
        /// The address.
        address: u64,
    },
    /// A null pointer.
    Null {},
    /// Bits with names.
    Flags {
        /// Their names.
        set: Set,
        /// The bits.
        bits: u64,
    },
    /// One of several named numbers.
    One {
        /// Their names.
        set: Set,
        /// The number.
        value: i64,
    },
    /// Data, cut where it is long.
    Bytes {
        /// The first of it.
        head: Vec<u8>,
        /// How many bytes there were in all.
        length: u64,
    },
    /// A path or a name.
    Text {
        /// The text.
        text: String,
    },
    /// An internet address.
    Internet {
        /// The host, written with dots or colons.
        host: String,
        /// The port; it is not shown, as it differs from run to run.
        port: u16,
    },
    /// How long.
    Span {
        /// The length.
        time: Duration,
        /// How it lay in memory: seconds, and their parts.
        raw: (i64, i64),
    },
    /// A timeout that never comes; `raw` for a number, which it is to poll(2).
    Forever {
        /// Whether it was a number (-1) and not a null pointer.
        number: bool,
    },
    /// A set of signals: bit 0 is signal 1.
    Signals {
        /// The bits.
        bits: u64,
    },
    /// A process, or a thread by its own number.
    Process {
        /// The number.
        pid: i64,
    },
    /// How a child ended, as wait(2) encodes it.
    Status {
        /// The encoded status.
        status: i32,
    },
    /// Several of a kind.
    List {
        /// The items.
        items: Vec<Value>,
    },
    /// A structure.
    Record {
        /// Its members, in order.
        fields: Vec<(String, Value)>,
    },
}

wire!(enum Value {
    Descriptor { number },
    Number { value },
    Pointer { address },
    Null {},
    Flags { set, bits },
    One { set, value },
    Bytes { head, length },
    Text { text },
    Internet { host, port },
    Span { time, raw },
    Forever { number },
    Signals { bits },
    Process { pid },
    Status { status },
    List { items },
    Record { fields },
});

impl Value {
    /// A structure of these members.
    pub(super) fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
        Value::Record { fields: fields.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    /// The member of a structure.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        let Value::Record { fields } = self else { return None };
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}
