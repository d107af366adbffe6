//! Hosts that refuse something, or have little of it, and the ways in which tests are started.
//!
//! Each test prepares a process as such a host would, and starts this program again in it, for one of the
//! ignored tests at the end.

use std::env;
use std::fs::{self, File};
use std::io::{self, pipe};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use lab::{Ending, Event, Observation, asleep, observe};

const DEADLINE: Duration = Duration::from_secs(30);

/// A number that nothing of ours reaches.
const LEFT_OPEN: i32 = 60;

type Prepare = fn() -> io::Result<()>;

/// This program, to run ignored tests in a process that `prepare` prepared, between fork and exec.
fn program(program: &File, arguments: &[&str], prepare: Prepare) -> Command {
    // By a descriptor, as the path may not be readable for whom `prepare` makes of us.
    let mut command = Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
    command.args(arguments).args(["--ignored", "--nocapture"]);
    // SAFETY: what the tests here do between fork and exec are plain system calls.
    unsafe { command.pre_exec(prepare) };
    command
}

/// Runs ignored tests of this file as on another host.
fn there(arguments: &[&str], prepare: Prepare) {
    let file = File::open(env::current_exe().unwrap()).unwrap();
    let output = program(&file, arguments, prepare).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && !out.contains(" 0 passed"), "{}\n{out}\n{err}", output.status);
}

fn checked(answer: i32) -> io::Result<()> {
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Makes a call fail from here on, as a container's profile does.
fn refuse(number: i64, errno: i32) -> io::Result<()> {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut program = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, number as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | errno.unsigned_abs()),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let whole = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the program outlives the calls; the kernel copies it.
    unsafe {
        checked(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
        checked(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const whole))
    }
}

#[test]
fn without_ptrace_a_subject_runs_unseen_within_its_deadline_and_it_is_said() {
    there(&["unseen_as_ptrace_is_refused"], || refuse(libc::SYS_ptrace, libc::EPERM));
}

#[test]
fn without_seccomp_a_subject_runs_unseen_within_its_deadline_and_it_is_said() {
    there(&["unseen_as_seccomp_is_refused"], || refuse(libc::SYS_seccomp, libc::EPERM));
    there(&["unseen_as_seccomp_is_refused"], || refuse(libc::SYS_seccomp, libc::ENOSYS));
}

#[test]
fn a_plain_user_sees_as_much_as_root() {
    // SAFETY: geteuid has no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        return eprintln!("skipped: the user is a plain one already, and all other tests show it");
    }
    // SAFETY: integers, and a list of no groups.
    there(&["ordinary"], || unsafe {
        checked(libc::setgroups(0, std::ptr::null()))?;
        checked(libc::setgid(65534))?;
        checked(libc::setuid(65534))
    });
}

#[test]
fn thirty_two_descriptors_are_enough_for_any_number_of_tests_at_once() {
    there(&["ordinary", "--test-threads=8"], || {
        let few = libc::rlimit { rlim_cur: 32, rlim_max: 32 };
        // SAFETY: the limit outlives the call.
        checked(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const few) })
    });
}

#[test]
fn one_test_at_a_time_is_enough() {
    there(&["ordinary", "--test-threads=1"], || Ok(()));
}

#[test]
fn one_processor_is_enough() {
    there(&["ordinary", "--test-threads=8"], || {
        // SAFETY: all zeroes is a valid, empty set, and outlives the call. Processor 0 may not be ours.
        unsafe {
            let mut one: libc::cpu_set_t = std::mem::zeroed();
            libc::CPU_SET(libc::sched_getcpu().unsigned_abs() as usize, &mut one);
            checked(libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const one))
        }
    });
}

#[test]
fn signals_that_whoever_started_us_ignored_or_blocked_are_the_subjects_to_take() {
    there(&["ordinary"], || {
        // SAFETY: the set is filled before it is used; SIG_IGN is no function.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            checked(libc::sigprocmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut()))?;
            libc::signal(libc::SIGCHLD, libc::SIG_IGN);
            libc::signal(libc::SIGUSR1, libc::SIG_IGN);
        }
        Ok(())
    });
}

#[test]
fn standard_descriptors_need_not_be_open() {
    // SAFETY: integers only; the program to come finds none of them open.
    there(&["ordinary_0"], || (0..3).try_for_each(|number| unsafe { checked(libc::close(number)) }));
}

#[test]
fn descriptors_that_whoever_started_us_left_open_are_not_the_subjects() {
    // SAFETY: integers only; the program to come has the number open.
    there(&["ordinary_0"], || checked(unsafe { libc::dup2(1, LEFT_OPEN) }).map(drop));
}

/// The processes that this one started, and has not waited for.
fn children_of(parent: u32) -> Vec<i32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let parent = format!("PPid:\t{parent}");
    let is_child = |pid: &i32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line == parent)
    };
    processes.filter(is_child).collect()
}

/// Whether a thread of this process naps.
fn naps(pid: i32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    let mut threads = threads.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    threads.any(|tid| asleep(pid, tid).is_some_and(|sleep| sleep.number == libc::SYS_clock_nanosleep))
}

fn until(condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < DEADLINE);
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_subject_does_not_outlive_an_observer_that_is_killed() {
    let prepared: [Prepare; 2] = [|| Ok(()), || refuse(libc::SYS_ptrace, libc::EPERM)];
    for prepare in prepared {
        let file = File::open(env::current_exe().unwrap()).unwrap();
        let mut observer = program(&file, &["naps_for_ever"], prepare).spawn().unwrap();
        let subjects = || children_of(observer.id());
        until(|| subjects().iter().any(|&pid| naps(pid)));
        let subject = subjects()[0];
        observer.kill().unwrap();
        observer.wait().unwrap();
        until(|| ended(subject));
    }
}

/// Whether a process is there no more, or only waits for init to see it.
fn ended(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}

/// An ordinary observation, with a bit of everything.
fn ordinary() {
    let observation = observe(DEADLINE, || {
        let (reader, writer) = pipe().unwrap();
        let child = thread::spawn(move || Command::new("/bin/true").stdin(reader).status().unwrap().code());
        drop(writer);
        // SAFETY: integers only.
        let (before, left_open) =
            unsafe { (libc::signal(libc::SIGUSR1, libc::SIG_DFL), libc::fcntl(LEFT_OPEN, libc::F_GETFD)) };
        (child.join().unwrap(), (before == libc::SIG_DFL, left_open == -1))
    });
    assert_eq!((&observation.blind, &observation.ending), (&None, &Ending::Returned {}));
    assert_eq!(observation.value::<(Option<i32>, (bool, bool))>(), Some((Some(0), (true, true))));
    assert!(observation.calls.iter().any(|call| call.shown() == "execve" && call.returned() == Some(0)));
}

/// What holds of an observation that cannot see calls, in both of its kinds.
fn unseen(why: &str) {
    let unseen = |observation: &Observation| {
        let said = observation.blind.as_ref().is_some_and(|blind| blind.starts_with(why));
        assert!(said && observation.calls.is_empty(), "{:?}, {} calls", observation.blind, observation.calls.len());
    };

    let returned = observe(DEADLINE, || {
        println!("seen all the same");
        vec![7_u8; 8 << 20]
    });
    unseen(&returned);
    assert_eq!(
        (returned.value::<Vec<u8>>().map(|value| value.len()), &returned.ending),
        (Some(8 << 20), &Ending::Returned {})
    );
    assert_eq!(returned.output, b"seen all the same\n");

    let panicked = observe(DEADLINE, || -> () { panic!("out loud") });
    unseen(&panicked);
    assert!(
        matches!(&panicked.ending, Ending::Panicked { message } if message.contains("out loud")),
        "{:?}",
        panicked.ending
    );

    let killed = observe(DEADLINE, || -> () { std::process::abort() });
    unseen(&killed);
    assert_eq!(killed.ending, Ending::Killed { signal: libc::SIGABRT });

    let began = Instant::now();
    let late = observe(Duration::from_millis(500), || -> () {
        daemon();
        loop {
            thread::park();
        }
    });
    unseen(&late);
    assert_eq!(late.ending, Ending::Late {});

    // Nothing of it is left, though it holds on to all that it was given, in a session of its own.
    let left = observe(DEADLINE, daemon);
    unseen(&left);
    assert_eq!(left.ending, Ending::Returned {});
    let daemon = left.value::<i32>().unwrap();
    until(|| ended(daemon));
    assert!(began.elapsed() < DEADLINE);
    assert!(left.events.iter().all(|event| matches!(event, Event::Said { .. })));
}

/// Starts a process in a session of its own, which sleeps for ever; returns its number.
fn daemon() -> i32 {
    let (mut told, tell) = pipe().unwrap();
    // SAFETY: the children make plain system calls.
    unsafe {
        let first = libc::fork();
        if first == 0 {
            libc::setsid();
            let daemon = libc::fork();
            if daemon > 0 {
                libc::write(tell.as_raw_fd(), (&raw const daemon).cast(), 4);
                libc::_exit(0);
            }
            loop {
                libc::pause();
            }
        }
        libc::waitpid(first, std::ptr::null_mut(), 0);
    }
    let mut number = [0; 4];
    io::Read::read_exact(&mut told, &mut number).unwrap();
    i32::from_ne_bytes(number)
}

macro_rules! ordinary {
    ($($name:ident)*) => {$(
        #[test]
        #[ignore = "run in a process of its own by the tests above"]
        fn $name() {
            ordinary();
        }
    )*};
}
ordinary! { ordinary_0 ordinary_1 ordinary_2 ordinary_3 ordinary_4 ordinary_5 ordinary_6 ordinary_7 }

#[test]
#[ignore = "run in a process of its own by the tests above"]
fn naps_for_ever() {
    observe(Duration::from_secs(1000), || thread::sleep(Duration::from_secs(1000)));
}

#[test]
#[ignore = "run in a process of its own by the tests above"]
fn unseen_as_ptrace_is_refused() {
    unseen("ptrace is refused here");
}

#[test]
#[ignore = "run in a process of its own by the tests above"]
fn unseen_as_seccomp_is_refused() {
    unseen("seccomp filters are refused here");
}
