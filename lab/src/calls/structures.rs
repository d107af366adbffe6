//! The kernel's structures, from a stopped task's memory to values.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::decode::{Decoder, int};
use super::memory::{HEAD, ITEMS};
use super::names::Set;
use super::value::Value;

impl Decoder<'_> {
    /// The data of one vector.
    pub(super) fn vector(&self, vector: libc::iovec, length: u64) -> Value {
        let address = vector.iov_base as u64;
        self.bytes(address, length).unwrap_or(Value::Pointer { address })
    }

    /// The data of each vector; of `filled` bytes in all, where the kernel filled them in turn.
    pub(super) fn vectors(&self, address: u64, count: u64, filled: Option<u64>) -> Option<Value> {
        if count > libc::UIO_MAXIOV as u64 {
            return Some(too_many(count));
        }
        let mut left = filled.unwrap_or(u64::MAX);
        let mut items = Vec::new();
        for vector in self.array::<libc::iovec>(address, count)? {
            let length = left.min(vector.iov_len as u64);
            left -= length;
            if filled.is_none() || length > 0 {
                items.push(self.vector(vector, length));
            }
        }
        Some(Value::List { items })
    }

    pub(super) fn vector_sizes(&self, address: u64, count: u64) -> Option<Value> {
        if count > libc::UIO_MAXIOV as u64 {
            return Some(too_many(count));
        }
        let size = |vector: libc::iovec| Value::Number { value: vector.iov_len as i64 };
        Some(Value::List { items: self.array(address, count)?.into_iter().map(size).collect() })
    }

    pub(super) fn message_in(&self, address: u64) -> Option<Value> {
        let message = self.read::<libc::msghdr>(address)?;
        let (name, data) = (self.message_name(&message), self.message_data(&message, None));
        Some(Value::record([("name", name), ("data", data), ("control", self.control(&message))]))
    }

    pub(super) fn message_sizes(&self, address: u64) -> Option<Value> {
        let message = self.read::<libc::msghdr>(address)?;
        let vectors = message.msg_iov as u64;
        let sizes =
            self.vector_sizes(vectors, message.msg_iovlen as u64).unwrap_or(Value::Pointer { address: vectors });
        Some(Value::record([("sizes", sizes)]))
    }

    pub(super) fn message_data(&self, message: &libc::msghdr, filled: Option<u64>) -> Value {
        let address = message.msg_iov as u64;
        self.vectors(address, message.msg_iovlen as u64, filled).unwrap_or(Value::Pointer { address })
    }

    pub(super) fn message_out(&self, address: u64, count: u64) -> Option<Value> {
        let message = self.read::<libc::msghdr>(address)?;
        let data = self.message_data(&message, Some(count));
        let flags = Value::Flags { set: Set::Message, bits: message.msg_flags.cast_unsigned().into() };
        let name = self.message_name(&message);
        Some(Value::record([("name", name), ("data", data), ("control", self.control(&message)), ("flags", flags)]))
    }

    pub(super) fn message_name(&self, message: &libc::msghdr) -> Value {
        match message.msg_namelen {
            0 => Value::Null {},
            length => {
                let address = message.msg_name as u64;
                self.address(address, length.into()).unwrap_or(Value::Pointer { address })
            }
        }
    }

    /// The descriptors that travel in control messages (unix(7), SCM_RIGHTS).
    pub(super) fn control(&self, message: &libc::msghdr) -> Value {
        let bytes = self.memory(message.msg_control as u64, message.msg_controllen.min(HEAD));
        let header = size_of::<libc::cmsghdr>();
        let mut items = Vec::new();
        let mut at = 0;
        while at + header <= bytes.len() {
            let int = |from: usize| i32::from_ne_bytes(bytes[from..from + 4].try_into().unwrap_or_default());
            let length = usize::from_ne_bytes(bytes[at..at + size_of::<usize>()].try_into().unwrap_or_default());
            let (level, kind) = (int(at + size_of::<usize>()), int(at + size_of::<usize>() + 4));
            if length < header || length > bytes.len() - at {
                break;
            }
            if level == libc::SOL_SOCKET && kind == libc::SCM_RIGHTS {
                let numbers = (at + header..at + length).step_by(4).map(int);
                items.extend(numbers.map(|number| Value::Descriptor { number }));
            }
            at += length.next_multiple_of(size_of::<usize>());
        }
        Value::List { items }
    }

    /// An address of any family; `None` where there is not even the family.
    pub(super) fn address(&self, address: u64, length: u64) -> Option<Value> {
        let bytes = self.memory(address, (length as usize).min(size_of::<libc::sockaddr_storage>()));
        let family = u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?);
        let port = || u16::from_be_bytes([bytes[2], bytes[3]]);
        Some(match i32::from(family) {
            libc::AF_INET if bytes.len() >= 8 => {
                let host = Ipv4Addr::new(bytes[4], bytes[5], bytes[6], bytes[7]);
                Value::Internet { host: host.to_string(), port: port() }
            }
            libc::AF_INET6 if bytes.len() >= 24 => {
                let host: [u8; 16] = bytes[8..24].try_into().unwrap_or_default();
                Value::Internet { host: Ipv6Addr::from(host).to_string(), port: port() }
            }
            // An abstract name begins with a zero byte and ends with the address (unix(7)).
            libc::AF_UNIX if bytes.len() > 2 && bytes[2] == 0 => {
                Value::Text { text: format!("@{}", String::from_utf8_lossy(&bytes[3..])) }
            }
            libc::AF_UNIX if bytes.len() > 2 => {
                let path = bytes[2..].split(|&byte| byte == 0).next().unwrap_or_default();
                Value::Text { text: String::from_utf8_lossy(path).into_owned() }
            }
            family => Value::One { set: Set::Domain, value: family.into() },
        })
    }

    pub(super) fn option(&self, address: u64, level: u64, name: u64, length: u64) -> Option<Value> {
        let socket = level as i32 == libc::SOL_SOCKET;
        Some(match (name as i32, length) {
            (libc::SO_RCVTIMEO | libc::SO_SNDTIMEO, 16) if socket => timeval(self.read(address)?),
            (libc::SO_LINGER, 8) if socket => {
                let linger = self.read::<libc::linger>(address)?;
                let [on, time] = [linger.l_onoff, linger.l_linger].map(|value| Value::Number { value: value.into() });
                Value::record([("onoff", on), ("linger", time)])
            }
            (libc::SO_PEERCRED, 12) if socket => {
                let peer = self.read::<libc::ucred>(address)?;
                let [uid, gid] = [peer.uid, peer.gid].map(|value| Value::Number { value: value.into() });
                Value::record([("pid", Value::Process { pid: peer.pid.into() }), ("uid", uid), ("gid", gid)])
            }
            (libc::SO_ERROR, 4) if socket => Value::One { set: Set::Errno, value: self.i32_at(address)?.into() },
            (_, 4) => Value::Number { value: self.i32_at(address)?.into() },
            _ => self.bytes(address, length)?,
        })
    }

    /// A `struct f_owner_ex`.
    pub(super) fn owner(&self, address: u64) -> Value {
        let Some([kind, pid]) = self.read::<[i32; 2]>(address) else { return Value::Pointer { address } };
        Value::record([
            ("type", Value::One { set: Set::Owner, value: kind.into() }),
            ("pid", Value::Process { pid: pid.into() }),
        ])
    }

    pub(super) fn pollfds(&self, address: u64, count: u64, reported: bool) -> Option<Value> {
        let each = self.array::<libc::pollfd>(address, count)?.into_iter();
        let item = |fd: libc::pollfd| {
            let bits = if reported { fd.revents } else { fd.events };
            let bits = Value::Flags { set: Set::Poll, bits: bits.cast_unsigned().into() };
            Value::record([
                ("fd", Value::Descriptor { number: fd.fd }),
                (if reported { "revents" } else { "events" }, bits),
            ])
        };
        let told = |fd: &libc::pollfd| !reported || fd.revents != 0;
        Some(Value::List { items: each.filter(told).map(item).collect() })
    }

    pub(super) fn fd_set(&self, address: u64, nfds: i64) -> Option<Value> {
        let nfds = usize::try_from(nfds).unwrap_or(0).min(64 * ITEMS as usize);
        let bytes = self.memory(address, nfds.div_ceil(64) * 8);
        if nfds > 0 && bytes.is_empty() {
            return None;
        }
        let member = |fd: &usize| bytes.get(fd / 8).is_some_and(|byte| byte >> (fd % 8) & 1 == 1);
        Some(Value::List {
            items: (0..nfds).filter(member).map(|fd| Value::Descriptor { number: fd as i32 }).collect(),
        })
    }

    pub(super) fn packed_signals(&self, address: u64) -> Option<Value> {
        let signals = self.u64_at(address)?;
        Some(match self.u64_at(signals) {
            _ if signals == 0 => Value::Null {},
            Some(bits) => Value::Signals { bits },
            None => Value::Pointer { address: signals },
        })
    }

    /// The kernel's `sigaction`: handler, flags, restorer, mask; not the C library's.
    pub(super) fn sigaction(&self, address: u64) -> Option<Value> {
        let [handler, flags, third, fourth] = self.read::<[u64; 4]>(address)?;
        let has_restorer = cfg!(target_arch = "x86_64");
        let handler = match handler {
            0 | 1 => Value::One { set: Set::Handler, value: int(handler) },
            address => Value::Pointer { address },
        };
        Some(Value::record([
            ("handler", handler),
            ("mask", Value::Signals { bits: if has_restorer { fourth } else { third } }),
            ("flags", Value::Flags { set: Set::Sigaction, bits: flags & 0xffff_ffff & !SA_RESTORER }),
        ]))
    }
}

/// Set by the C library in every `sigaction` on x86-64: says nothing about the program.
const SA_RESTORER: u64 = 0x0400_0000;

/// More vectors than the kernel looks at: it refuses the call, and what lies there may be anything.
fn too_many(count: u64) -> Value {
    Value::record([("buffers", Value::Number { value: count.cast_signed() })])
}

/// poll's timeout.
pub(super) fn millis(raw: u64) -> Value {
    match raw as i32 {
        ..0 => Value::Forever { number: true },
        time => Value::Span { time: Duration::from_millis(time.unsigned_abs().into()), raw: (time.into(), 0) },
    }
}

pub(super) fn timespec(at: libc::timespec) -> Value {
    let time =
        Duration::new(at.tv_sec.max(0).unsigned_abs(), 0) + Duration::from_nanos(at.tv_nsec.max(0).unsigned_abs());
    Value::Span { time, raw: (at.tv_sec, at.tv_nsec) }
}

pub(super) fn timeval(at: libc::timeval) -> Value {
    let time =
        Duration::new(at.tv_sec.max(0).unsigned_abs(), 0) + Duration::from_micros(at.tv_usec.max(0).unsigned_abs());
    Value::Span { time, raw: (at.tv_sec, at.tv_usec) }
}

pub(super) fn epoll_event(event: libc::epoll_event) -> Value {
    // On x86-64 the structure is packed: copy the members before anything refers to them.
    let (events, data) = (event.events, event.u64);
    Value::record([
        ("events", Value::Flags { set: Set::Epoll, bits: events.into() }),
        ("data", Value::Number { value: data.cast_signed() }),
    ])
}
