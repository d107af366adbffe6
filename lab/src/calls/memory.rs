//! Reading a stopped task's memory.

use std::mem::MaybeUninit;

use super::decode::Decoder;
use super::value::Value;
use crate::observe::ptrace::read_memory;

/// How much of a buffer is kept. More is never shown; a word of the lesson's is read whole.
pub(super) const HEAD: usize = 4096;
/// No array of structures is read further than this many.
pub(super) const ITEMS: u64 = 1024;

impl Decoder<'_> {
    /// A plain structure of the kernel's.
    pub(super) fn read<T: Copy>(&self, address: u64) -> Option<T> {
        let mut value = MaybeUninit::<T>::zeroed();
        // SAFETY: the slice is exactly the storage of `value`, whose bytes are all initialised.
        let bytes = unsafe { std::slice::from_raw_parts_mut(value.as_mut_ptr().cast::<u8>(), size_of::<T>()) };
        if read_memory(self.pid, address, bytes) < size_of::<T>() {
            return None;
        }
        // SAFETY: `T` is one of libc's C structures or an array of integers: any bytes are valid.
        Some(unsafe { value.assume_init() })
    }

    pub(super) fn i32_at(&self, address: u64) -> Option<i32> {
        self.read(address)
    }

    pub(super) fn u64_at(&self, address: u64) -> Option<u64> {
        self.read(address)
    }

    /// All of `length` bytes, or as much as can be read.
    pub(crate) fn memory(&self, address: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let got = read_memory(self.pid, address, &mut bytes);
        bytes.truncate(got);
        bytes
    }

    /// Data, or the first of it. It may end where the memory does.
    pub(super) fn bytes(&self, address: u64, length: u64) -> Option<Value> {
        let head = self.memory(address, HEAD.min(length as usize));
        (length == 0 || !head.is_empty()).then_some(Value::Bytes { head, length })
    }

    /// A string up to its zero. The page after it may be missing, so a short read is no error.
    pub(super) fn text(&self, address: u64) -> Option<String> {
        let bytes = self.memory(address, HEAD);
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes[..end]).into_owned())
    }

    /// An array's items, as far as they can be read; `None` where not one can.
    pub(super) fn array<T: Copy>(&self, address: u64, count: u64) -> Option<Vec<T>> {
        let at = |place: u64| self.read(address.wrapping_add(place * size_of::<T>() as u64));
        let items: Vec<T> = (0..count.min(ITEMS)).map_while(at).collect();
        (count == 0 || !items.is_empty()).then_some(items)
    }
}
