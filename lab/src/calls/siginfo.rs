//! What a signal brings with it.

use std::ffi::c_int;

use super::names::{POLL_HUP, POLL_IN, Set};
use super::value::Value;

/// The members of a `siginfo_t` that its code says are there (sigaction(2)).
pub(crate) fn siginfo(info: &libc::siginfo_t) -> Value {
    let (signal, code) = (info.si_signo, info.si_code);
    if signal == 0 {
        // waitid(2) with WNOHANG says so that nobody has changed.
        return Value::Null {};
    }
    let mut fields = vec![
        ("signo", Value::One { set: Set::Signal, value: signal.into() }),
        ("code", Value::One { set: Set::Code, value: code.into() }),
    ];
    let of_a_child = signal == libc::SIGCHLD && (libc::CLD_EXITED..=libc::CLD_CONTINUED).contains(&code);
    if of_a_child || [libc::SI_USER, libc::SI_QUEUE, libc::SI_TKILL, libc::SI_MESGQ, libc::SI_ASYNCIO].contains(&code) {
        // SAFETY: these codes carry a sender.
        let pid = unsafe { info.si_pid() };
        fields.push(("pid", Value::Process { pid: pid.into() }));
    }
    if of_a_child {
        // SAFETY: these codes carry a status.
        let status = unsafe { info.si_status() };
        fields.push(("status", Value::Number { value: status.into() }));
    }
    if [libc::SI_QUEUE, libc::SI_TIMER, libc::SI_MESGQ, libc::SI_ASYNCIO].contains(&code) {
        // SAFETY: these codes carry a value.
        let value = unsafe { info.si_value() }.sival_ptr as usize as i64;
        fields.push(("value", Value::Number { value }));
    }
    if is_of_a_descriptor(signal, code) {
        fields[1].1 = Value::One { set: Set::Reason, value: code.into() };
        /// The members that fcntl's F_SETSIG fills: after signo, errno and code, and a gap that
        /// aligns the long.
        #[repr(C)]
        struct Poll {
            head: [c_int; 3],
            band: libc::c_long,
            fd: c_int,
        }
        // SAFETY: `Poll` is the kernel's layout, and no longer than siginfo_t.
        let poll = unsafe { &*std::ptr::from_ref(info).cast::<Poll>() };
        debug_assert_eq!(poll.head[0], signal);
        fields.push(("band", Value::Flags { set: Set::Poll, bits: poll.band.cast_unsigned() }));
        fields.push(("fd", Value::Descriptor { number: poll.fd }));
    }
    Value::Record { fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
}

/// Whether the kernel sent it for a descriptor with `F_SETSIG`: any signal may be named there. One whose
/// own codes are other things comes as SI_SIGIO; and without `F_SETSIG` a plain SIGIO carries nothing
/// (fs/fcntl.c, send_sigio_to_task; kernel/signal.c, siginfo_layout).
fn is_of_a_descriptor(signal: c_int, code: c_int) -> bool {
    let with_codes_of_their_own =
        [libc::SIGILL, libc::SIGFPE, libc::SIGSEGV, libc::SIGBUS, libc::SIGTRAP, libc::SIGCHLD, libc::SIGSYS];
    code == libc::SI_SIGIO || !with_codes_of_their_own.contains(&signal) && (POLL_IN..=POLL_HUP).contains(&code)
}
