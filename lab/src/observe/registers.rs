//! What a tracer changes in a stopped task's registers: a call's number, and its answer.

use std::io;
use std::mem::MaybeUninit;

use libc::user_regs_struct;

const GENERAL: usize = 1; // NT_PRSTATUS, linux/elf.h

/// Makes the call that a task is about to enter come to nothing: it fails with `errno`.
pub(super) fn cancel(tid: i32, errno: i32) -> io::Result<()> {
    no_call(tid)?;
    set_answer(tid, -i64::from(errno))
}

/// Changes the answer that a task is about to be given.
#[cfg(target_arch = "x86_64")]
pub(super) fn set_answer(tid: i32, answer: i64) -> io::Result<()> {
    change(tid, |registers| registers.rax = answer.cast_unsigned())
}

#[cfg(target_arch = "aarch64")]
pub(super) fn set_answer(tid: i32, answer: i64) -> io::Result<()> {
    change(tid, |registers| registers.regs[0] = answer.cast_unsigned())
}

/// A call of number -1 is none, on every architecture.
#[cfg(target_arch = "x86_64")]
fn no_call(tid: i32) -> io::Result<()> {
    change(tid, |registers| registers.orig_rax = u64::MAX)
}

#[cfg(target_arch = "aarch64")]
fn no_call(tid: i32) -> io::Result<()> {
    const CALL: usize = 0x404; // NT_ARM_SYSTEM_CALL, linux/elf.h
    let mut number = -1_i32;
    set(libc::PTRACE_SETREGSET, tid, CALL, &raw mut number)
}

fn change(tid: i32, change: impl FnOnce(&mut user_regs_struct)) -> io::Result<()> {
    let mut registers = MaybeUninit::<user_regs_struct>::zeroed();
    set(libc::PTRACE_GETREGSET, tid, GENERAL, registers.as_mut_ptr())?;
    // SAFETY: the registers are integers, and all zeroes were valid before.
    let mut registers = unsafe { registers.assume_init() };
    change(&mut registers);
    set(libc::PTRACE_SETREGSET, tid, GENERAL, &raw mut registers)
}

/// Moves one set of registers; which way, the request says.
fn set<T>(request: libc::c_uint, tid: i32, which: usize, registers: *mut T) -> io::Result<()> {
    let mut whole = libc::iovec { iov_base: registers.cast(), iov_len: size_of::<T>() };
    // SAFETY: `whole` describes a `T` that outlives the call.
    let answer = unsafe { libc::ptrace(request, tid, which, &raw mut whole) };
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
