//! Too much of everything: the observer's memory stays within bounds.

use std::io::{self, Write};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use lab::{Call, Ending};

use super::support::{checked, fork, observed, observed_for};

/// What the observing process may grow to, whatever a subject does.
const MEMORY: u64 = 200 << 20;
/// How long the longest of these may take.
const TIME: Duration = Duration::from_secs(120);

/// Runs an ignored test of this file in a process of its own, where nothing else takes memory.
fn alone(test: &str) {
    let mut command = Command::new(env::current_exe().unwrap());
    let status = command.args(["--exact", &format!("floods::{test}"), "--ignored", "--nocapture"]).status();
    assert!(status.unwrap().success(), "{test}");
}

/// The most memory that this process has had, in bytes.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn a_gigabyte_of_output_is_counted_and_only_its_beginning_kept() {
    alone("a_gigabyte_of_output");
}

#[test]
#[ignore = "run alone by the test above"]
fn a_gigabyte_of_output() {
    let observation = observed_for(TIME, || {
        io::stdout().write_all(b"begins\n").unwrap();
        let block = vec![b'x'; 1 << 20];
        (0..1024).for_each(|_| io::stderr().write_all(&block).unwrap());
    });
    assert_eq!(observation.ending, Ending::Returned {});
    assert_eq!(observation.output_length, (1 << 30) + 7);
    assert!(observation.output.starts_with(b"begins\nxxx") && observation.output.len() <= 64 << 10);
    assert!(most_memory() < MEMORY, "{} MiB", most_memory() >> 20);
}

#[test]
fn calls_past_the_limit_are_counted_and_the_first_of_all_kept() {
    alone("hundreds_of_thousands_of_calls");
}

#[test]
#[ignore = "run alone by the test above"]
fn hundreds_of_thousands_of_calls() {
    const CALLS: u64 = 300_000;
    let observation = observed_for(TIME, || {
        let mut page = vec![7; 4096];
        let zeroes = fs::File::open("/dev/zero").unwrap();
        for _ in 0..CALLS {
            io::Read::read_exact(&mut &zeroes, &mut page).unwrap();
        }
    });
    assert_eq!(observation.ending, Ending::Returned {});
    let reads = observation.calls.iter().filter(|call| call.shown() == "read").count() as u64;
    assert!(reads > 5000 && reads + observation.missed >= CALLS, "{reads} kept, {} missed", observation.missed);
    assert!(most_memory() < MEMORY, "{} MiB", most_memory() >> 20);
}

static TAKEN: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_: libc::c_int) {
    TAKEN.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn a_storm_of_signals_is_weathered_and_none_is_lost() {
    const SIGNALS: u32 = 30_000;
    let observation = observed_for(TIME, || {
        // SAFETY: the handler adds to an atomic; integers otherwise.
        unsafe {
            libc::signal(libc::SIGUSR1, count as *const () as usize);
            for _ in 0..SIGNALS {
                libc::raise(libc::SIGUSR1);
            }
        }
        TAKEN.load(Ordering::Relaxed)
    });
    assert_eq!((observation.value::<u32>(), observation.ending), (Some(SIGNALS), Ending::Returned {}));
    assert!(observation.events.len() < 100_000, "{}", observation.events.len());
}

#[test]
fn a_thousand_descriptors_left_open_are_closed_with_the_subject() {
    let observation = observed(|| {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the limit outlives the calls.
        unsafe {
            checked(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit)).unwrap();
            limit.rlim_cur = limit.rlim_max;
            checked(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit)).unwrap();
        }
        let wanted = 1000.min(limit.rlim_cur.saturating_sub(16)) as i32;
        for _ in 0..wanted {
            // SAFETY: integers only. Nobody closes what this makes.
            checked(unsafe { libc::eventfd(0, 0) }).unwrap();
        }
        wanted
    });
    let made = observation.calls.iter().filter(|call| call.shown() == "eventfd" && call.returned().is_some()).count();
    assert_eq!(observation.value::<i32>(), Some(made as i32));
}

#[test]
fn children_that_come_and_go_by_the_hundred_are_all_followed() {
    let observation = observed(|| {
        for _ in 0..300 {
            let child = fork(|| ());
            // SAFETY: no status is asked for.
            checked(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }).unwrap();
        }
    });
    assert_eq!((observation.ending, observation.actors.len()), (Ending::Returned {}, 301));
}

#[test]
fn a_subject_that_forks_without_end_is_ended() {
    let observation = observed_for(Duration::from_secs(1), || -> () {
        loop {
            // Each child goes on like its parent, as long as there is room for one more.
            fork(|| thread::sleep(Duration::from_secs(1000)));
        }
    });
    assert!(matches!(observation.ending, Ending::Late {} | Ending::Panicked { .. }), "{:?}", observation.ending);
}

#[test]
fn long_data_is_cut_and_its_length_told() {
    let observation = observed(|| io::stdout().write_all(&vec![b'x'; 4 << 20]).is_ok());
    let longest = observation.calls.iter().filter_map(|call| call.arguments.get(1)).filter_map(|data| match data {
        lab::Value::Bytes { head, length } => Some((head.len(), *length)),
        _ => None,
    });
    let (kept, length) = longest.max().unwrap();
    assert!(kept <= 4096 && length >= 4 << 20);
}

#[test]
fn a_result_does_not_take_longer_than_the_subject_by_much() {
    let began = Instant::now();
    let observation = observed(|| ());
    assert!(observation.calls.iter().map(Call::shown).eq(["exit"]) && began.elapsed() < Duration::from_secs(5));
}
