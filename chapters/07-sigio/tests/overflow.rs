//! An overflow is the same for root and for a plain user, in a user namespace, and beside a process that holds
//! timers of the same user: RLIMIT_SIGPENDING counts what a user has, and the demos count by themselves.
//!
//! Where a host refuses a setting, the test says so in words and passes.

use std::env;
use std::ffi::CStr;
use std::fs;
use std::io;
use std::mem;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::ptr;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chapter-07-sigio");
/// The demos that fill the queue.
const DEMOS: [&str; 8] = [
    "overflow",
    "recover_from_overflow",
    "emptied_too_late",
    "nobody_took_the_alarm",
    "whose_queue",
    "alarm_for_one_thread",
    "deaf_to_the_alarm",
    "hears_the_alarm",
];
/// `nobody`, on every Linux.
const PLAIN_USER: libc::uid_t = 65534;
/// Many more than any of the demos leaves room for.
const TIMERS: usize = 64;

/// What the demos print; `Err` with the reason where this host lacks something.
fn printed(command: &mut Command) -> Result<String, String> {
    command.args(DEMOS).arg("--plain").env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("it cannot be started: {error}"))?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => Ok(out.into_owned()),
        Some(3) => Err(format!("{out}{err}")),
        _ => panic!("it ended with {}\n{out}{err}", output.status),
    }
}

/// Compares what the demos print in a setting with what they print in this test's own.
fn is_the_same(setting: &str, command: &mut Command) {
    match (printed(&mut Command::new(PROGRAM)), printed(command)) {
        (Ok(here), Ok(there)) => assert_eq!(there, here, "{setting}"),
        (Err(reason), _) => eprintln!("skipped, as this host lacks something:\n{reason}"),
        (_, Err(reason)) => eprintln!("skipped {setting}, as this host refuses it:\n{reason}"),
    }
}

#[test]
fn the_same_for_a_plain_user() {
    // SAFETY: no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("this is a plain user already");
        return;
    }
    let mut copies = None;
    let mut command = as_a_plain_user(Path::new(PROGRAM));
    if command.arg("--list").stdout(Stdio::null()).status().is_err() {
        // The folder may be root's own.
        let copy = copies.insert(Copied::of(PROGRAM).expect("a copy of the program"));
        command = as_a_plain_user(&copy.program);
    } else {
        command = as_a_plain_user(Path::new(PROGRAM));
    }
    is_the_same("as a plain user", &mut command);
}

fn as_a_plain_user(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").uid(PLAIN_USER).gid(PLAIN_USER);
    command
}

/// The program where everybody may start it.
struct Copied {
    folder: PathBuf,
    program: PathBuf,
}

impl Copied {
    fn of(program: &str) -> io::Result<Copied> {
        let folder = env::temp_dir().join(format!("ready-or-done-overflow-{}", process::id()));
        fs::create_dir(&folder)?;
        let copied = Copied { program: folder.join("program"), folder };
        fs::copy(program, &copied.program)?;
        for path in [&copied.folder, &copied.program] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        }
        Ok(copied)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        // What cannot be removed is a file in a folder for such files.
        let _kept = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn the_same_in_a_user_namespace() {
    // SAFETY: no preconditions.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    let (users, groups) = (format!("0 {user} 1"), format!("0 {group} 1"));
    let become_root_of_a_namespace = move || {
        // SAFETY: takes an integer.
        if unsafe { libc::unshare(libc::CLONE_NEWUSER) } == -1 {
            return Err(io::Error::last_os_error());
        }
        put(c"/proc/self/setgroups", b"deny")?;
        put(c"/proc/self/uid_map", users.as_bytes())?;
        put(c"/proc/self/gid_map", groups.as_bytes())
    };
    let mut command = Command::new(PROGRAM);
    // SAFETY: the closure makes system calls only.
    unsafe { command.pre_exec(become_root_of_a_namespace) };
    is_the_same("in a user namespace", &mut command);
}

/// Writes a file in one call, without allocating.
fn put(path: &CStr, content: &[u8]) -> io::Result<()> {
    // SAFETY: the path is a C string, the content is as long as said, and the descriptor is ours.
    let written = unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        let written = libc::write(file, content.as_ptr().cast(), content.len());
        libc::close(file);
        written
    };
    if written == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[test]
fn the_same_while_another_process_holds_timers() {
    let timers: Vec<_> = (0..TIMERS).map(|_| timer()).collect::<io::Result<_>>().expect("this user may have timers");
    is_the_same("beside a process with timers", &mut Command::new(PROGRAM));
    for timer in timers {
        // SAFETY: the timer is ours, and not used again.
        unsafe { libc::timer_delete(timer) };
    }
}

/// A timer that is never set. From now on it has a place in the queue.
fn timer() -> io::Result<libc::timer_t> {
    // SAFETY: all zeroes are valid for both, and both outlive the call.
    unsafe {
        let mut event: libc::sigevent = mem::zeroed();
        (event.sigev_notify, event.sigev_signo) = (libc::SIGEV_SIGNAL, libc::SIGRTMIN());
        let mut timer: libc::timer_t = ptr::null_mut();
        match libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer) {
            0 => Ok(timer),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// Fewer than the demos need, and no more to be had: the demos leave themselves out, in words.
#[test]
fn a_user_whose_queue_is_full_is_told_so() {
    let mut command = Command::new(PROGRAM);
    // SAFETY: the closure makes one system call.
    unsafe {
        command.pre_exec(|| {
            let limit = libc::rlimit { rlim_cur: 2, rlim_max: 2 };
            match libc::setrlimit(libc::RLIMIT_SIGPENDING, &raw const limit) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        })
    };
    let reason = printed(&mut command).expect_err("there is room for two signals");
    assert!(reason.contains("RLIMIT_SIGPENDING") || reason.contains("namespace"), "{reason}");
}
