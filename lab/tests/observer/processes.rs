//! Processes that a subject starts, and programs that it becomes.

use std::ffi::CString;
use std::io::{Read, Write, pipe};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::{ptr, thread};

use lab::{Ending, Event, Value, observe};

use super::support::{DEADLINE, calls, data, fork, names, observed, only, put, wait_for};

#[test]
fn a_child_is_followed_from_fork_to_its_end() {
    let observation = observed(|| {
        let (mut reader, writer) = pipe().unwrap();
        let child = fork(|| put(writer.as_raw_fd(), b'c').map_or(1, |_| 7)).unwrap();
        reader.read_exact(&mut [0]).unwrap();
        wait_for(child, 0).unwrap()
    });
    assert_eq!(observation.value::<i32>().map(|status| libc::WEXITSTATUS(status)), Some(7));
    let (fork, write) = (only(&observation, "fork"), only(&observation, "write"));
    let child = &observation.actors[write.actor];
    assert_eq!((fork.actor, fork.returned()), (0, Some(i64::from(child.pid))));
    assert!(child.pid == child.tid && child.pid != observation.actors[0].pid);
    let ended = observation.events.iter().find_map(|event| match event {
        Event::Ended { actor, status } if *actor == write.actor => Some(libc::WEXITSTATUS(*status)),
        _ => None,
    });
    assert_eq!(ended, Some(7));
}

#[test]
fn grandchildren_are_followed_too() {
    let observation = observed(|| {
        let (reader, writer) = pipe().unwrap();
        let grandchild = || fork(|| put(writer.as_raw_fd(), b'g').map_or(1, |_| 0)).unwrap();
        let child = fork(|| wait_for(grandchild(), 0).unwrap()).unwrap();
        (wait_for(child, 0).unwrap(), reader.as_raw_fd()).0
    });
    assert_eq!(observation.value::<i32>(), Some(0));
    let by = only(&observation, "write").actor;
    let parents = observation.events.iter().filter_map(|event| match event {
        Event::Began { actor, parent } if *actor == by => Some(*parent),
        _ => None,
    });
    assert!(parents.eq([by - 1]) && by == 2, "the subject, the child, the grandchild");
}

#[test]
fn a_program_that_std_starts_is_followed() {
    let observation = observed(|| Command::new("/bin/sh").args(["-c", "echo hello; exit 5"]).status().unwrap().code());
    assert_eq!(observation.value::<Option<i32>>(), Some(Some(5)));
    let hello =
        calls(&observation, "write").into_iter().find(|call| data(call, 1) == b"hello\n").expect("the shell's write");
    assert_ne!(hello.actor, 0);
    assert_eq!((&observation.output[..], observation.output_length), (&b"hello\n"[..], 6));
}

/// Becomes a shell, from whatever thread this is.
fn become_a_shell(script: &str) {
    let words = ["sh", "-c", script].map(|word| CString::new(word).unwrap());
    let pointers = [words[0].as_ptr(), words[1].as_ptr(), words[2].as_ptr(), ptr::null()];
    // SAFETY: a list of C strings with a null at its end, and all outlive the call.
    unsafe { libc::execv(c"/bin/sh".as_ptr(), pointers.as_ptr()) };
}

#[test]
fn a_subject_that_becomes_another_program_is_followed_into_it() {
    let observation = observe(DEADLINE, || become_a_shell("echo shell; exit 3"));
    assert_eq!(observation.ending, Ending::Exited { code: 3 });
    let exec = only(&observation, "execve");
    assert_eq!((exec.actor, exec.returned()), (0, Some(0)));
    let echo =
        calls(&observation, "write").into_iter().find(|call| data(call, 1) == b"shell\n").expect("the shell's write");
    assert_eq!(echo.actor, 0, "the thread that called exec lives on as the program's only one");
}

#[test]
fn another_thread_of_the_subjects_may_become_the_program() {
    let observation = observe(DEADLINE, || {
        thread::scope(|scope| drop(scope.spawn(|| become_a_shell("echo shell; exit 4"))));
    });
    assert_eq!(observation.ending, Ending::Exited { code: 4 });
    let by = only(&observation, "execve").actor;
    assert_ne!(by, 0);
    let echo =
        calls(&observation, "write").into_iter().find(|call| data(call, 1) == b"shell\n").expect("the shell's write");
    assert_eq!(echo.actor, by);
}

#[test]
fn an_exec_that_fails_changes_nothing() {
    let observation = observed(|| {
        // SAFETY: a C string and an empty list.
        unsafe { libc::execv(c"/nowhere/to/be/found".as_ptr(), [ptr::null()].as_ptr()) };
        std::io::stdout().write_all(b"").is_ok()
    });
    assert_eq!(only(&observation, "execve").errno(), Some(libc::ENOENT));
    assert_eq!(names(&observation).last(), Some(&"exit"));
}

#[test]
fn a_descriptor_keeps_its_number_in_both_processes() {
    let observation = observed(|| {
        let (reader, writer) = pipe().unwrap();
        let child = fork(|| put(writer.as_raw_fd(), b'c').map_or(1, |_| 0)).unwrap();
        wait_for(child, 0).unwrap();
        put(writer.as_raw_fd(), b'p').unwrap();
        (reader.as_raw_fd(), writer.as_raw_fd()).1
    });
    let number = observation.value::<i32>().unwrap();
    let writes = calls(&observation, "write");
    assert!(writes.len() == 2 && writes.iter().all(|write| write.arguments[0] == Value::Descriptor { number }));
}
