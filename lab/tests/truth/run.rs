//! Runs a program twice: observed by lab, and under `strace -f`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, mem, process, ptr, thread};

use lab::transcript::raw_lines;
use lab::{Ending, Observation, observe};

use crate::compare::compare;
use crate::raw::compare_raw;
use crate::strace::{self, Line};

/// How long a program may take, under either tracer, on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(60);
/// How often strace is asked whether it is done.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
/// Tells a process that strace watches it.
const VARIABLE: &str = "READY_OR_DONE_UNDER_STRACE";

/// The words that stand in a trace as `write(-1, …)`, which fails and does nothing. What comes before
/// the beginning and after the end is the test framework's.
pub const BEGIN: &str = "truth: begin";
/// See [`BEGIN`].
pub const END: &str = "truth: end";
/// From here on a thread's calls differ from run to run, and are not compared.
pub const HUSH: &str = "truth: hush";
/// The end of that.
pub const UNHUSH: &str = "truth: unhush";

/// A program: deterministic, so that two runs make the same calls.
pub type Program = fn() -> io::Result<()>;

/// Says a word to whoever traces this thread.
pub fn say(word: &str) {
    // SAFETY: `word` is valid for its length. To no descriptor the call fails with EBADF, by design.
    unsafe { libc::write(-1, word.as_ptr().cast(), word.len()) };
}

/// Fails where lab and strace do not agree on what `program` did.
pub fn agree(program: Program) {
    if env::var_os(VARIABLE).is_some() {
        under_strace(program);
    }
    let observation = observe(DEADLINE, || within_words(program));
    if let Some(reason) = &observation.blind {
        return skip(reason);
    }
    assert_eq!(observation.ending, Ending::Returned {}, "the program under lab: {}", account(&observation));
    observation.value::<io::Result<()>>().expect("the program returned").expect("under lab the program succeeds");
    let theirs = match trace() {
        Ok(theirs) => theirs,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return skip("strace is not installed here (apt install strace, dnf install strace)");
        }
        Err(error) => panic!("strace did not do its work: {error}"),
    };
    let mut report = compare(&observation, &theirs);
    report.differences.extend(compare_raw(&observation, &raw_lines(&observation)));
    assert!(
        report.differences.is_empty(),
        "lab and strace differ in {} places:\n{}",
        report.differences.len(),
        report.differences.join("\n")
    );
    assert!(report.calls > 0, "a program makes calls");
    println!("agreed: {} calls and {} signals of {} threads", report.calls, report.signals, report.threads);
}

fn within_words(program: Program) -> io::Result<()> {
    say(BEGIN);
    let answer = program();
    say(END);
    answer
}

/// Says past the test framework, which keeps what a passing test prints, that nothing was compared.
fn skip(reason: &str) {
    let test = thread::current();
    let test = test.name().unwrap_or_default();
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(io::stderr(), "SKIPPED, nothing was compared: {test}: {reason}");
}

/// All that is known of a program that did not return.
fn account(observation: &Observation) -> String {
    let output = String::from_utf8_lossy(&observation.output);
    format!("{output}\n{}\nslept at the end: {:?}", raw_lines(observation).join("\n"), observation.stuck)
}

/// Runs this test once more under strace, and reads its account.
fn trace() -> io::Result<HashMap<i64, Vec<Line>>> {
    let folder = Folder::new()?;
    let thread = thread::current();
    let name = thread.name().ok_or_else(|| io::Error::other("a test's thread bears the test's name"))?;
    let mut command = Command::new("strace");
    // -ff: a file a thread; -X raw -v -xx: numbers for names, nothing left out, strings in hex.
    command
        .args(["-ff", "-X", "raw", "-v", "-xx", "-s", "4096", "-o"])
        .arg(folder.0.join("trace"))
        .arg(env::current_exe()?);
    command.args(["--exact", name, "--nocapture", "--include-ignored"]).env(VARIABLE, "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    // SAFETY: `prepare` makes only calls that are safe between fork and exec.
    unsafe { command.pre_exec(prepare) };
    let child = command.spawn()?;
    let output = finish(child)?;
    if !output.status.success() {
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        return Err(io::Error::other(format!("{}\n{out}\n{err}", output.status)));
    }
    strace::read(&folder.0)
}

/// Waits for strace, and ends it and what it traces where it takes too long.
fn finish(mut child: Child) -> io::Result<Output> {
    let deadline = Instant::now() + DEADLINE;
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            let group = -child.id().cast_signed();
            // SAFETY: integers only; the group is the child's own, and the child is not reaped.
            unsafe { libc::kill(group, libc::SIGKILL) };
        }
        thread::sleep(LOOK_INTERVAL);
    }
    child.wait_with_output()
}

/// As lab does for its subjects: nothing that whoever started us left open is there; no thread of the test framework's
/// may take a signal; and each has its default action, whatever whoever started us ignores, as a shell does with
/// SIGINT in the background.
fn prepare() -> io::Result<()> {
    // SAFETY: integers only. A kernel before 5.11 refuses it, as it does lab's.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    // SAFETY: the set is initialised before it is used, and outlives the calls. No signal has a handler in the
    // program to come; for those that cannot be changed the call fails, and changes nothing.
    unsafe {
        for signal in 1..=libc::SIGRTMAX() {
            libc::signal(signal, libc::SIG_DFL);
        }
        let mut all: libc::sigset_t = mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigdelset(&raw mut all, libc::SIGTRAP);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, ptr::null_mut());
    }
    Ok(())
}

/// The other end of [`trace`]. Never returns: nothing of the test framework's may run after the program.
fn under_strace(program: Program) -> ! {
    // SAFETY: all zeroes is a valid, empty set, and outlives the call.
    unsafe {
        let none: libc::sigset_t = mem::zeroed();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
    let code = match within_words(program) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("under strace the program failed: {error}");
            1
        }
    };
    // SAFETY: _exit has no preconditions.
    unsafe { libc::_exit(code) }
}

/// A folder of this process's and thread's own, gone at the end.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it.
    pub fn new() -> io::Result<Folder> {
        let thread = thread::current();
        let name = thread.name().unwrap_or_default().replace("::", "-");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("truth-{}-{name}", process::id()));
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    /// Makes it the working directory, so that paths are the same in every run.
    pub fn enter(&self) -> io::Result<()> {
        env::set_current_dir(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed here is removed by `cargo clean`.
        let _ = fs::remove_dir_all(&self.0);
    }
}
