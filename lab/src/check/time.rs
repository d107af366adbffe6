//! What a check asks of the time that an answer gave itself.

use std::time::Duration;

use super::run::Run;
use crate::calls::{Family, Set, Value};
use crate::observe::Call;

/// What a timeout may be too long by: it is rounded up to milliseconds.
const ROUNDED: Duration = Duration::from_millis(2);

impl Run {
    /// Whether a wait was given more time than was left of `within`, counted from the first wait: as one is
    /// that gets its whole time again after an interruption, or after a part of what was waited for.
    ///
    /// No clock of the observer's decides that, only what is certain: when a wait had returned, the time up to
    /// then was used up.
    #[must_use]
    pub fn renewed_its_time(&self, within: Duration) -> bool {
        let mut first = None;
        // The end of the wait before, and the socket's timeout; whether that was set since.
        let (mut before, mut option, mut fresh) = (Duration::ZERO, None, false);
        self.calls().any(|call| {
            let set = receive_timeout(call);
            let wait =
                if set.is_some() { set } else { own_timeout(call).or(option.filter(|_| sleeps_by_option(call))) };
            let Some(time) = wait.filter(|time| !time.is_zero()) else { return false };
            let used = before.saturating_sub(*first.get_or_insert(call.entered));
            let checked = set.is_some() || !fresh;
            if set.is_some() {
                (option, fresh) = (set, true);
            } else {
                (before, fresh) = (call.left, false);
            }
            checked && time > within.saturating_sub(used) + ROUNDED
        })
    }
}

/// The timeout that a call gives a socket's reads.
fn receive_timeout(call: &Call) -> Option<Duration> {
    let option = Value::One { set: Set::SocketOption, value: libc::SO_RCVTIMEO.into() };
    match &call.arguments[..] {
        [_, _, name, Value::Span { time, .. }, ..] if call.shown() == "setsockopt" && *name == option => Some(*time),
        _ => None,
    }
}

/// The timeout among a waiting call's own arguments.
fn own_timeout(call: &Call) -> Option<Duration> {
    let span = |value: &Value| if let Value::Span { time, .. } = value { Some(*time) } else { None };
    call.arguments.iter().find_map(span).filter(|_| call.family() == Family::Ready)
}

/// Whether the socket's timeout is what ends a call's sleep.
fn sleeps_by_option(call: &Call) -> bool {
    let dont_wait = |value: &Value| matches!(value, Value::Flags { set: Set::Message, bits } if bits & libc::MSG_DONTWAIT as u64 != 0);
    call.family() == Family::Read && !call.arguments.iter().any(dont_wait)
}
