//! What the kernel answers when it is asked.

use std::ffi::CStr;
use std::fs;
use std::io::{self, Error};
use std::mem::zeroed;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::{Chapters, Finding, State};
use crate::errno::told;

/// The kernel's name, version and architecture.
pub fn name() -> String {
    // SAFETY: utsname is plain bytes, for which all zeroes is a value; uname fills them.
    let mut names: libc::utsname = unsafe { zeroed() };
    // SAFETY: `names` is valid for writing.
    if unsafe { libc::uname(&raw mut names) } != 0 {
        return format!("uname: {}", told(&Error::last_os_error()));
    }
    // SAFETY: the kernel ends each field with a zero, and `names` outlives the borrows.
    let [system, release, machine] =
        [&names.sysname, &names.release, &names.machine].map(|field| unsafe { CStr::from_ptr(field.as_ptr()) });
    let told = format!("{} {} on {}", system.to_string_lossy(), release.to_string_lossy(), machine.to_string_lossy());
    match machine.to_bytes() {
        b"x86_64" | b"aarch64" => told,
        _ => format!("{told}: the chapters were never run on this architecture"),
    }
}

/// What the chapters need of it.
pub fn findings() -> Vec<Finding> {
    vec![
        Finding {
            what: "ptrace",
            serves: "the transcript is read with it",
            chapters: Chapters::All,
            state: needed(with_sleeping_child(trace)),
            remedy: "in a container, --cap-add=SYS_PTRACE; elsewhere sysctl kernel.yama.ptrace_scope=1",
        },
        Finding {
            what: "process_vm_readv",
            serves: "the transcript's buffers are read with it",
            chapters: Chapters::All,
            state: needed(named("of a child", with_sleeping_child(read_its_memory))),
            remedy: "as for ptrace; ENOSYS: a kernel with CONFIG_CROSS_MEMORY_ATTACH",
        },
        Finding {
            what: "seccomp",
            serves: "it stops a demo at its I/O calls alone",
            chapters: Chapters::All,
            state: needed(named("a seccomp filter", in_child(install_filter))),
            remedy: "a kernel with CONFIG_SECCOMP_FILTER, and a container that lets its programs filter themselves",
        },
        Finding {
            what: "/proc/PID/syscall",
            serves: "a peer waits there until a thread sleeps",
            chapters: Chapters::All,
            state: needed(named("of a child", with_sleeping_child(read_its_call))),
            remedy: "mount /proc, and use a kernel of Linux's own (gVisor and WSL 1 have no such file)",
        },
        Finding {
            what: "Linux AIO",
            serves: "io_submit",
            chapters: Chapters::Only(&["10"]),
            state: needed(named("io_setup", linux_aio())),
            remedy: "EAGAIN: raise sysctl fs.aio-max-nr; ENOSYS: a kernel with CONFIG_AIO",
        },
        Finding {
            what: "io_uring",
            serves: "the rings",
            chapters: Chapters::Only(&["12"]),
            state: needed(named("io_uring_setup", io_uring())),
            remedy: "EPERM: sysctl kernel.io_uring_disabled=0, and a container whose seccomp profile lets it pass; ENOSYS: a newer kernel",
        },
    ]
}

fn needed(answer: io::Result<()>) -> State {
    match answer {
        Ok(()) => State::Here(String::new()),
        Err(error) => State::Missing(told(&error)),
    }
}

/// An error with the name of the call that it came from.
fn named<T>(call: &str, answer: io::Result<T>) -> io::Result<T> {
    answer.map_err(|error| Error::other(format!("{call}: {}", told(&error))))
}

fn io_uring() -> io::Result<()> {
    /// The size of struct io_uring_params in words.
    const PARAMETERS: usize = 30;
    let mut parameters = [0_u32; PARAMETERS];
    // SAFETY: the kernel reads and writes one struct io_uring_params, which is as long as the array.
    let ring = checked(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) })?;
    // SAFETY: the kernel has just given us this descriptor.
    drop(unsafe { OwnedFd::from_raw_fd(ring) });
    Ok(())
}

fn linux_aio() -> io::Result<()> {
    let mut context: libc::c_ulong = 0;
    // SAFETY: the kernel writes one aio_context_t, which is an unsigned long.
    checked(unsafe { libc::syscall(libc::SYS_io_setup, 1, &raw mut context) })?;
    // SAFETY: the context is the one just made, and nobody else knows it.
    checked(unsafe { libc::syscall(libc::SYS_io_destroy, context) })?;
    Ok(())
}

/// Loads a filter that allows everything, in a process that ends thereafter: it cannot be taken
/// back. And asks for the action that an observer needs.
fn install_filter() -> io::Result<()> {
    // prctl takes its numbers as longs, and refuses this one where the last three are not zero.
    const YES: libc::c_ulong = 1;
    const NO: libc::c_ulong = 0;
    // SAFETY: prctl with numbers alone reads no memory.
    checked(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, YES, NO, NO, NO) }.into())?;
    let action = libc::SECCOMP_RET_TRACE;
    // SAFETY: the kernel reads one u32.
    checked(unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) })?;
    let allow = u16::try_from(libc::BPF_RET | libc::BPF_K).expect("an instruction's code has 16 bits");
    let mut filter = libc::sock_filter { code: allow, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let program = libc::sock_fprog { len: 1, filter: &raw mut filter };
    // SAFETY: the kernel reads the program and its one instruction.
    checked(unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) })?;
    Ok(())
}

/// Takes hold of a child, stops it in its call, asks for the call, and lets it go on.
fn trace(child: libc::pid_t) -> io::Result<()> {
    const OPTIONS: libc::c_int = libc::PTRACE_O_EXITKILL | libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_TRACESECCOMP;
    let (none, options) = (libc::c_long::from(0), libc::c_long::from(OPTIONS));
    let mut info = [0_u64; size_of::<libc::ptrace_syscall_info>().div_ceil(size_of::<u64>())];
    let mut status = 0;
    // SAFETY: PTRACE_SEIZE takes numbers alone, of a pointer's size; so do the requests below.
    named("PTRACE_SEIZE", checked(unsafe { libc::ptrace(libc::PTRACE_SEIZE, child, none, options) }))?;
    // SAFETY: see above.
    named("PTRACE_INTERRUPT", checked(unsafe { libc::ptrace(libc::PTRACE_INTERRUPT, child, none, none) }))?;
    // SAFETY: the kernel writes one int.
    named("waitpid", checked(unsafe { libc::waitpid(child, &raw mut status, 0) }.into()))?;
    // SAFETY: the kernel writes no more than the size it is told, which is the array's.
    let asked = unsafe { libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, child, size_of_val(&info), info.as_mut_ptr()) };
    let asked = named("PTRACE_GET_SYSCALL_INFO", checked(asked));
    // SAFETY: see above. The child must go on whatever came of the question.
    named("PTRACE_CONT", checked(unsafe { libc::ptrace(libc::PTRACE_CONT, child, none, none) }))?;
    asked.map(drop)
}

/// Reads a word that stands in the child where it stands in us, of whom it is a copy.
fn read_its_memory(child: libc::pid_t) -> io::Result<()> {
    static WORD: u64 = 0x6f6e_6365;
    let mut copy = 0_u64;
    let here = libc::iovec { iov_base: (&raw mut copy).cast(), iov_len: size_of_val(&copy) };
    let there = libc::iovec { iov_base: (&raw const WORD).cast_mut().cast(), iov_len: size_of_val(&WORD) };
    // SAFETY: the kernel writes to `copy` alone, and only reads from the child.
    checked(unsafe { libc::process_vm_readv(child, &raw const here, 1, &raw const there, 1, 0) } as libc::c_long)?;
    if copy == WORD { Ok(()) } else { Err(Error::other("it read something else than stands there")) }
}

fn read_its_call(child: libc::pid_t) -> io::Result<()> {
    fs::read(format!("/proc/{child}/syscall")).map(drop)
}

/// Runs `attempt` in a child, and returns what it came to.
fn in_child(attempt: fn() -> io::Result<()>) -> io::Result<()> {
    // SAFETY: the runner has a single thread, so the child may do whatever we may.
    let child = checked(unsafe { libc::fork() }.into())?;
    if child == 0 {
        let errno = attempt().err().map_or(0, |error| error.raw_os_error().unwrap_or(libc::EINVAL));
        // SAFETY: _exit takes a number. Errno numbers are below 256, as exit codes are.
        unsafe { libc::_exit(errno) };
    }
    match exit_code_of(child)? {
        0 => Ok(()),
        errno => Err(Error::from_raw_os_error(errno)),
    }
}

/// Runs `attempt` on a child that sleeps in a read, and wakes the child thereafter.
fn with_sleeping_child(attempt: fn(libc::pid_t) -> io::Result<()>) -> io::Result<()> {
    let (reader, writer) = io::pipe()?;
    // SAFETY: the runner has a single thread, and the child makes system calls alone.
    let child = checked(unsafe { libc::fork() }.into())?;
    if child == 0 {
        drop(writer);
        let mut byte = 0_u8;
        // SAFETY: the kernel writes one byte at most. It reports the end of the file when the
        // parent closes its end, or dies.
        unsafe { libc::read(reader.as_raw_fd(), (&raw mut byte).cast(), 1) };
        // SAFETY: _exit takes a number.
        unsafe { libc::_exit(0) };
    }
    let answer = attempt(child);
    drop(writer);
    exit_code_of(child)?;
    answer
}

fn exit_code_of(child: libc::pid_t) -> io::Result<i32> {
    let mut status = 0;
    // SAFETY: the kernel writes one int.
    checked(unsafe { libc::waitpid(child, &raw mut status, 0) }.into())?;
    if libc::WIFEXITED(status) { Ok(libc::WEXITSTATUS(status)) } else { Err(Error::other("killed while it tried")) }
}

/// A call's result, or its errno. All results here are descriptors, process ids or zero.
fn checked(result: libc::c_long) -> io::Result<i32> {
    match i32::try_from(result) {
        Ok(-1) | Err(_) => Err(Error::last_os_error()),
        Ok(result) => Ok(result),
    }
}
