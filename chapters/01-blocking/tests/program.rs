//! A chapter's program does as it is asked, and says so in words where it cannot.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chapter-01-blocking");

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
    (status.code().expect("no signal ends it"), text(stdout), text(stderr))
}

/// What one demo prints on an ordinary day.
fn ordinary() -> String {
    let (code, out, err) = run(&mut program(&["end_of_stream_and_reset"]));
    assert_eq!(code, 0, "{err}");
    out
}

#[test]
fn an_unknown_demo_is_answered_with_the_nearest_and_the_list() {
    let (code, _, err) = run(&mut program(&["two_pahses"]));
    assert_eq!(code, 2);
    assert!(err.contains("Did you mean two_phases?") && err.contains("The gallery:"), "{err}");
}

#[test]
fn an_unknown_option_is_answered_with_the_help() {
    let (code, _, err) = run(&mut program(&["--colour"]));
    assert_eq!(code, 2);
    assert!(err.contains("--colour") && err.contains("Example:"), "{err}");
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let mut child = program(&["--list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn colour_is_for_terminals_and_for_who_asks() {
    assert!(!ordinary().contains('\x1b'), "a pipe is no terminal");
    let forced = |more: &[(&str, &str)]| {
        let mut command = program(&["two_phases"]);
        command.env("CLICOLOR_FORCE", "1").envs(more.iter().copied());
        run(&mut command).1
    };
    assert!(forced(&[]).contains('\x1b'));
    assert!(!run(program(&["two_phases", "--plain"]).env("CLICOLOR_FORCE", "1")).1.contains('\x1b'));
    assert!(!run(program(&["two_phases"]).env("NO_COLOR", "1")).1.contains('\x1b'));
}

#[test]
fn the_transcript_is_the_same_whatever_the_surroundings() {
    let ordinary = ordinary();
    let same = |what: &str, command: &mut Command| {
        let (code, out, err) = run(command);
        assert_eq!(code, 0, "{what}: {err}");
        assert_eq!(out, ordinary, "{what}");
    };
    let demo = &["end_of_stream_and_reset"];
    same("TERM=dumb", program(demo).env("TERM", "dumb"));
    same("another locale", program(demo).env("LC_ALL", "de_DE.UTF-8").env("LANGUAGE", "de"));
    same("no environment", program(demo).env_clear());
    same("another folder", program(demo).current_dir("/"));
    // SAFETY: both closures make one system call each, with valid arguments.
    unsafe {
        same("32 descriptors", program(demo).pre_exec(|| limit_descriptors(32)));
        same("one processor", program(demo).pre_exec(one_processor));
    }
}

fn limit_descriptors(most: u64) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: `limit` outlives the call.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn one_processor() -> io::Result<()> {
    // SAFETY: the set is initialised before it is used, and outlives the calls.
    let answer = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::sched_getaffinity(0, size_of_val(&set), &raw mut set);
        let first = (0..libc::CPU_SETSIZE as usize).find(|&cpu| libc::CPU_ISSET(cpu, &set)).unwrap_or(0);
        libc::CPU_ZERO(&mut set);
        libc::CPU_SET(first, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &raw const set)
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[test]
fn without_ptrace_it_says_so_and_what_to_do() {
    let mut command = program(&["two_phases"]);
    // SAFETY: `refuse_ptrace` makes system calls only.
    unsafe { command.pre_exec(refuse_ptrace) };
    let (code, _, err) = run(&mut command);
    assert_eq!(code, 3);
    assert!(err.contains("ptrace is refused") && err.contains("SYS_PTRACE") && err.contains("--bare"), "{err}");
}

/// As a container's default profile used to.
fn refuse_ptrace() -> io::Result<()> {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut filter = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, libc::SYS_ptrace as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned()),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let whole = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: `whole` and `filter` outlive the calls; the kernel copies both.
    let answer = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const whole)
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[test]
fn predict_asks_and_tells_a_wrong_answer_from_a_right_one() {
    let mut child = program(&["two_phases", "--predict"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut answers = child.stdin.take().expect("piped");
    // Right, then nonsense and another try, then wrong.
    answers.write_all(b"1\nwhat?\n1\n").expect("it reads its answers");
    drop(answers);
    let out = child.wait_with_output().expect("it ends").stdout;
    let out = String::from_utf8(out).expect("UTF-8");
    assert!(out.contains("You said: sleeps. So it was."), "{out}");
    assert!(out.contains("You said: sleeps. It would with nothing to copy."), "{out}");
}

#[test]
fn predict_goes_on_alone_when_nobody_answers() {
    let (code, out, err) = run(&mut program(&["two_phases", "--predict"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("? Nothing has been sent yet.") && out.contains("Seen here:"), "{out}");
}

#[test]
fn raw_shows_the_kernels_own_names_and_numbers() {
    let (code, out, err) = run(&mut program(&["interrupted_call", "--raw"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("recvfrom(") && out.contains("rt_sigaction("), "{out}");
}

#[test]
fn bare_runs_it_with_nobody_watching() {
    let (code, out, err) = run(&mut program(&["two_phases", "--bare"]));
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
}
