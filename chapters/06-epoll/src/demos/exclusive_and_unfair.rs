//! Four processes that sleep in accept share the clients evenly; with EPOLLEXCLUSIVE one of them serves all.
//!
//! Who sleeps in accept stands in the listener's queue for as long as it sleeps, and goes to its end each time: the
//! one who has waited longest is next. A set stands in the queue from its ADD on and never moves. So with
//! EPOLLEXCLUSIVE the first set in which somebody sleeps is the same again and again, and a process that is quick
//! enough to be back takes every client, while three others sleep. For fairness give each process a listener of its
//! own (SO_REUSEPORT), or let the busy one not listen for a while.
//!
//! Here each client comes when everybody sleeps again. Left to themselves a client now and then comes a moment
//! sooner and meets the next in the queue; and in a burst the others help. Without EPOLLEXCLUSIVE it is a race, of
//! which only the sum is certain.
//!
//! Rests on: Linux net/ipv4/inet_connection_sock.c, `inet_csk_wait_for_connect` (`prepare_to_wait_exclusive`, at
//! the tail for each sleep); fs/eventpoll.c, `ep_ptable_queue_proc` (`add_wait_queue_exclusive`, once); socket(7),
//! SO_REUSEPORT.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, pipe, read, write};

const PROCESSES: usize = 4;
const CLIENTS: usize = 100;

/// Lets a hundred clients come one at a time to four processes, three times.
pub fn exclusive_and_unfair(lesson: &Lesson) -> io::Result<()> {
    lesson.say("four processes share a listener; a hundred clients come, each when all four sleep again");
    let by_chance = (
        "by chance",
        "Between processes that are all woken it is a race. Here one is woken, and its place in the queue decides.",
    );
    let choices = [
        ("25 each", ""),
        ("one serves all", "It goes to the end of the queue when it sleeps again: the three others are before it."),
        by_chance,
    ];
    let accept = lesson.ask("All four sleep in accept. How are the clients shared?", &choices, || {
        shares(lesson, "asleep in accept", None).map_or("none", |shares| shape(&shares))
    });
    lesson.say(format!("asleep in accept: {accept}"));
    let choices = [
        ("25 each", "So it was in accept, where each joins the queue anew. A set joined it once, and keeps its place."),
        ("one serves all", ""),
        by_chance,
    ];
    let exclusive = lesson.ask("All four sleep in an epoll_wait, with EPOLLEXCLUSIVE. And now?", &choices, || {
        let mask = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
        shares(lesson, "with EPOLLEXCLUSIVE", Some(mask)).map_or("none", |shares| shape(&shares))
    });
    lesson.say(format!("asleep in epoll_wait, with EPOLLEXCLUSIVE: {exclusive}"));
    let level = shares(lesson, "level-triggered, without it", Some(EpollFlags::EPOLLIN))?;
    lesson.seen("asleep in accept, four processes serve 25 clients each", accept == "25 each");
    lesson.seen("with EPOLLEXCLUSIVE one of the four serves all 100", exclusive == "one serves all");
    lesson.seen(
        "without it each client is served by exactly one of them, nobody can say which",
        level.iter().sum::<usize>() == CLIENTS,
    );
    Ok(())
}

fn shape(shares: &[usize]) -> &'static str {
    match shares.iter().max() {
        Some(&CLIENTS) => "one serves all",
        Some(&most) if most == CLIENTS / PROCESSES => "25 each",
        _ => "by chance",
    }
}

/// How many clients each process has served. With `--bare` nobody looks on, clients come as fast as they can, and
/// the shares are printed: they are others each time.
fn shares(lesson: &Lesson, how: &str, mask: Option<EpollFlags>) -> io::Result<Vec<usize>> {
    lesson.quietly(|| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        // Asleep in accept itself, or woken for nothing perhaps.
        listener.set_nonblocking(mask.is_some())?;
        let address = listener.local_addr()?;
        let (coming, going) = pipe()?;
        let mut processes = Vec::new();
        for _ in 0..PROCESSES {
            processes.push(process(&listener, mask, &going)?);
            // Before it sleeps it says that it is there: so the order is the order of birth.
            read(&coming, &mut [0; 1])?;
        }
        for _ in 0..CLIENTS {
            let client = TcpStream::connect(address)?;
            read(&client, &mut [0; 1])?;
        }
        // Every accept, under way or to come, fails with EINVAL from here on.
        socket::shutdown(listener.as_raw_fd(), socket::Shutdown::Both)?;
        let shares = processes.into_iter().map(served).collect::<io::Result<Vec<usize>>>()?;
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        println!("Linux {}, {how}: {shares:?}", kernel.trim_end());
        Ok(shares)
    })
}

/// Starts a process that serves until the listener is shut down, and exits with the number of its clients.
fn process(listener: &TcpListener, mask: Option<EpollFlags>, there: &OwnedFd) -> io::Result<Pid> {
    // SAFETY: the child runs in `serve` alone, and ends there: a program with one thread loses nothing by a fork.
    if let ForkResult::Parent { child } = unsafe { fork() }? {
        return Ok(child);
    }
    let code = serve(listener, mask, there).map_or(255, |served| served as i32);
    // SAFETY: _exit has no preconditions.
    unsafe { libc::_exit(code) }
}

fn serve(listener: &TcpListener, mask: Option<EpollFlags>, there: &OwnedFd) -> io::Result<usize> {
    // Made here: a set that was made before the fork would be one set, shared.
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    if let Some(mask) = mask {
        epoll.add(listener, EpollEvent::new(mask, 0))?;
    }
    write(there, b"!")?;
    let mut served = 0;
    loop {
        if mask.is_some() {
            epoll.wait(&mut [EpollEvent::empty()], EpollTimeout::NONE)?;
        }
        match socket::accept(listener.as_raw_fd()) {
            Ok(client) => {
                // SAFETY: the kernel has just made this number for us.
                let client = unsafe { OwnedFd::from_raw_fd(client) };
                served += 1;
                write(&client, b"!")?;
            }
            Err(Errno::EAGAIN) => {}
            Err(Errno::EINVAL) => return Ok(served),
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn served(process: Pid) -> io::Result<usize> {
    match waitpid(process, None)? {
        WaitStatus::Exited(_, code @ 0..=100) => Ok(code as usize),
        other => Err(io::Error::other(format!("a process ended otherwise: {other:?}"))),
    }
}
