//! Waits that end, though nobody seems to move meanwhile: a timer's, the network's, another thread's.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::{Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use lab::check::Scene;

use super::comes_to;

/// Far longer than it takes to see that nobody moves.
const WHILE: Duration = Duration::from_millis(60);

fn times(time: Duration) -> (libc::timespec, libc::timeval) {
    let (seconds, nanoseconds) = (time.as_secs().cast_signed(), i64::from(time.subsec_nanos()));
    let spec = libc::timespec { tv_sec: seconds, tv_nsec: nanoseconds };
    (spec, libc::timeval { tv_sec: seconds, tv_usec: nanoseconds / 1000 })
}

#[test]
fn a_posix_timer_ends_a_wait_for_its_signal() {
    comes_to(Scene::of("a timer sends a signal after a while"), &libc::SIGUSR2, || {
        // SAFETY: each call's arguments outlive it; all zeroes is a valid value for each structure.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            libc::sigaddset(&raw mut set, libc::SIGUSR2);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut());
            let mut event: libc::sigevent = mem::zeroed();
            event.sigev_notify = libc::SIGEV_SIGNAL;
            event.sigev_signo = libc::SIGUSR2;
            let mut timer: libc::timer_t = mem::zeroed();
            libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer);
            let mut when: libc::itimerspec = mem::zeroed();
            when.it_value = times(WHILE).0;
            libc::timer_settime(timer, 0, &raw const when, ptr::null_mut());
            libc::sigwaitinfo(&raw const set, ptr::null_mut())
        }
    });
}

#[test]
fn an_interval_timer_ends_a_pause() {
    comes_to(Scene::of("an alarm rings after a while"), &libc::EINTR, || {
        extern "C" fn nothing(_: i32) {}
        // SAFETY: the handler does nothing; the arguments outlive the calls.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = nothing as *const () as libc::sighandler_t;
            libc::sigaction(libc::SIGALRM, &raw const action, ptr::null_mut());
            let mut when: libc::itimerval = mem::zeroed();
            when.it_value = times(WHILE).1;
            libc::setitimer(libc::ITIMER_REAL, &raw const when, ptr::null_mut());
            libc::pause();
        }
        io::Error::last_os_error().raw_os_error().unwrap_or_default()
    });
}

#[test]
fn a_timerfd_ends_a_read() {
    comes_to(Scene::of("a timer fires after a while"), &1, || {
        let mut expirations = [0; 8];
        // SAFETY: the arguments outlive the calls; the descriptor is new, and owned at once.
        let mut timer = File::from(unsafe {
            let timer = OwnedFd::from_raw_fd(libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC));
            let mut when: libc::itimerspec = mem::zeroed();
            when.it_value = times(WHILE).0;
            libc::timerfd_settime(timer.as_raw_fd(), 0, &raw const when, ptr::null_mut());
            timer
        });
        timer.read(&mut expirations).map_or(0, |_| u64::from_ne_bytes(expirations))
    });
}

#[test]
fn a_sockets_timeout_ends_a_read() {
    let mut scene = Scene::of("the client says nothing");
    let (_client, server) = scene.tcp_pair("server");
    comes_to(scene, &libc::EAGAIN, || {
        let mut server = std::net::TcpStream::from(server.take().given());
        let _ = server.set_read_timeout(Some(WHILE));
        server.read(&mut [0; 16]).map_err(|error| error.raw_os_error().unwrap_or_default()).unwrap_err()
    });
}

#[test]
fn a_poll_with_a_timeout_ends() {
    let mut scene = Scene::of("the client says nothing");
    let (_client, server) = scene.stream_pair("server");
    comes_to(scene, &0, || {
        let server = server.take();
        let mut entry = libc::pollfd { fd: server.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry is there.
        unsafe { libc::poll(&raw mut entry, 1, WHILE.as_millis() as i32) }
    });
}

#[test]
fn a_condition_with_a_timeout_ends() {
    comes_to(Scene::of("nobody signals"), &true, || {
        let (lock, bell) = (Mutex::new(()), Condvar::new());
        let waited =
            lock.lock().map(|guard| bell.wait_timeout(guard, WHILE).is_ok_and(|(_, result)| result.timed_out()));
        waited.is_ok_and(|waited| waited)
    });
}

#[test]
fn a_thread_that_naps_lets_go_of_its_lock_in_the_end() {
    comes_to(Scene::of("a thread naps with the lock"), &7, || {
        let lock = Mutex::new(0);
        let (taken, wait) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut value = lock.lock().expect("nobody panics");
                let _ = taken.send(());
                thread::sleep(WHILE);
                *value = 7;
            });
            let _ = wait.recv();
            *lock.lock().expect("nobody panics")
        })
    });
}

#[test]
fn a_child_that_naps_ends_in_the_end() {
    comes_to(Scene::of("a child naps and exits"), &3, || {
        let time = times(WHILE).0;
        // SAFETY: the child makes only calls that are safe after fork; the arguments outlive the calls.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::nanosleep(&raw const time, ptr::null_mut());
                libc::_exit(3);
            }
            let mut status = 0;
            libc::waitpid(child, &raw mut status, 0);
            libc::WEXITSTATUS(status)
        }
    });
}

#[test]
fn a_peer_that_takes_its_time_comes_in_the_end() {
    let mut scene = Scene::of("the client pauses, and then says a word");
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        acts.until_asleep()?;
        acts.pause(WHILE);
        acts.write(&client, b"hello")
    });
    comes_to(scene, &5, || File::from(server.take().given()).read(&mut [0; 16]).unwrap_or(0));
}

/// The second small write waits for the acknowledgement of the first (RFC 896), and the receiver's kernel holds that
/// back for some 40 ms (RFC 1122, section 4.2.3.2). Meanwhile both sides sleep.
#[test]
fn nagles_delay_ends() {
    let mut scene = Scene::of("two small writes, and an answer to both");
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| {
        for _ in 0..3 {
            acts.read_in_all(&client, 2)?;
            acts.write(&client, b"!")?;
        }
        Ok(())
    });
    comes_to(scene, &true, || {
        let mut server = File::from(server.take().given());
        (0..3).all(|_| {
            let sent = server.write_all(b"a").and_then(|()| server.write_all(b"b"));
            sent.and_then(|()| server.read_exact(&mut [0])).is_ok()
        })
    });
}

/// Past the queue's length a connect is left without an answer, and tries again after a second. Meanwhile the
/// client sleeps in connect and the server in accept.
#[test]
fn a_client_that_found_the_accept_queue_full_comes_in_the_end() {
    const CLIENTS: usize = 2;
    let mut scene = Scene::of("two clients for a queue of one");
    let (address, listener) = scene.listener("listener");
    let (conductor, go) = scene.stream_pair("go");
    let (queue_is_full, second_may_come) = mpsc::channel();
    scene.peer("the first client", move |acts| {
        acts.until_asleep()?;
        let server = acts.connect(address)?;
        // Both at once might both be answered, and one of them be left with half a connection: the kernel has told
        // that client "connected", and drops what would tell the server. It would wait for ever indeed.
        until_there_is(address, |socket| socket.listens() && socket.waiting > 0);
        let _ = queue_is_full.send(());
        acts.read_to_end(&server)
    });
    scene.peer("the second client", move |acts| {
        let _ = second_may_come.recv();
        let server = acts.connect(address)?;
        acts.read_to_end(&server)
    });
    scene.peer("the conductor", move |acts| {
        acts.until_asleep()?;
        until_there_is(address, TcpSocket::asks_to_be_let_in);
        acts.pause(WHILE);
        acts.write(&conductor, b"!")
    });
    comes_to(scene, &CLIENTS, || {
        let listener = TcpListener::from(listener.take().given());
        // SAFETY: integers only. The queue becomes shorter while nobody is in it.
        unsafe { libc::listen(listener.as_raw_fd(), 0) };
        let _ = File::from(go.take().given()).read(&mut [0]);
        (0..CLIENTS).filter(|_| listener.accept().is_ok()).count()
    });
}

/// A line of `/proc/net/tcp` (proc(5)).
struct TcpSocket {
    state: u8,
    /// Bytes that nobody has read; of a listener, connections that nobody has accepted.
    waiting: u64,
}

impl TcpSocket {
    /// What the kernel says of a line that has this address at either end.
    fn of(line: &str, address: SocketAddr) -> Option<TcpSocket> {
        let port = format!(":{:04X}", address.port());
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_ours = fields.get(1)?.ends_with(&port) || fields.get(2)?.ends_with(&port);
        let (_, waiting) = fields.get(4)?.split_once(':')?;
        let state = u8::from_str_radix(fields.get(3)?, 16).ok()?;
        is_ours.then_some(TcpSocket { state, waiting: u64::from_str_radix(waiting, 16).ok()? })
    }

    fn listens(&self) -> bool {
        self.state == 0x0A
    }

    fn asks_to_be_let_in(&self) -> bool {
        self.state == 0x02
    }
}

/// Waits for a socket of this address of which this holds.
fn until_there_is(address: SocketAddr, holds: impl Fn(&TcpSocket) -> bool) {
    let there_is = || {
        let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
        table.lines().filter_map(|line| TcpSocket::of(line, address)).any(|socket| holds(&socket))
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while !there_is() {
        assert!(Instant::now() < deadline, "the kernel's table of sockets never showed it");
        thread::sleep(Duration::from_millis(1));
    }
}
