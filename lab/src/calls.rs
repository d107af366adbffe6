//! The calls that an observation sees, and what it knows of each.

mod decode;
mod memory;
mod names;
mod shape;
mod siginfo;
mod structures;
mod table;
mod value;

pub(crate) use decode::{Decoder, result};
pub use names::{Set, errno_name, signal_name};
pub use shape::Family;
pub(crate) use shape::Shape;
pub(crate) use siginfo::siginfo;
pub(crate) use table::Signature;
pub use value::Value;

/// The table's line for a kernel's number.
pub(crate) fn signature(number: i64) -> Option<&'static Signature> {
    table::CALLS.iter().chain(table::OLDER).find(|signature| signature.number == number)
}

/// Every number in the table.
pub(crate) fn numbers() -> impl Iterator<Item = u32> {
    let number = |signature: &Signature| u32::try_from(signature.number).expect("the kernel's numbers are small");
    table::CALLS.iter().chain(table::OLDER).map(number)
}
