//! Whether a value of an observation is what strace wrote.
//!
//! The two know different amounts: what lab does not decode it keeps as a pointer, and that is equal
//! to any structure; but a number that lab keeps is always compared.

use std::collections::HashMap;

use lab::{Set, Value};

use crate::notation::Written;

/// No address is smaller: what is, is a number even where lab keeps it as a pointer.
const SMALLEST_ADDRESS: u64 = 0x1_0000;
/// On x86-64 the C library sets it in every `sigaction`, and lab leaves it out.
const SA_RESTORER: u64 = 0x0400_0000;

/// Numbers that differ from run to run, each with its counterpart in the other run: a number that
/// comes twice in one must come twice in the other.
#[derive(Debug, Default)]
pub struct Pairs {
    pairs: HashMap<(Kind, i64), i64>,
    back: HashMap<(Kind, i64), i64>,
}

/// Of what kind the numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Processes and threads.
    Process,
    /// Ports.
    Port,
}

impl Pairs {
    /// Whether the two numbers stand for one another; they do from now on if neither did before.
    pub fn pair(&mut self, kind: Kind, ours: i64, theirs: i64) -> bool {
        let fixed = |number: i64| number <= 0;
        if fixed(ours) || fixed(theirs) {
            // A process group is a process with a minus.
            return ours == theirs || ours < -1 && theirs < -1 && self.pair(kind, -ours, -theirs);
        }
        *self.pairs.entry((kind, ours)).or_insert(theirs) == theirs
            && *self.back.entry((kind, theirs)).or_insert(ours) == ours
    }

    fn known(&self, kind: Kind, ours: i64, theirs: i64) -> bool {
        self.pairs.get(&(kind, ours)) == Some(&theirs)
    }
}

/// Whether strace wrote only where something is, and not what.
pub fn is_address(written: &Written) -> bool {
    written.number().is_some_and(|number| number.cast_unsigned() >= SMALLEST_ADDRESS)
}

/// Whether `value` is what strace wrote.
pub fn same(value: &Value, written: &Written, pairs: &mut Pairs) -> bool {
    if let Written::Changed(_, after) = written {
        return same(value, after, pairs);
    }
    match (value, written) {
        (Value::Pointer { address }, _) => same_pointer(*address, written, pairs),
        (Value::Flags { set: Set::Sigaction, bits }, Written::Number(number)) => {
            // The C library keeps these flags in an int, whose sign the kernel's long shows.
            *bits == number.cast_unsigned() & 0xffff_ffff & !SA_RESTORER
        }
        (Value::Flags { set: Set::Clone | Set::Open, bits }, Written::Record(_)) => {
            member_is(written, "flags", bits.cast_signed())
        }
        (Value::Process { pid }, Written::Number(number)) => pairs.pair(Kind::Process, *pid, *number),
        (Value::Status { status }, Written::Word(text)) => status_of(text) == Some(*status),
        (Value::Status { status }, Written::List(items)) => {
            matches!(&items[..], [Written::Word(text)] if status_of(text) == Some(*status))
        }
        (Value::Text { text }, Written::Text { bytes, cut: true }) => text.as_bytes().starts_with(bytes),
        (Value::Text { text }, Written::Text { bytes, cut: false }) => path_of(bytes) == text.as_bytes(),
        (Value::Text { text }, Written::Record(_)) => {
            matches!(written.member("sun_path"), Some(Written::Text { bytes, .. }) if path_of(bytes) == text.as_bytes())
        }
        (Value::Internet { host, port }, Written::Record(_)) => same_internet(host, *port, written, pairs),
        (Value::Bytes { head, length }, Written::Text { bytes, cut }) => {
            let both = head.len().min(bytes.len());
            head[..both] == bytes[..both] && (*cut || *length == bytes.len() as u64)
        }
        (Value::Bytes { .. }, Written::Record(_)) => {
            written.member("iov_base").is_some_and(|base| same(value, base, pairs))
        }
        (Value::Span { raw: (whole, part), .. }, Written::Record(members)) => {
            matches!(&members[..], [(_, Written::Number(w)), (_, Written::Number(p))] if w == whole && p == part)
        }
        (Value::Span { raw: (whole, part), .. }, Written::Text { bytes, .. }) => {
            *bytes == [whole.to_ne_bytes(), part.to_ne_bytes()].concat()
        }
        (Value::Forever { number: true }, Written::Number(number)) => *number < 0,
        (Value::Null {}, Written::Record(members)) if members.is_empty() => true,
        (Value::Signals { .. } | Value::Null {}, Written::Record(_)) => {
            // pselect6 takes the mask and its size in one structure.
            written.member("sigmask").is_some_and(|mask| same(value, mask, pairs))
        }
        (Value::Null {}, _) => *written == Written::Word("NULL".into()) || written.number() == Some(0),
        (Value::Signals { bits }, _) => signals_of(written) == Some(*bits),
        (Value::Number { value }, Written::Record(_)) => {
            ["u64", "iov_len"].iter().any(|name| member_is(written, name, *value))
        }
        (Value::One { set: Set::Domain, value }, Written::Record(_)) => member_is(written, "sa_family", *value),
        // More vectors than the kernel takes are only counted.
        (Value::Record { .. }, Written::List(all)) if value.field("buffers").is_some() => {
            value.field("buffers").and_then(number_of) == i64::try_from(all.len()).ok()
        }
        (Value::List { items }, Written::List(all)) => same_lists(items, all, pairs),
        (Value::Record { fields }, Written::Number(_)) => {
            // A socket's type and flags are one number to the kernel.
            let sum = fields.iter().try_fold(0, |sum, (_, field)| Some(sum + number_of(field)?));
            sum == written.number()
        }
        (Value::Record { fields }, Written::Record(_)) => {
            fields.iter().all(|(name, field)| same_member(name, field, written, pairs))
        }
        (_, Written::List(items)) if items.len() == 1 => same(value, &items[0], pairs),
        (_, Written::Number(number)) => number_of(value).is_some_and(|ours| same_number(ours, *number)),
        _ => false,
    }
}

/// strace writes some ints without their sign.
fn same_number(ours: i64, theirs: i64) -> bool {
    let without_sign = || i32::try_from(ours).is_ok_and(|ours| ours < 0 && i64::from(ours.cast_unsigned()) == theirs);
    ours == theirs || without_sign()
}

/// What a value is as one number.
fn number_of(value: &Value) -> Option<i64> {
    Some(match value {
        Value::Descriptor { number } => i64::from(*number),
        Value::Number { value } | Value::One { value, .. } => *value,
        Value::Flags { bits, .. } => bits.cast_signed(),
        Value::Span { raw: (milliseconds, 0), .. } => *milliseconds,
        _ => return None,
    })
}

/// An address differs from run to run; a number that only looks like a pointer does not.
fn same_pointer(address: u64, written: &Written, pairs: &Pairs) -> bool {
    match written {
        Written::Number(number) if address < SMALLEST_ADDRESS => {
            address.cast_signed() == *number || pairs.known(Kind::Process, address.cast_signed(), *number)
        }
        Written::Number(number) => {
            number.cast_unsigned() >= SMALLEST_ADDRESS || pairs.known(Kind::Process, address.cast_signed(), *number)
        }
        Written::Word(word) => word != "NULL",
        _ => true,
    }
}

fn member_is(written: &Written, name: &str, number: i64) -> bool {
    written.member(name).and_then(Written::number) == Some(number)
}

/// Lists agree item by item. strace also writes the vectors that the kernel did not come to.
fn same_lists(items: &[Value], written: &[Written], pairs: &mut Pairs) -> bool {
    let untouched =
        |vector: &Written| matches!(vector.member("iov_base"), Some(Written::Text { bytes, .. }) if bytes.is_empty());
    let (both, rest) = written.split_at(items.len().min(written.len()));
    items.len() <= written.len()
        && items.iter().zip(both).all(|(item, written)| same(item, written, pairs))
        && rest.iter().all(untouched)
}

/// A member of a structure, under the name that the kernel's headers give it.
fn same_member(name: &str, field: &Value, record: &Written, pairs: &mut Pairs) -> bool {
    let (band, number) = (record.member("si_pid"), record.member("si_int"));
    let written = match name {
        // strace takes what F_SETSIG queues for what sigqueue does: the band stands where the sender
        // would (with the zero half as its user), the descriptor where the value would.
        "band" if record.member("si_band").is_none() => band,
        "fd" if record.member("si_band").is_none() && record.member("si_code").is_some() => number,
        // strace leaves out what poll does not look at.
        "events" if record.member("fd").and_then(Written::number).is_some_and(|fd| fd < 0) => return true,
        "name" => record.member("msg_name"),
        "data" => record.member("msg_iov").or_else(|| record.member("data")),
        // strace writes a message that nobody sent without its parts.
        "sizes" if record.member("msg_iov").is_none() => return true,
        "sizes" => record.member("msg_iov"),
        "control" => return same_control(field, record.member("msg_control"), pairs),
        // strace leaves out a value of zero.
        "value" if record.member("si_code").is_some() && record.member("si_ptr").is_none() => {
            return *field == Value::Number { value: 0 };
        }
        "value" => record.member("it_value").or_else(|| record.member("si_ptr")),
        _ => {
            let prefixes = ["", "sa_", "si_", "msg_", "it_", "l_"];
            prefixes.iter().find_map(|prefix| record.member(&format!("{prefix}{name}")))
        }
    };
    match (written, field) {
        (Some(written), field) => same(field, written, pairs),
        (None, Value::Null {}) => true,
        (None, _) => false,
    }
}

/// The descriptors in control messages.
fn same_control(field: &Value, control: Option<&Written>, pairs: &mut Pairs) -> bool {
    let Value::List { items } = field else { return false };
    let Some(Written::List(messages)) = control else { return items.is_empty() };
    let is_rights = |message: &&Written| {
        member_is(message, "cmsg_level", libc::SOL_SOCKET.into())
            && member_is(message, "cmsg_type", libc::SCM_RIGHTS.into())
    };
    let data = messages.iter().filter(is_rights).filter_map(|message| message.member("cmsg_data"));
    let carried: Vec<_> =
        data.flat_map(|data| if let Written::List(numbers) = data { &numbers[..] } else { &[] }).cloned().collect();
    items.len() == carried.len() && same_lists(items, &carried, pairs)
}

fn same_internet(host: &str, port: u16, written: &Written, pairs: &mut Pairs) -> bool {
    let bytes = |names: [&str; 2]| match names.iter().find_map(|name| written.member(name)) {
        Some(Written::Text { bytes, .. }) => Some(bytes.clone()),
        _ => None,
    };
    let their_host = bytes(["sin_addr", "sin6_addr"]).and_then(|bytes| {
        let four = <[u8; 4]>::try_from(&bytes[..]).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string());
        four.or_else(|| <[u8; 16]>::try_from(&bytes[..]).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()))
    });
    let their_port =
        bytes(["sin_port", "sin6_port"]).and_then(|bytes| Some(u16::from_be_bytes(bytes.try_into().ok()?)));
    let Some(their_port) = their_port else { return false };
    their_host.as_deref() == Some(host) && pairs.pair(Kind::Port, port.into(), their_port.into())
}

/// What stands before the terminating zero; an abstract name begins with one.
fn path_of(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [0, name @ ..] => [b"@", name].concat(),
        path => path.to_vec(),
    }
}

fn signals_of(written: &Written) -> Option<u64> {
    let bits =
        |signals: &[Written]| signals.iter().try_fold(0_u64, |bits, signal| Some(bits | 1 << (signal.number()? - 1)));
    match written {
        Written::List(signals) => bits(signals),
        Written::AllBut(signals) => bits(signals).map(|bits| !bits),
        _ => None,
    }
}

/// `WIFEXITED(s) && WEXITSTATUS(s) == 3`, as wait(2) encodes it.
fn status_of(text: &str) -> Option<i32> {
    if text.starts_with("WIFCONTINUED") {
        return Some(0xffff);
    }
    let number = text.rsplit_once("== ")?.1;
    if text.starts_with("WIFEXITED") {
        return Some(number.parse::<i32>().ok()? << 8);
    }
    let signal = number.parse::<nix::sys::signal::Signal>().ok()? as i32;
    if text.starts_with("WIFSTOPPED") { Some(signal << 8 | 0x7f) } else { Some(signal) }
}
