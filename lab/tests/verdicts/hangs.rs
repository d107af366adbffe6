//! Each way to wait for ever, by its call.

use std::fs::File;
use std::io::{Read, Write};
use std::mem;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::{Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use lab::Kernel;
use lab::check::{Kind, Scene};

use super::{diagnosis, late_in, stuck_in, told};

#[test]
fn a_read_where_nobody_writes_is_stuck() {
    let mut scene = Scene::of("the client says nothing");
    let (_client, server) = scene.stream_pair("server");
    stuck_in(scene, "read(server, 16)", || File::from(server.take().given()).read(&mut [0; 16]));
}

#[test]
fn a_read_of_a_tcp_connection_is_stuck() {
    let mut scene = Scene::of("the client says a word, and no more");
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| acts.write_in_pieces(&client, &[b"hello"]));
    stuck_in(scene, "read(server, 11)", || File::from(server.take().given()).read_exact(&mut [0; 16]));
}

#[test]
fn a_read_of_a_pipe_is_stuck() {
    let mut scene = Scene::of("the pipe's writer is there, and writes nothing");
    let (_writer, reader) = scene.pipe_to_read("pipe");
    stuck_in(scene, "read(pipe, 16)", || File::from(reader.take().given()).read(&mut [0; 16]));
}

#[test]
fn a_write_to_a_full_pipe_is_stuck() {
    let mut scene = Scene::of("nobody reads the pipe");
    let (_reader, writer) = scene.pipe_to_write("pipe");
    stuck_in(scene, "write(pipe, 1048576 × \"x\")", || File::from(writer.take().given()).write_all(&[b'x'; 1 << 20]));
}

#[test]
fn an_accept_where_nobody_connects_is_stuck() {
    let mut scene = Scene::of("nobody connects");
    let (_, listener) = scene.listener("listener");
    stuck_in(scene, "accept(listener, CLOEXEC)", || TcpListener::from(listener.take().given()).accept().map(drop));
}

#[test]
fn a_poll_without_a_timeout_is_stuck() {
    let mut scene = Scene::of("the client says nothing");
    let (_client, server) = scene.stream_pair("server");
    stuck_in(scene, "poll([server: IN])", || {
        let server = server.take();
        let mut entry = libc::pollfd { fd: server.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry is there.
        unsafe { libc::poll(&raw mut entry, 1, -1) }
    });
}

#[test]
fn a_sigwaitinfo_that_nobody_signals_is_stuck() {
    stuck_in(Scene::of("nobody sends a signal"), "sigwaitinfo(SIGUSR2)", || {
        // SAFETY: all zeroes is a valid set, and outlives the calls.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            libc::sigaddset(&raw mut set, libc::SIGUSR2);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut());
            libc::sigwaitinfo(&raw const set, ptr::null_mut())
        }
    });
}

#[test]
fn an_io_uring_enter_with_nothing_submitted_is_stuck() {
    if let Err(why) = Kernel::IoUring.probe() {
        return eprintln!("skipped: {why}");
    }
    stuck_in(Scene::of("nothing was submitted"), "io_uring_enter(ring, 0, 1)", || {
        // SAFETY: the kernel fills the zeroed parameters, 120 bytes; the rest are integers.
        unsafe {
            let mut parameters = [0_u32; 30];
            let ring = libc::syscall(libc::SYS_io_uring_setup, 4, parameters.as_mut_ptr());
            let get_events = 1;
            libc::syscall(libc::SYS_io_uring_enter, ring, 0, 1, get_events, ptr::null::<u8>(), 0)
        }
    });
}

const FUTEX: &str = "futex: a lock, a join, a channel or a condition";

#[test]
fn a_lock_taken_twice_is_stuck() {
    stuck_in(Scene::of("one thread, one lock"), FUTEX, || {
        let lock = Mutex::new(());
        let _first = lock.lock();
        drop(lock.lock());
    });
}

#[test]
fn a_condition_that_nobody_signals_is_stuck() {
    stuck_in(Scene::of("one thread, one condition"), FUTEX, || {
        let (lock, bell) = (Mutex::new(()), Condvar::new());
        drop(lock.lock().map(|guard| bell.wait(guard).is_ok()));
    });
}

#[test]
fn a_channel_into_which_nobody_sends_is_stuck() {
    stuck_in(Scene::of("a sender that sends nothing"), FUTEX, || {
        let (sender, receiver) = mpsc::channel::<()>();
        let received = receiver.recv().is_ok();
        drop(sender);
        received
    });
}

#[test]
fn of_a_thread_that_is_waited_for_the_own_sleep_is_told_too() {
    let mut scene = Scene::of("the client says nothing");
    let (_client, server) = scene.stream_pair("server");
    let diagnosis = diagnosis(scene, || {
        let mut server = File::from(server.take().given());
        thread::spawn(move || server.read(&mut [0; 16]).is_ok()).join().is_ok()
    });
    let Some(diagnosis) = diagnosis else { return };
    assert_eq!(diagnosis.kind, Kind::Stuck {}, "{diagnosis}");
    assert_eq!(told(&diagnosis, "your code sleeps in"), [FUTEX], "{diagnosis}");
    assert_eq!(told(&diagnosis, "its thread sleeps in"), ["read(server, 16)"], "{diagnosis}");
}

#[test]
fn of_a_peer_that_waits_too_it_is_told_for_what() {
    let mut scene = Scene::of("both sides wait for the other to begin");
    let (client, server) = scene.stream_pair("server");
    scene.peer("the client", move |acts| acts.read(&client, 16).map(drop));
    let Some(diagnosis) = diagnosis(scene, || File::from(server.take().given()).read(&mut [0; 16])) else { return };
    assert_eq!(diagnosis.kind, Kind::Stuck {}, "{diagnosis}");
    assert_eq!(
        told(&diagnosis, "meanwhile"),
        ["the client waits for you to send something, or to close"],
        "{diagnosis}"
    );
}

fn spin() {
    while std::hint::black_box(true) {
        std::hint::spin_loop();
    }
}

#[test]
fn a_loop_without_a_call_is_spinning() {
    let Some(diagnosis) = diagnosis(Scene::of("nothing happens"), spin) else { return };
    assert_eq!(diagnosis.kind, Kind::Spinning {}, "{diagnosis}");
}

#[test]
fn a_loop_over_a_call_is_spinning() {
    let mut scene = Scene::of("the client has closed");
    let (client, server) = scene.stream_pair("server");
    client.gone();
    let diagnosis = diagnosis(scene, || {
        let mut server = File::from(server.take().given());
        while server.read(&mut [0; 16]).is_ok() {}
    });
    let Some(diagnosis) = diagnosis else { return };
    assert_eq!(diagnosis.kind, Kind::Spinning {}, "{diagnosis}");
    assert_eq!(told(&diagnosis, "before that"), ["read(server, 16) → 0, again and again"], "{diagnosis}");
}

#[test]
fn one_thread_that_spins_while_the_others_sleep_is_spinning() {
    let Some(diagnosis) = diagnosis(Scene::of("nothing happens"), || thread::spawn(spin).join().is_ok()) else {
        return;
    };
    assert_eq!(diagnosis.kind, Kind::Spinning {}, "{diagnosis}");
}

#[test]
fn a_nap_that_is_too_long_is_late_and_not_stuck() {
    late_in(Scene::of("nothing happens"), "nanosleep(3600 s)", || thread::sleep(Duration::from_secs(3600)));
}

#[test]
fn a_timer_under_epoll_that_fires_too_late_is_late_and_not_stuck() {
    late_in(Scene::of("nothing happens"), "epoll_wait(epoll)", || {
        // SAFETY: each call's arguments outlive it; the descriptors are new, and owned at once.
        unsafe {
            let timer = OwnedFd::from_raw_fd(libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC));
            let mut hour: libc::itimerspec = mem::zeroed();
            hour.it_value.tv_sec = 3600;
            libc::timerfd_settime(timer.as_raw_fd(), 0, &raw const hour, ptr::null_mut());
            let epoll = OwnedFd::from_raw_fd(libc::epoll_create1(libc::EPOLL_CLOEXEC));
            let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: 0 };
            libc::epoll_ctl(epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, timer.as_raw_fd(), &raw mut event);
            libc::epoll_wait(epoll.as_raw_fd(), &raw mut event, 1, -1)
        }
    });
}
