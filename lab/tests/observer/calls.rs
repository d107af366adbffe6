//! The calls themselves: which, with what, and what came back.

use std::fs::File;
use std::io::{Read, Write, pipe};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use lab::{Event, Family, Outcome, Value};

use super::support::{calls, checked, data, names, observed, only, take};

#[test]
fn a_call_is_seen_with_its_descriptor_its_data_and_its_result() {
    let observation = observed(|| {
        let (mut reader, mut writer) = pipe().unwrap();
        writer.write_all(b"hello").unwrap();
        let got = reader.read(&mut [0; 16]).unwrap();
        vec![reader.as_raw_fd(), writer.as_raw_fd(), got as i32]
    });
    let [reader, writer, got] = observation.value::<Vec<i32>>().unwrap()[..] else { panic!("three numbers") };
    let (write, read) = (only(&observation, "write"), only(&observation, "read"));
    assert_eq!((&write.arguments[0], data(write, 1)), (&Value::Descriptor { number: writer }, &b"hello"[..]));
    assert_eq!((&read.arguments[0], data(read, 1)), (&Value::Descriptor { number: reader }, &b"hello"[..]));
    assert_eq!((read.returned(), got), (Some(5), 5));
    assert!(write.entered <= write.left && write.left <= read.entered);
}

#[test]
fn the_trace_holds_what_the_closure_did_and_nothing_else() {
    let observation = observed(|| drop(pipe().unwrap()));
    // std asks fcntl of each descriptor that it closes, in a debug build.
    let calls: Vec<_> = names(&observation).into_iter().filter(|name| *name != "fcntl").collect();
    assert_eq!(calls, ["pipe", "close", "close", "exit"]);
}

#[test]
fn calls_that_do_no_io_are_not_seen() {
    let observation = observed(|| {
        // SAFETY: these two have no preconditions.
        unsafe { (libc::getppid(), libc::sched_yield()) }.1
    });
    assert_eq!(names(&observation), ["exit"]);
}

#[test]
fn a_family_has_one_name_whatever_the_kernel_calls_it() {
    let observation = observed(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        client.write_all(b"!").unwrap();
        server.read_exact(&mut [0]).unwrap();
    });
    let [accept, recv] = ["accept", "recv"].map(|name| only(&observation, name));
    assert_eq!((accept.name(), accept.family()), ("accept4", Family::Accept));
    assert_eq!((recv.name(), recv.family(), data(recv, 1)), ("recvfrom", Family::Read, &b"!"[..]));
    assert_eq!(only(&observation, "send").family(), Family::Write);
}

#[test]
fn a_failure_is_seen_with_its_errno() {
    let observation = observed(|| take(-1).unwrap_err().raw_os_error());
    assert_eq!(only(&observation, "read").outcome, Outcome::Failed { errno: libc::EBADF, observers: false });
    assert_eq!(observation.value::<Option<i32>>(), Some(Some(libc::EBADF)));
}

#[test]
fn a_write_to_no_descriptor_is_a_call_like_any_other() {
    let observation = observed(|| super::support::put(-1, b'x').unwrap_err().raw_os_error());
    let write = only(&observation, "write");
    assert_eq!((write.errno(), data(write, 1)), (Some(libc::EBADF), &b"x"[..]));
}

#[test]
fn a_descriptor_that_was_there_before_is_looked_at_once() {
    let observation = observed(|| {
        File::open("/dev/null").unwrap().read_exact(&mut []).unwrap();
        take(0).unwrap();
        take(0).unwrap();
    });
    let met = observation.events.iter().filter_map(|event| match event {
        Event::Met { descriptor: 0, link, .. } => Some(link.as_str()),
        _ => None,
    });
    assert_eq!(met.collect::<Vec<_>>(), ["/dev/null"]);
}

#[test]
fn a_sleep_is_seen_and_a_call_that_did_not_sleep_is_told_apart() {
    let observation = observed(|| {
        let mut waiting = [libc::pollfd { fd: -1, events: 0, revents: 0 }];
        for milliseconds in [0, 100] {
            // SAFETY: one pollfd is there.
            checked(unsafe { libc::poll(waiting.as_mut_ptr(), 1, milliseconds) }).unwrap();
        }
    });
    let slept: Vec<_> = calls(&observation, "poll").iter().map(|call| call.slept).collect();
    assert_eq!(slept, [false, true]);
}

#[test]
fn the_ring_of_io_uring_is_seen_and_its_kernel_workers_are_no_actors() {
    const SETUP_BYTES: usize = 120; // struct io_uring_params, linux/io_uring.h
    let observation = observed(|| {
        let mut parameters = [0_u8; SETUP_BYTES];
        // SAFETY: the kernel reads and fills the whole block.
        let ring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 4, parameters.as_mut_ptr()) };
        if ring < 0 {
            return std::io::Error::last_os_error().raw_os_error();
        }
        // SAFETY: the descriptor is new, and ours alone.
        let ring = unsafe { OwnedFd::from_raw_fd(ring as i32) };
        // SAFETY: nothing is submitted and nothing waited for.
        let entered =
            unsafe { libc::syscall(libc::SYS_io_uring_enter, ring.as_raw_fd(), 0, 0, 0, std::ptr::null::<u8>(), 0) };
        assert_eq!(entered, 0);
        None
    });
    match observation.value::<Option<i32>>().unwrap() {
        None => assert_eq!(only(&observation, "io_uring_enter").outcome, Outcome::Returned { value: 0 }),
        // Refused here: the refusal is what is to be seen.
        refused => assert_eq!(only(&observation, "io_uring_setup").errno(), refused),
    }
    assert_eq!(observation.actors.len(), 1);
}

#[test]
fn a_call_that_asks_to_go_unobserved_is_made_and_not_seen() {
    let observation = observed(|| {
        // SAFETY: integers and a null pointer, which is refused.
        let (unseen, seen, refused) = unsafe {
            let unseen = lab::unobserved(libc::SYS_eventfd2, [0; 5]);
            (unseen, libc::eventfd(0, 0), lab::unobserved(libc::SYS_epoll_ctl, [0, 9, 0, 0, 0]))
        };
        vec![unseen.map_or(-1, |number| number as i32), seen, i32::from(refused.is_err())]
    });
    let [unseen, seen, refused] = observation.value::<Vec<i32>>().unwrap()[..] else { panic!("three numbers") };
    assert_eq!((unseen + 1, refused), (seen, 1));
    assert_eq!(names(&observation), ["eventfd", "exit"]);
}
