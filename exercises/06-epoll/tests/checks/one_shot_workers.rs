//! What is asked of `one_shot_workers`.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::thread;

use lab::check::{Diagnosis, Gone, Kind, Ours, Peer, Run, Scene, Theirs, Verdict, quietly};
use lab::{Call, Family, Value, asleep, errno_name};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::unistd::{gettid, read, write};

use super::answer::{STOP, add, serve};

pub fn check() -> Verdict {
    one_client()?;
    two_clients()?;
    two_at_once()?;
    a_client_that_ends()?;
    a_client_that_is_torn_away()
}

/// The peers' side of a stage: clients, and a gate for each, before which its work waits until it may go on.
#[derive(Clone)]
struct Outside {
    clients: Vec<Ours>,
    gates: Vec<Ours>,
    /// What is being worked for is told here, as it begins.
    begun: Ours,
    stop: Ours,
}

/// The subject's side.
struct Inside {
    clients: Vec<Theirs>,
    gates: Vec<Theirs>,
    begun: Theirs,
    stop: Theirs,
}

fn stage(scene: &mut Scene, clients: &[&str]) -> (Outside, Inside) {
    let (ours, theirs) = clients.iter().map(|name| scene.stream_pair(name)).unzip();
    let (open, gates) = clients.iter().map(|name| scene.pipe_to_read(&format!("the work for {name}"))).unzip();
    let ((told, begun), (stops, stop)) = (scene.pipe_to_write("begun"), scene.pipe_to_read("stop"));
    let outside = Outside { clients: ours, gates: open, begun: told, stop: stops };
    (outside, Inside { clients: theirs, gates, begun, stop })
}

impl Outside {
    /// A client says something.
    fn say(&self, acts: &Peer<'_>, client: usize, piece: &str) -> Result<(), Gone> {
        acts.write(&self.clients[client], piece.as_bytes())
    }

    /// Waits until the work for so many bytes has begun, and all sleep.
    fn until_begun(&self, acts: &mut Peer<'_>, bytes: usize) -> Result<(), Gone> {
        acts.read_in_all(&self.begun, bytes)?;
        acts.until_all_asleep()
    }

    /// Lets the work for a client go on.
    fn go_on(&self, acts: &Peer<'_>, client: usize) -> Result<(), Gone> {
        acts.write(&self.gates[client], b"!")
    }

    /// Ends the threads.
    fn stop(&self, acts: &Peer<'_>) -> Result<(), Gone> {
        acts.until_all_asleep()?;
        acts.close(&self.stop);
        Ok(())
    }
}

/// How many threads are at work for each client.
static AT_WORK: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

/// Whether there were ever two.
static TWO: AtomicBool = AtomicBool::new(false);

/// Runs the answer in so many threads; says whether it went well, and whether two worked for one client.
fn serve_with(threads: usize, inside: Inside) -> (io::Result<()>, bool) {
    let take = |descriptor: Theirs| descriptor.take().given();
    let clients: Vec<OwnedFd> = inside.clients.into_iter().map(take).collect();
    quietly(|| {
        for client in &clients {
            fcntl(client, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a socket takes this flag");
        }
    });
    let gates: Vec<OwnedFd> = inside.gates.into_iter().map(take).collect();
    let (begun, stop) = (take(inside.begun), take(inside.stop));
    // A client that closes with this unread tears the connection (net/unix/af_unix.c, unix_release_sock).
    quietly(|| write(&clients[0], b"?").expect("a new socket has room"));
    let work = |client: u64, piece: &[u8]| {
        quietly(|| {
            let here = &AT_WORK[client as usize];
            let alone = here.fetch_add(1, Ordering::SeqCst) == 0;
            TWO.fetch_or(!alone, Ordering::SeqCst);
            write(&begun, piece).expect("somebody reads what has begun");
            if alone {
                read(&gates[client as usize], &mut [0]).expect("a gate is readable in the end");
            }
            here.fetch_sub(1, Ordering::SeqCst);
        });
    };
    let served = || -> io::Result<()> {
        let epoll = quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
        for (client, token) in clients.iter().zip(0..) {
            add(&epoll, client.as_fd(), token)?;
        }
        quietly(|| epoll.add(&stop, EpollEvent::new(EpollFlags::EPOLLIN, STOP)))?;
        let run = || serve(&epoll, &clients, &work);
        let number = AtomicI32::new(0);
        let served = thread::scope(|scope| {
            let other = (threads == 2).then(|| {
                let other = scope.spawn(|| {
                    number.store(gettid().as_raw(), Ordering::SeqCst);
                    run()
                });
                // So that they begin to wait in the same order in every run.
                quietly(|| until_asleep(&number));
                other
            });
            let own = run();
            own.and(other.map_or(Ok(()), |other| other.join().expect("of a panic the observer tells")))
        });
        quietly(|| drop(epoll));
        served
    };
    let served = served();
    quietly(|| drop((clients, gates, begun, stop)));
    (served, TWO.load(Ordering::SeqCst))
}

/// Waits until a thread of this process that tells its number sleeps in a call.
fn until_asleep(thread: &AtomicI32) {
    while asleep(process::id().cast_signed(), thread.load(Ordering::SeqCst)).is_none() {
        thread::yield_now();
    }
}

fn one_client() -> Verdict {
    let mut scene =
        Scene::of("a client says \"one\"; while a thread works for that, it says \"two\", and so on up to \"four\"");
    let (outside, inside) = stage(&mut scene, &["client"]);
    scene.peer("the client", move |acts| {
        acts.until_all_asleep()?;
        outside.say(acts, 0, "one")?;
        outside.until_begun(acts, 3)?;
        outside.say(acts, 0, "two")?;
        acts.until_all_asleep()?;
        outside.go_on(acts, 0)?;
        outside.until_begun(acts, 3)?;
        outside.say(acts, 0, "three")?;
        acts.until_all_asleep()?;
        outside.go_on(acts, 0)?;
        outside.until_begun(acts, 5)?;
        outside.go_on(acts, 0)?;
        acts.until_all_asleep()?;
        outside.say(acts, 0, "four")?;
        outside.until_begun(acts, 4)?;
        outside.go_on(acts, 0)?;
        outside.stop(acts)
    });
    scene.because(never_armed_again);
    let run = scene.run(|| serve_with(2, inside))?;
    let (served, two) = run.value();
    if *two {
        return Err(two_at_work(&run));
    }
    served_well(&run, served)?;
    let said = &run.seen_by("the client").received;
    run.demand(said == b"onetwothreefour", "what you worked for is not what the client said", 2)
}

/// Why two threads came to work for one client, by what the set was asked for.
fn two_at_work(run: &Run) -> Diagnosis {
    let asked: Vec<_> = run.calls().filter_map(asked).collect();
    let once = |asked: &&(i64, EpollFlags)| asked.1.contains(EpollFlags::EPOLLONESHOT);
    let (sentence, hint) = match asked.first() {
        Some((_, events)) if events.contains(EpollFlags::EPOLLEXCLUSIVE) => {
            ("EPOLLEXCLUSIVE keeps an event from waking everybody: the next piece was one more, and woke another", 1)
        }
        Some((_, events)) if events.contains(EpollFlags::EPOLLET) && !events.contains(EpollFlags::EPOLLONESHOT) => {
            ("an edge is an arrival, not a turn: the next piece was one more, and woke your other thread", 1)
        }
        Some((_, events)) if !events.contains(EpollFlags::EPOLLONESHOT) => {
            ("nothing disarms the client while a thread works for it: the next piece woke your other thread", 1)
        }
        _ if !asked.iter().all(|asked| once(&asked)) => {
            ("you armed the client again without EPOLLONESHOT: the first piece was safe, and none after it", 2)
        }
        _ => ("you armed the client again before its work was done, and the next piece woke your other thread", 2),
    };
    // Which of two threads called first is chance: of the calls it is told what is not.
    Diagnosis::new(Kind::Wrong {}, sentence)
        .with("the scene", "a client says the next piece while a thread is still at work for the one before")
        .with("what came of it", "two threads at work for one client")
        .hint(hint)
}

/// What an epoll_ctl asked for.
fn asked(call: &Call) -> Option<(i64, EpollFlags)> {
    match &call.arguments[..] {
        [_, Value::One { value, .. }, _, event] if call.shown() == "epoll_ctl" => {
            let Value::Flags { bits, .. } = event.field("events")? else { return None };
            Some((*value, EpollFlags::from_bits_retain(*bits as i32)))
        }
        _ => None,
    }
}

fn served_well(run: &Run, served: &io::Result<()>) -> Verdict {
    let errno = served.as_ref().err().and_then(io::Error::raw_os_error).map_or_else(String::new, errno_name);
    run.demand(served.is_ok(), format!("a call of yours failed, and you handed its error on: {errno}"), 2)
}

fn two_clients() -> Verdict {
    let mut scene = Scene::of("alice says something; while a thread works for her, she says more, and bob something");
    let (outside, inside) = stage(&mut scene, &["alice", "bob"]);
    scene.peer("bob", move |acts| {
        acts.until_all_asleep()?;
        outside.say(acts, 0, "alice's")?;
        outside.until_begun(acts, 7)?;
        outside.say(acts, 0, "more")?;
        acts.until_all_asleep()?;
        outside.say(acts, 1, "bob's")?;
        outside.until_begun(acts, 5)?;
        outside.go_on(acts, 0)?;
        outside.until_begun(acts, 4)?;
        outside.go_on(acts, 0)?;
        outside.go_on(acts, 1)?;
        outside.stop(acts)
    });
    scene.because(|run| {
        let woken = run.calls_of(Family::Ready).filter(|call| call.returned() == Some(1)).count();
        (woken > 1).then_some((
            "alice's next piece woke your other thread, which now sleeps until she is done with: and bob waits for both",
            1,
        ))
    });
    scene.because(|_| {
        Some(("one thread works for alice, and bob waits, for the other is kept from waiting for him", 3))
    });
    let run = scene.run(|| serve_with(2, inside))?;
    served_well(&run, &run.value().0)
}

fn two_at_once() -> Verdict {
    let mut scene = Scene::of("alice and bob have both said something before your threads begin");
    let (outside, inside) = stage(&mut scene, &["alice", "bob"]);
    outside.clients[0].sent(b"alice's");
    outside.clients[1].sent(b"bob's");
    scene.peer("bob", move |acts| {
        outside.until_begun(acts, 12)?;
        outside.go_on(acts, 0)?;
        outside.go_on(acts, 1)?;
        outside.stop(acts)
    });
    scene.because(|_| {
        Some(("one thread took both events, and has time for one client: bob waits, and a thread sleeps", 3))
    });
    let run = scene.run(|| serve_with(2, inside))?;
    served_well(&run, &run.value().0)
}

fn a_client_that_ends() -> Verdict {
    let mut scene = Scene::of("a client says something and ends; one of your threads is away, the other serves");
    let (outside, inside) = stage(&mut scene, &["client"]);
    scene.peer("the client", move |acts| {
        acts.until_all_asleep()?;
        outside.say(acts, 0, "goodbye")?;
        outside.until_begun(acts, 7)?;
        acts.shutdown_write(&outside.clients[0])?;
        outside.go_on(acts, 0)?;
        outside.stop(acts)
    });
    scene
        .because(|_| Some(("the client has ended, which is readable and stays so, and you arm it again and again", 2)));
    let run = scene.run(|| serve_with(1, inside))?;
    served_well(&run, &run.value().0)
}

fn a_client_that_is_torn_away() -> Verdict {
    let mut scene = Scene::of(
        "a signal comes while your one thread waits; alice's connection is reset; bob says \"one\" and, later, \"two\"",
    );
    scene.interruptible();
    let (outside, inside) = stage(&mut scene, &["alice", "bob"]);
    scene.peer("bob", move |acts| {
        acts.interrupt()?;
        acts.until_all_asleep()?;
        acts.close(&outside.clients[0]);
        for piece in ["one", "two"] {
            acts.until_all_asleep()?;
            outside.say(acts, 1, piece)?;
            outside.until_begun(acts, 3)?;
            outside.go_on(acts, 1)?;
        }
        outside.stop(acts)
    });
    scene.because(|_| {
        Some(("bob was armed again, and his event leads to nobody: MOD replaces the token as well as the flags", 2))
    });
    let run = scene.run(|| serve_with(1, inside))?;
    let served = &run.value().0;
    let errno = served.as_ref().err().and_then(io::Error::raw_os_error);
    run.demand(
        errno != Some(libc::ECONNRESET),
        "one client's connection was reset, and you ended the thread for all",
        2,
    )?;
    run.demand(errno != Some(libc::EINTR), "a signal came while you waited, and you ended the thread for all", 2)?;
    served_well(&run, served)?;
    let said = &run.seen_by("bob").received;
    run.demand(said == b"onetwo", "alice had gone, and your thread with her: before STOP no thread ends", 2)
}

fn never_armed_again(run: &Run) -> Option<(&'static str, usize)> {
    if run.met(Family::Control, libc::EEXIST) {
        return Some(("the client is disarmed, and still in the set: ADD says EEXIST, and MOD would arm it", 2));
    }
    if run.calls().filter_map(asked).any(|(_, events)| !events.contains(EpollFlags::EPOLLIN)) {
        return Some((
            "you armed the client with EPOLLONESHOT alone: that says how often, and EPOLLIN says of what",
            2,
        ));
    }
    let again = run.calls().filter_map(asked).count() > 1;
    (!again).then_some(("the client's first event disarmed it, and you never armed it again", 2))
}
