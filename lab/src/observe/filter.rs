//! The seccomp filter that stops the subject at its I/O calls and at no others.
//!
//! A tracer that stops at every call makes each cost microseconds. A filter in the kernel looks at
//! the call's number and lets all but the table's calls pass; those cost next to nothing. seccomp(2).

use std::io;

use super::guard;
use crate::calls;

const fn statement(code: u32, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

const fn jump_if_equal(k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code: (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16, jt, jf, k }
}

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E; // AUDIT_ARCH_X86_64
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7; // AUDIT_ARCH_AARCH64

const OFFSET_OF_NUMBER: u32 = 0;
const OFFSET_OF_ARCHITECTURE: u32 = 4;
const OFFSET_OF_LAST_ARGUMENT: u32 = 56;

/// The last argument of a call that asks not to be stopped at. No call that may ask has use for it.
const UNOBSERVED: u64 = 0x756e_6f62_7365_7276; // "unobserv"

/// The calls that may ask: those whose cost is measured, and those that set the measurement up.
/// (`epoll_pwait` does not look at its last argument where it is given no mask.)
const MAY_ASK: [i64; 4] = [libc::SYS_ppoll, libc::SYS_epoll_pwait, libc::SYS_epoll_ctl, libc::SYS_eventfd2];

/// The program: another architecture's numbers pass; a call that may ask to pass, and does, passes; a
/// number in the table stops; the rest pass.
fn program() -> Vec<libc::sock_filter> {
    let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let answer = libc::BPF_RET | libc::BPF_K;
    // The architectures above are both little-endian: the lower half comes first.
    let (lower, upper) = (UNOBSERVED as u32, (UNOBSERVED >> 32) as u32);
    let may_ask = MAY_ASK.len() as u8;
    let mut program = vec![
        statement(load, OFFSET_OF_ARCHITECTURE),
        jump_if_equal(ARCHITECTURE, 1, 0),
        statement(answer, libc::SECCOMP_RET_ALLOW),
        statement(load, OFFSET_OF_LAST_ARGUMENT),
        jump_if_equal(lower, 0, may_ask + 5),
        statement(load, OFFSET_OF_LAST_ARGUMENT + 4),
        jump_if_equal(upper, 0, may_ask + 3),
        statement(load, OFFSET_OF_NUMBER),
    ];
    // Past the others, and past the jump over the exit.
    program.extend((0..).zip(MAY_ASK).map(|(at, number)| jump_if_equal(number as u32, may_ask - at, 0)));
    program.push(statement(libc::BPF_JMP | libc::BPF_JA, 1));
    program.push(statement(answer, libc::SECCOMP_RET_ALLOW));
    program.push(statement(load, OFFSET_OF_NUMBER));
    // A jump reaches 255 instructions, and the table is longer: each number has its own exit.
    let guarded = guard::OUTSIDE_THE_TABLE.map(|number| number as u32);
    for number in calls::numbers().chain(guarded) {
        program.push(jump_if_equal(number, 0, 1));
        program.push(statement(answer, libc::SECCOMP_RET_TRACE));
    }
    program.push(statement(answer, libc::SECCOMP_RET_ALLOW));
    program
}

/// Makes a call at which no observer stops: `ppoll`, `epoll_pwait` without a mask, `epoll_ctl` or
/// `eventfd2`. For measuring what a call costs: a stop costs many times as much.
///
/// # Errors
/// The call's.
///
/// # Safety
/// The call's: pointers among the arguments must be valid for it.
pub unsafe fn unobserved(number: i64, arguments: [usize; 5]) -> io::Result<usize> {
    let [first, second, third, fourth, fifth] = arguments;
    // SAFETY: the caller vouches for the arguments; the sixth is not used by these calls.
    let answer = unsafe { libc::syscall(number, first, second, third, fourth, fifth, UNOBSERVED) };
    forget_last_argument();
    usize::try_from(answer).map_err(|_| io::Error::last_os_error())
}

/// Clears the register of a sixth argument. The next call may take fewer, and would bring along what was left there.
fn forget_last_argument() {
    // SAFETY: a register that both calling conventions leave to the callee is cleared.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("xor r9d, r9d", out("r9") _, options(nomem, nostack));
    };
    // SAFETY: likewise.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("mov x5, xzr", out("x5") _, options(nomem, nostack));
    };
}

/// Whether a filter could be installed here.
pub(crate) fn available() -> io::Result<()> {
    let action = libc::SECCOMP_RET_TRACE;
    // SAFETY: the kernel reads one u32.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Installs the filter for the calling thread and all that come from it. There must be a tracer by
/// then: without one, a call that the filter names fails with ENOSYS.
pub(crate) fn install() -> io::Result<()> {
    let mut program = program();
    let whole = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: integers only. An unprivileged process must first promise never to gain privileges.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: `whole` and the program it points to outlive the call; the kernel copies both.
    if unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const whole) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
