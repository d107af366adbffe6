//! How values cross from one process to another: the words of a lesson, what a subject
//! returned, and whole observations.
//!
//! Both ends are the same executable, so there are no versions and no names in the bytes:
//! little-endian integers, and a length before everything that has one.

use std::io;
use std::time::Duration;

/// A value that can be sent to another process of this program.
pub trait Wire: Sized {
    /// Appends the value to `out`.
    fn put(&self, out: &mut Vec<u8>);
    /// Takes a value off the front of `from`; `None` where the bytes are not one.
    fn get(from: &mut &[u8]) -> Option<Self>;
    /// Appends several, without their number.
    fn put_all(values: &[Self], out: &mut Vec<u8>) {
        values.iter().for_each(|value| value.put(out));
    }
    /// Takes `count` values off the front of `from`.
    fn get_all(count: usize, from: &mut &[u8]) -> Option<Vec<Self>> {
        (0..count).map(|_| Self::get(from)).collect()
    }
}

/// The bytes of `value` alone.
pub fn to_bytes(value: &impl Wire) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

/// The value that `bytes` begin with.
pub fn from_bytes<T: Wire>(mut bytes: &[u8]) -> Option<T> {
    T::get(&mut bytes)
}

macro_rules! wire_integers {
    ($($type:ty),*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn get(from: &mut &[u8]) -> Option<Self> {
                let (head, tail) = from.split_first_chunk()?;
                *from = tail;
                Some(<$type>::from_le_bytes(*head))
            }
        }
    )*};
}
wire_integers!(i16, u16, i32, u32, i64, u64);

/// Bytes go as they are: there may be megabytes of them.
impl Wire for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        let (head, tail) = from.split_first()?;
        *from = tail;
        Some(*head)
    }
    fn put_all(values: &[Self], out: &mut Vec<u8>) {
        out.extend_from_slice(values);
    }
    fn get_all(count: usize, from: &mut &[u8]) -> Option<Vec<Self>> {
        let (head, tail) = from.split_at_checked(count)?;
        *from = tail;
        Some(head.to_vec())
    }
}

impl Wire for usize {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u64).put(out);
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        usize::try_from(u64::get(from)?).ok()
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        Some(u8::get(from)? != 0)
    }
}

impl Wire for () {
    fn put(&self, _out: &mut Vec<u8>) {}
    fn get(_from: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

impl Wire for Duration {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_secs().put(out);
        self.subsec_nanos().put(out);
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        Some(Duration::new(u64::get(from)?, u32::get(from)?))
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        String::from_utf8(Vec::get(from)?).ok()
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        T::put_all(self, out);
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        let count = usize::get(from)?;
        T::get_all(count, from)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        if bool::get(from)? { Some(Some(T::get(from)?)) } else { Some(None) }
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        Some((A::get(from)?, B::get(from)?))
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_ok().put(out);
        match self {
            Ok(value) => value.put(out),
            Err(error) => error.put(out),
        }
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::get(from)? { Ok(T::get(from)?) } else { Err(E::get(from)?) })
    }
}

/// The kinds that an error may have without an errno, and keep on the way.
const KINDS: [io::ErrorKind; 9] = [
    io::ErrorKind::UnexpectedEof,
    io::ErrorKind::TimedOut,
    io::ErrorKind::InvalidData,
    io::ErrorKind::InvalidInput,
    io::ErrorKind::WriteZero,
    io::ErrorKind::WouldBlock,
    io::ErrorKind::Interrupted,
    io::ErrorKind::BrokenPipe,
    io::ErrorKind::NotFound,
];

/// An error of the kernel's travels as its errno, any other as its kind and its words.
impl Wire for io::Error {
    fn put(&self, out: &mut Vec<u8>) {
        self.raw_os_error().put(out);
        KINDS.iter().position(|kind| *kind == self.kind()).put(out);
        self.to_string().put(out);
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        let errno = Option::get(from)?;
        let kind = Option::<usize>::get(from)?.and_then(|place| KINDS.get(place)).copied();
        let words = String::get(from)?;
        let error = || io::Error::new(kind.unwrap_or(io::ErrorKind::Other), words);
        Some(errno.map_or_else(error, io::Error::from_raw_os_error))
    }
}

/// Writes `Wire` for a struct, or for an enum whose variants all have named fields, in the
/// order in which they are listed.
macro_rules! wire {
    (struct $name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::wire::Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::wire::Wire::put(&self.$field, out);)*
            }
            fn get(from: &mut &[u8]) -> Option<Self> {
                Some($name { $($field: $crate::wire::Wire::get(from)?),* })
            }
        }
    };
    (enum $name:ident { $($variant:ident { $($field:ident),* }),* $(,)? }) => {
        impl $crate::wire::Wire for $name {
            #[allow(unused_assignments)]
            fn put(&self, out: &mut Vec<u8>) {
                let mut tag = 0_u8;
                $(
                    if let $name::$variant { $($field),* } = self {
                        out.push(tag);
                        $($crate::wire::Wire::put($field, out);)*
                        return;
                    }
                    tag += 1;
                )*
            }
            #[allow(unused_assignments)]
            fn get(from: &mut &[u8]) -> Option<Self> {
                let given = <u8 as $crate::wire::Wire>::get(from)?;
                let mut tag = 0_u8;
                $(
                    if given == tag {
                        return Some($name::$variant { $($field: $crate::wire::Wire::get(from)?),* });
                    }
                    tag += 1;
                )*
                None
            }
        }
    };
}
pub(crate) use wire;
