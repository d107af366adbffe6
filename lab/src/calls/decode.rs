//! From raw arguments to values: which argument is what, on the way in and on the way out.

use super::names::{F_GETSIG, F_SETOWN_EX, F_SETSIG, SIOCATMARK, Set};
use super::shape::{Returns, Shape};
use super::siginfo::siginfo;
use super::structures::{epoll_event, millis, timespec, timeval};
use super::table::Signature;
use super::value::Value;

/// A stopped task's memory, and the arguments of the call it stands at.
pub(crate) struct Decoder<'a> {
    pub(crate) pid: i32,
    pub(crate) arguments: &'a [u64; 6],
}

impl Decoder<'_> {
    /// What is known on the way in: a value for each argument; for what the kernel will fill, its
    /// address.
    pub(crate) fn entering(&self, signature: &Signature) -> Vec<Value> {
        let decode = |(place, shape): (usize, &Shape)| self.going_in(*shape, self.arguments[place]);
        signature.arguments.iter().enumerate().map(decode).collect()
    }

    /// What the kernel filled in, by the argument's place. `answer` is not an error.
    pub(crate) fn leaving(&self, signature: &Signature, answer: i64) -> Vec<(usize, Value)> {
        let mut filled = Vec::new();
        for (place, shape) in signature.arguments.iter().enumerate() {
            if let Some(value) = self.coming_out(*shape, self.arguments[place], answer) {
                filled.push((place, value));
            }
        }
        filled
    }

    fn going_in(&self, shape: Shape, raw: u64) -> Value {
        let argument = |place: usize| self.arguments[place];
        match shape {
            Shape::Fd | Shape::DirFd => descriptor(raw),
            Shape::Number | Shape::Length => Value::Number { value: raw.cast_signed() },
            Shape::Int | Shape::IntLength | Shape::HiddenInt => Value::Number { value: int(raw) },
            Shape::Unsigned => Value::Number { value: i64::from(raw as u32) },
            Shape::Flags(set) => Value::Flags { set, bits: raw & 0xffff_ffff },
            // ioctl's requests are unsigned: some have the uppermost bit.
            Shape::One(Set::Ioctl) => Value::One { set: Set::Ioctl, value: i64::from(raw as u32) },
            Shape::One(set) => Value::One { set, value: int(raw) },
            Shape::SocketType => {
                let flags = u64::from((libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC).cast_unsigned());
                Value::record([
                    ("type", Value::One { set: Set::SocketType, value: int(raw & !flags) }),
                    ("flags", Value::Flags { set: Set::SocketFlags, bits: raw & flags }),
                ])
            }
            Shape::Option(level) => Value::One { set: option_names(argument(level)), value: int(raw) },
            Shape::Fcntl(command) if argument(command) as i32 == F_SETOWN_EX => self.owner(raw),
            Shape::Fcntl(command) => fcntl_argument(argument(command), raw),
            Shape::Millis => millis(raw),
            Shape::Signal => Value::One { set: Set::Signal, value: int(raw) },
            Shape::Process => Value::Process { pid: int(raw) },
            _ if raw == 0 => Value::Null {},
            // What cannot be read stays what it is: an address, for the kernel to refuse.
            _ => self.pointed_to(shape, raw).unwrap_or(Value::Pointer { address: raw }),
        }
    }

    /// What an argument leads to on the way in; `None` where it leads nowhere, or nobody looks.
    fn pointed_to(&self, shape: Shape, raw: u64) -> Option<Value> {
        let argument = |place: usize| self.arguments[place];
        Some(match shape {
            Shape::Path => Value::Text { text: self.text(raw)? },
            Shape::In(length) => self.bytes(raw, argument(length))?,
            Shape::VectorIn(count) => self.vectors(raw, argument(count), None)?,
            Shape::VectorOut(count) => self.vector_sizes(raw, argument(count))?,
            Shape::MessageIn => self.message_in(raw)?,
            Shape::MessageOut => self.message_sizes(raw)?,
            Shape::AddressIn(length) => self.address(raw, unsigned(argument(length)))?,
            Shape::OptionIn(level, name, length) => {
                self.option(raw, argument(level), argument(name), unsigned(argument(length)))?
            }
            Shape::Ioctl(request) if request_takes(argument(request)) => {
                Value::Number { value: self.i32_at(raw)?.into() }
            }
            Shape::Pollfds(count) => self.pollfds(raw, unsigned(argument(count)), false)?,
            Shape::FdSet(nfds) => self.fd_set(raw, int(argument(nfds)))?,
            Shape::EpollEvent => epoll_event(self.read(raw)?),
            Shape::Timespec => timespec(self.read(raw)?),
            Shape::Timeval => timeval(self.read(raw)?),
            Shape::Itimerval => {
                let [interval, value] = self.read(raw)?;
                Value::record([("interval", timeval(interval)), ("value", timeval(value))])
            }
            Shape::Itimerspec => {
                let both = self.read::<libc::itimerspec>(raw)?;
                Value::record([("interval", timespec(both.it_interval)), ("value", timespec(both.it_value))])
            }
            Shape::Signals => Value::Signals { bits: self.u64_at(raw)? },
            Shape::PackedSignals => self.packed_signals(raw)?,
            Shape::Sigaction => self.sigaction(raw)?,
            Shape::OffsetPointer => Value::Number { value: self.u64_at(raw)?.cast_signed() },
            Shape::CloneArguments => Value::Flags { set: Set::Clone, bits: self.u64_at(raw)? },
            Shape::OpenHow => Value::Flags { set: Set::Open, bits: self.u64_at(raw)? },
            _ => return None,
        })
    }

    fn coming_out(&self, shape: Shape, raw: u64, answer: i64) -> Option<Value> {
        if raw == 0 {
            return None;
        }
        let count = answer.cast_unsigned();
        let argument = |place: usize| self.arguments[place];
        Some(match shape {
            Shape::Out(length) => self.bytes(raw, count.min(argument(length)))?,
            Shape::VectorOut(vectors) => self.vectors(raw, argument(vectors), Some(count))?,
            Shape::MessageOut => self.message_out(raw, count)?,
            Shape::AddressOut(length) => self.address(raw, self.i32_at(argument(length))?.cast_unsigned().into())?,
            Shape::PairOut => {
                let [one, other] = self.read::<[i32; 2]>(raw)?;
                Value::List { items: vec![Value::Descriptor { number: one }, Value::Descriptor { number: other }] }
            }
            Shape::OptionOut(level, name, length) => {
                let length = self.i32_at(argument(length))?.cast_unsigned().into();
                self.option(raw, argument(level), argument(name), length)?
            }
            Shape::Ioctl(request) if request_gives(argument(request)) => {
                Value::Number { value: self.i32_at(raw)?.into() }
            }
            Shape::Pollfds(fds) => self.pollfds(raw, unsigned(argument(fds)), true)?,
            Shape::FdSet(nfds) => self.fd_set(raw, int(argument(nfds)))?,
            Shape::EpollEventsOut => {
                let events = self.array::<libc::epoll_event>(raw, count)?;
                Value::List { items: events.into_iter().map(epoll_event).collect() }
            }
            Shape::SiginfoOut => self.read::<libc::siginfo_t>(raw).map(|info| siginfo(&info))?,
            // With WNOHANG there may be nobody to tell of.
            Shape::StatusOut if answer > 0 => Value::Status { status: self.i32_at(raw)? },
            _ => return None,
        })
    }
}

/// O_LARGEFILE as the kernel has it: always set in a 64-bit process, and 0 in its C library.
const LARGEFILE: u64 = if cfg!(target_arch = "aarch64") { 0x2_0000 } else { 0x8000 };

/// An `int` stands in the lower half of its register; the upper half is anybody's.
pub(super) fn int(raw: u64) -> i64 {
    i64::from(raw as i32)
}

/// The same without a sign, for a length.
fn unsigned(raw: u64) -> u64 {
    u64::from(raw as u32)
}

fn descriptor(raw: u64) -> Value {
    Value::Descriptor { number: raw as i32 }
}

fn option_names(level: u64) -> Set {
    match level as i32 {
        libc::IPPROTO_TCP => Set::TcpOption,
        libc::IPPROTO_IP => Set::IpOption,
        _ => Set::SocketOption,
    }
}

/// Whether an ioctl fills the number that it is pointed to.
fn request_gives(request: u64) -> bool {
    [libc::FIONREAD, libc::TIOCOUTQ, SIOCATMARK].contains(&request)
}

/// Whether an ioctl reads the number that it is pointed to.
fn request_takes(request: u64) -> bool {
    [libc::FIONBIO, libc::FIOASYNC].contains(&request)
}

fn fcntl_argument(command: u64, raw: u64) -> Value {
    match command as i32 {
        libc::F_SETFL => Value::Flags { set: Set::Open, bits: unsigned(raw) },
        libc::F_SETFD => Value::Flags { set: Set::Descriptor, bits: unsigned(raw) },
        // They take nothing, so the register holds what was left there.
        libc::F_GETFL | libc::F_GETFD | libc::F_GETOWN | libc::F_GETPIPE_SZ | F_GETSIG | libc::F_GET_SEALS => {
            Value::Null {}
        }
        F_SETSIG => Value::One { set: Set::Signal, value: int(raw) },
        libc::F_SETOWN => Value::Process { pid: int(raw) },
        libc::F_DUPFD | libc::F_DUPFD_CLOEXEC | libc::F_SETPIPE_SZ => Value::Number { value: int(raw) },
        _ => Value::Pointer { address: raw },
    }
}

/// What a call's result means; `None` where it only says that it succeeded.
pub(crate) fn result(signature: &Signature, arguments: &[u64; 6], answer: i64) -> Option<Value> {
    Some(match signature.returns {
        Returns::Zero | Returns::Never => return None,
        Returns::Count | Returns::Quantity => Value::Number { value: answer },
        Returns::NewFd => descriptor(answer.cast_unsigned()),
        Returns::NewProcess => Value::Process { pid: answer },
        Returns::SignalTaken => Value::One { set: Set::Signal, value: answer },
        Returns::ByCommand => match arguments[1] as i32 {
            libc::F_GETFL => Value::Flags { set: Set::Open, bits: answer.cast_unsigned() & !LARGEFILE },
            libc::F_GETFD => Value::Flags { set: Set::Descriptor, bits: answer.cast_unsigned() },
            libc::F_DUPFD | libc::F_DUPFD_CLOEXEC => descriptor(answer.cast_unsigned()),
            libc::F_GETOWN => Value::Process { pid: answer },
            F_GETSIG => Value::One { set: Set::Signal, value: answer },
            libc::F_GETPIPE_SZ | libc::F_SETPIPE_SZ => Value::Number { value: answer },
            _ => return None,
        },
    })
}
