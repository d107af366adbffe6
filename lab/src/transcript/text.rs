//! How a call is written for a reader: descriptors by name, flags without their prefixes, no number
//! that differs from run to run.

use std::time::Duration;

use super::scribe::Scribe;
use crate::calls::{Set, Shape, Value, errno_name, signal_name};
use crate::observe::{Call, Outcome};

/// How much of a buffer is shown, in bytes.
const BYTES_SHOWN: usize = 32;

/// `read(server, 16)`.
pub(super) fn call(scribe: &Scribe<'_>, at: usize, call: &Call) -> String {
    let shapes = call.signature().arguments.iter();
    let written = shapes.zip(&call.arguments).enumerate().filter_map(|(place, (shape, value))| {
        let text = argument(scribe, at, call, *shape, value)?;
        Some(match (shape, place) {
            (Shape::FdSet(_), 1) => format!("read {text}"),
            (Shape::FdSet(_), 2) => format!("write {text}"),
            (Shape::FdSet(_), _) => format!("except {text}"),
            _ => text,
        })
    });
    format!("{}({})", call.shown(), written.collect::<Vec<_>>().join(", "))
}

/// One argument; `None` for what a reader need not see.
fn argument(scribe: &Scribe<'_>, at: usize, call: &Call, shape: Shape, value: &Value) -> Option<String> {
    match (shape, value) {
        (
            Shape::Length
            | Shape::IntLength
            | Shape::Hidden
            | Shape::HiddenInt
            | Shape::CloneArguments
            | Shape::Flags(Set::Clone)
            | Shape::OptionOut(..)
            | Shape::Pointers(_),
            _,
        )
        | (_, Value::Null {} | Value::Pointer { .. } | Value::Forever { .. }) => None,
        (Shape::DirFd, Value::Descriptor { number: libc::AT_FDCWD }) => None,
        (Shape::Flags(_), Value::Flags { bits: 0, .. }) => None,
        (Shape::Process, Value::Process { pid: -1 }) => Some("any child".into()),
        (Shape::Timespec | Shape::Timeval | Shape::Millis, Value::Span { time, .. }) if time.is_zero() => {
            Some("no sleep".into())
        }
        (Shape::SocketType, socket) => {
            let flags = socket.field("flags").filter(|flags| !matches!(flags, Value::Flags { bits: 0, .. }));
            let parts = [socket.field("type"), flags].into_iter().flatten();
            Some(parts.map(|part| plain(scribe, at, call, part)).collect::<Vec<_>>().join("|"))
        }
        (Shape::MessageIn, message) => Some(message_text(scribe, at, call, message)),
        (Shape::MessageOut, message) => message.field("sizes").map(|sizes| plain(scribe, at, call, sizes)),
        (Shape::Itimerval | Shape::Itimerspec, timer) => {
            timer.field("value").map(|value| plain(scribe, at, call, value))
        }
        (Shape::EpollEvent, event) => event.field("events").map(|bits| plain(scribe, at, call, bits)),
        (Shape::Sigaction, action) => Some(sigaction(scribe, at, call, action)),
        (_, value) => Some(plain(scribe, at, call, value)),
    }
}

/// A value by itself.
fn plain(scribe: &Scribe<'_>, at: usize, call: &Call, value: &Value) -> String {
    match value {
        Value::Descriptor { number } => scribe.descriptor(at, call.actor, *number),
        Value::Number { value } => value.to_string(),
        Value::Pointer { .. } => "a pointer".into(),
        Value::Null {} => "NULL".into(),
        Value::Flags { set, bits } => set.names_of(*bits),
        Value::One { set: Set::Errno | Set::Signal, value: 0 } => "0".into(),
        Value::One { set: Set::Signal, value } => signal_name(*value as i32),
        Value::One { set, value } => set.name(*value).map_or_else(|| format!("{value:#x}"), str::to_owned),
        Value::Bytes { head, length } => bytes(head, *length),
        Value::Text { text } => format!("\"{}\"", last_part(text)),
        Value::Internet { host, port: 0 } => format!("{host}:0"),
        Value::Internet { host, .. } => format!("{host}:PORT"),
        Value::Span { time, .. } => span(*time),
        Value::Forever { .. } => "for ever".into(),
        Value::Signals { bits } => signals(*bits),
        Value::Process { pid } => scribe.process(call.actor, *pid),
        Value::Status { status } => ended(*status),
        Value::List { items } if repeats(items) => format!("{} × {}", items.len(), plain(scribe, at, call, &items[0])),
        Value::List { items } => {
            let items: Vec<_> = items.iter().map(|item| plain(scribe, at, call, item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Record { fields } if value.field("buffers").is_some() => {
            format!("{} buffers", plain(scribe, at, call, &fields[0].1))
        }
        Value::Record { fields } => match (value.field("fd"), value.field("events").or(value.field("revents"))) {
            (Some(fd), Some(bits)) => format!("{}: {}", plain(scribe, at, call, fd), plain(scribe, at, call, bits)),
            _ => {
                let fields = fields.iter().map(|(name, value)| format!("{name} {}", plain(scribe, at, call, value)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        },
    }
}

/// What came back: `"hello"`, `5`, `EAGAIN`, `server: IN`.
pub(super) fn result(scribe: &Scribe<'_>, at: usize, call: &Call) -> String {
    match call.outcome {
        Outcome::Unfinished {} => "never returns".into(),
        Outcome::Failed { errno, observers: false } => errno_name(errno),
        Outcome::Failed { errno, observers: true } => format!("{} (made by the observer)", errno_name(errno)),
        Outcome::Restarted { .. } => "broken off by a signal; the kernel starts it again".into(),
        Outcome::Returned { value } => returned(scribe, at, call, value),
    }
}

fn returned(scribe: &Scribe<'_>, at: usize, call: &Call, answer: i64) -> String {
    let filled: Vec<_> = call
        .filled
        .iter()
        .filter_map(|(place, value)| filled(scribe, at, call, *place, call.signature().arguments[*place], value))
        .collect();
    match (&call.result, call.shown()) {
        (_, "poll" | "select" | "epoll_wait" | "epoll_pwait2") if answer == 0 => "nothing".into(),
        (Some(Value::Number { value: 0 }), _)
            if !call.arguments.is_empty() && filled.iter().all(|text| text == "\"\"") =>
        {
            "0".into()
        }
        (Some(process @ Value::Process { .. }), _) => {
            let process = plain(scribe, at, call, process);
            std::iter::once(process).chain(filled).collect::<Vec<_>>().join(", ")
        }
        (Some(signal @ Value::One { set: Set::Signal, .. }), _) => {
            let signal = plain(scribe, at, call, signal);
            let told = call.filled.iter().find_map(|(_, info)| of_a_descriptor(scribe, at, call.actor, info));
            told.map_or_else(|| signal.clone(), |told| format!("{signal}: {told}"))
        }
        _ if !filled.is_empty() => filled.join(", "),
        (Some(value), _) => plain(scribe, at, call, value),
        (None, _) => answer.to_string(),
    }
}

/// What the kernel filled in; `None` for what only says again what went in.
fn filled(scribe: &Scribe<'_>, at: usize, call: &Call, place: usize, shape: Shape, value: &Value) -> Option<String> {
    match (shape, value) {
        (Shape::AddressOut(_), _) if call.shown() == "accept" || call.shown() == "recv" => None,
        (Shape::FdSet(_), Value::List { items }) if items.is_empty() => None,
        (Shape::FdSet(_), set) => {
            Some(format!("{} {}", ["read", "write", "except"][place - 1], plain(scribe, at, call, set)))
        }
        (Shape::PairOut, Value::List { items }) => {
            Some(items.iter().map(|item| plain(scribe, at, call, item)).collect::<Vec<_>>().join(" and "))
        }
        (Shape::VectorOut(_), data) => Some(joined(scribe, at, call, data)),
        (Shape::MessageOut, message) => Some(message_text(scribe, at, call, message)),
        (Shape::Pollfds(_), Value::List { items }) => {
            Some(items.iter().map(|item| plain(scribe, at, call, item)).collect::<Vec<_>>().join(", "))
        }
        (Shape::EpollEventsOut, Value::List { items }) => {
            Some(items.iter().map(|event| epoll_event(scribe, at, call, event)).collect::<Vec<_>>().join(", "))
        }
        (Shape::SiginfoOut, _) => None,
        // MSG_TRUNC counts what did not fit, too.
        (Shape::Out(_), Value::Bytes { length, .. })
            if call.returned().is_some_and(|count| count.cast_unsigned() > *length) =>
        {
            Some(format!("{} of {}", plain(scribe, at, call, value), call.returned().unwrap_or_default()))
        }
        (_, value) => Some(plain(scribe, at, call, value)),
    }
}

fn epoll_event(scribe: &Scribe<'_>, at: usize, call: &Call, event: &Value) -> String {
    let bits = event.field("events").map(|bits| plain(scribe, at, call, bits)).unwrap_or_default();
    let Some(Value::Number { value: data }) = event.field("data") else { return bits };
    let epoll = if let Some(Value::Descriptor { number }) = call.arguments.first() { *number } else { -1 };
    let member = scribe.member(call.actor, epoll, *data).map(|number| scribe.descriptor(at, call.actor, number));
    format!("{}: {bits}", member.unwrap_or_else(|| data.to_string()))
}

/// `"he" + "llo"`.
fn joined(scribe: &Scribe<'_>, at: usize, call: &Call, data: &Value) -> String {
    let Value::List { items } = data else { return plain(scribe, at, call, data) };
    if items.is_empty() {
        return "\"\"".into();
    }
    if repeats(items) {
        return plain(scribe, at, call, data);
    }
    items.iter().map(|item| plain(scribe, at, call, item)).collect::<Vec<_>>().join(" + ")
}

/// Whether a list is long and says the same thing again and again.
fn repeats(items: &[Value]) -> bool {
    items.len() > 8 && items.windows(2).all(|pair| pair[0] == pair[1])
}

/// A message's data, the descriptors it carries, and the flags that the kernel raised.
fn message_text(scribe: &Scribe<'_>, at: usize, call: &Call, message: &Value) -> String {
    let mut text = message.field("data").map(|data| joined(scribe, at, call, data)).unwrap_or_default();
    if let Some(Value::List { items }) = message.field("control") {
        for (place, item) in items.iter().enumerate() {
            text += if place == 0 { " with " } else { " and " };
            text += &plain(scribe, at, call, item);
        }
    }
    // MSG_CMSG_CLOEXEC comes back as it went in.
    if let Some(Value::Flags { set, bits }) = message.field("flags") {
        let raised = bits & !(libc::MSG_CMSG_CLOEXEC.cast_unsigned() as u64);
        if raised != 0 {
            text += &format!(", {}", set.names_of(raised));
        }
    }
    text
}

fn sigaction(scribe: &Scribe<'_>, at: usize, call: &Call, action: &Value) -> String {
    let handler = match action.field("handler") {
        Some(Value::Pointer { .. }) | None => "a handler".to_owned(),
        // Flags say nothing about a signal that nobody handles.
        Some(value) => return plain(scribe, at, call, value),
    };
    match action.field("flags") {
        Some(Value::Flags { bits: 0, .. }) | None => handler,
        Some(flags) => format!("{handler}, {}", plain(scribe, at, call, flags)),
    }
}

fn signals(bits: u64) -> String {
    if bits == 0 {
        return "no signal".into();
    }
    // SIGKILL and SIGSTOP are never in a set for long, and the C library keeps 32 and 33 for itself.
    let invisible = 1 << 8 | 1 << 18 | 1 << 31 | 1 << 32;
    if bits | invisible == u64::MAX {
        return "all signals".into();
    }
    let names =
        |bits: u64| (1..=64).filter(|signal| bits >> (signal - 1) & 1 == 1).map(signal_name).collect::<Vec<_>>();
    // The few that are left out tell more than the many that are not.
    match !(bits | invisible) {
        left_out if left_out.count_ones() <= 3 => format!("all signals but {}", names(left_out).join(", ")),
        _ => names(bits).join("|"),
    }
}

/// What a signal says of a descriptor, if anything: `POLL_IN, band IN|RDNORM, fd server`.
pub(super) fn of_a_descriptor(scribe: &Scribe<'_>, at: usize, actor: usize, info: &Value) -> Option<String> {
    let (Value::One { set, value }, Value::Flags { set: bands, bits }, Value::Descriptor { number }) =
        (info.field("code")?, info.field("band")?, info.field("fd")?)
    else {
        return None;
    };
    let (code, band) = (set.name(*value).unwrap_or_default(), bands.names_of(*bits));
    Some(format!("{code}, band {band}, fd {}", scribe.descriptor(at, actor, *number)))
}

/// How a process ended.
pub(super) fn ended(status: i32) -> String {
    if libc::WIFSIGNALED(status) {
        format!("killed by {}", signal_name(libc::WTERMSIG(status)))
    } else if libc::WIFSTOPPED(status) {
        format!("stopped by {}", signal_name(libc::WSTOPSIG(status)))
    } else if libc::WIFCONTINUED(status) {
        "continued".into()
    } else {
        format!("exited with {}", libc::WEXITSTATUS(status))
    }
}

/// `100 ms`, in the largest unit that leaves a whole number.
pub(crate) fn span(time: Duration) -> String {
    let nanoseconds = time.as_nanos();
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns")];
    let (size, unit) = units.into_iter().find(|(size, _)| nanoseconds.is_multiple_of(*size)).unwrap_or((1, "ns"));
    format!("{} {unit}", nanoseconds / size)
}

/// Data as a string; long data by its beginning, or by what it repeats.
fn bytes(head: &[u8], length: u64) -> String {
    let all = head.len() as u64 == length;
    if let [first, rest @ ..] = head
        && length as usize > BYTES_SHOWN
        && rest.iter().all(|byte| byte == first)
    {
        return format!("{length} × {}", quoted(&[*first]));
    }
    match head.get(..BYTES_SHOWN) {
        Some(beginning) if !all || head.len() > BYTES_SHOWN => format!("{}… {length} bytes", quoted(beginning)),
        _ => quoted(head),
    }
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from('"');
    for &byte in bytes {
        match byte {
            b'\\' => text += "\\\\",
            b'"' => text += "\\\"",
            b'\n' => text += "\\n",
            b'\r' => text += "\\r",
            b'\t' => text += "\\t",
            b'\0' => text += "\\0",
            b' '..=b'~' => text.push(byte.into()),
            _ => text += &format!("\\x{byte:02x}"),
        }
    }
    text + "\""
}

/// A path's last part, where the rest is this machine's business.
fn last_part(path: &str) -> &str {
    let known = ["/dev/", "/proc/", "/sys/", "/etc/"].iter().any(|place| path.starts_with(place));
    if known { path } else { path.rsplit('/').next().unwrap_or(path) }
}
