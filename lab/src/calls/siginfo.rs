//! What a signal brings with it.

use std::ffi::c_int;

use super::names::Set;
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
    // The kernel says POLL_IN and so on for any signal that F_SETSIG names; without F_SETSIG it sends
    // a plain SIGIO, and that carries nothing (fs/fcntl.c, send_sigio_to_task).
    let of_io = signal == libc::SIGIO || signal >= libc::SIGRTMIN();
    if of_io && (POLL_IN..=POLL_HUP).contains(&code) {
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

/// What SIGIO's code may be (asm-generic/siginfo.h); libc has no names for them.
const POLL_IN: c_int = 1;
const POLL_HUP: c_int = 6;
