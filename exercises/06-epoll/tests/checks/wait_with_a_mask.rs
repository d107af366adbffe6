//! What is asked of `wait_with_a_mask`.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use lab::check::{Lent, Run, Scene, Theirs, Verdict, is_blocked, quietly};
use lab::{Call, Family, Value};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};

use super::answer::wait;

pub fn check() -> Verdict {
    a_byte_after_another_signal()?;
    a_signal_in_the_wait()?;
    a_signal_before_the_call()?;
    a_signal_before_the_wait()?;
    a_caller_that_keeps_a_signal_out()?;
    a_caller_that_keeps_sigterm_out()?;
    a_client_that_never_stops()?;
    a_wait_that_fails()
}

/// SIGTERM has come.
static STOPPED: AtomicBool = AtomicBool::new(false);
/// SIGUSR2 has come.
static DISTURBED: AtomicBool = AtomicBool::new(false);
/// SIGTERM has been sent.
static SENT: AtomicBool = AtomicBool::new(false);

fn stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// Looks, and has the signal come right after.
fn looks_too_early() -> bool {
    let stopped = stopped();
    if !SENT.swap(true, Ordering::SeqCst) {
        quietly(|| raise(Signal::SIGTERM)).expect("a process may send itself a signal");
    }
    stopped
}

extern "C" fn note(signal: libc::c_int) {
    let flag = if signal == libc::SIGTERM { &STOPPED } else { &DISTURBED };
    flag.store(true, Ordering::SeqCst);
}

/// The data of the one event, or whatever else the answer returned.
type Told = io::Result<Option<Vec<u64>>>;

/// Calls the answer with a set of one member, 7, and the handlers in place. The caller keeps `blocked` out.
fn wait_for(member: Theirs, blocked: Option<Signal>, stopped: fn() -> bool) -> Told {
    let member = member.take();
    let epoll = quietly(|| set_of(&member, blocked))?;
    let told = told(&epoll, stopped);
    quietly(|| drop(epoll));
    told
}

fn told(epoll: &Epoll, stopped: fn() -> bool) -> Told {
    let mut events = [EpollEvent::empty(); 4];
    let told = wait(epoll, &mut events, stopped)?;
    Ok(told.map(|count| events[..count].iter().map(EpollEvent::data).collect()))
}

fn set_of(member: &Lent, blocked: Option<Signal>) -> nix::Result<Epoll> {
    let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
    for signal in [Signal::SIGTERM, Signal::SIGUSR2] {
        // SAFETY: the handler only stores into an atomic.
        unsafe { sigaction(signal, &action)? };
    }
    blocked.map_or(Ok(()), |signal| SigSet::from(signal).thread_block())?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(member, EpollEvent::new(EpollFlags::EPOLLIN, 7))?;
    Ok(epoll)
}

fn a_byte_after_another_signal() -> Verdict {
    let mut scene = Scene::of("while you wait a signal comes that is not SIGTERM, and then a byte");
    scene.interruptible();
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        acts.interrupt()?;
        acts.until_asleep()?;
        acts.write(&client, b"!")
    });
    let run = scene.run(|| {
        let told = wait_for(server, None, stopped);
        (told, is_blocked(libc::SIGTERM))
    })?;
    let (told, blocked) = run.value();
    run.demand(!matches!(told, Ok(None)), "a signal came that was not SIGTERM, and you took it for the stop", 2)?;
    let interrupted = matches!(told, Err(error) if error.kind() == io::ErrorKind::Interrupted);
    run.demand(!interrupted, "a signal came that was not SIGTERM, and you returned its error", 2)?;
    run.demand(told.is_ok(), "a call of yours failed, and you handed its error on", 3)?;
    let right = matches!(told, Ok(Some(data)) if *data == [7]);
    run.demand(
        !matches!(told, Ok(Some(data)) if data.is_empty()),
        "a signal came that was not SIGTERM, and you returned with nothing: the wait goes on until there is news",
        2,
    )?;
    run.demand(right, "one member had news, and your events are not one event with its data", 1)?;
    run.demand(
        run.met(Family::Ready, libc::EINTR),
        "a signal came that your caller had not blocked, and your wait kept it out: its handler waited for the byte",
        3,
    )?;
    run.demand(!blocked, "you left SIGTERM blocked in your caller's thread", 3)
}

fn a_signal_in_the_wait() -> Verdict {
    let mut scene = Scene::of("SIGTERM comes while you wait");
    let (_client, server) = scene.stream_pair("server");
    scene.peer("somebody", |acts| {
        acts.until_asleep()?;
        acts.signal(libc::SIGTERM)
    });
    scene.because(|run| {
        kept_out(run).then_some(("SIGTERM is in the mask of your wait, and a mask names what is kept out", 2))
    });
    scene.because(|_| Some(("SIGTERM is blocked while you wait, so it stays pending, and the wait goes on", 2)));
    let run = scene.run(|| {
        let told = wait_for(server, None, stopped);
        (told, (stopped(), is_blocked(libc::SIGTERM)))
    })?;
    let (told, (handled, blocked)) = run.value();
    run.demand(told.is_ok(), "SIGTERM came while you waited, and you returned an error", 2)?;
    run.demand(matches!(told, Ok(None)), "SIGTERM came while you waited, and you did not return None", 2)?;
    run.demand(
        *handled,
        "you returned None, and `stopped` still says no: you took the signal yourself, and its handler never ran",
        2,
    )?;
    run.demand(!blocked, "you returned None, and left SIGTERM blocked in your caller's thread", 3)
}

fn a_signal_before_the_call() -> Verdict {
    let mut scene = Scene::of("SIGTERM came before you were called, and its handler has set the flag");
    let (_client, server) = scene.stream_pair("server");
    scene.because(|_| Some(("the flag was set when you came, and you went to sleep without a look at it", 1)));
    let run = scene.run(|| -> Told {
        let server = server.take();
        let epoll = quietly(|| set_of(&server, None))?;
        quietly(|| raise(Signal::SIGTERM))?;
        let told = told(&epoll, stopped);
        quietly(|| drop(epoll));
        told
    })?;
    run.demand(matches!(run.value(), Ok(None)), "SIGTERM had come before, and you did not return None", 1)
}

fn a_signal_before_the_wait() -> Verdict {
    let mut scene = Scene::of("SIGTERM comes right after you have looked at the flag, and before you wait");
    let (_client, server) = scene.stream_pair("server");
    scene.because(|run| {
        let last = run.calls().rev().find(|call| call.shown() != "epoll_wait");
        (run.calls().any(blocks_sigterm) && last.is_some_and(sets_a_mask)).then_some((
            "SIGTERM came as soon as you let it, which was a call before the wait: to unblock and to wait must be one",
            2,
        ))
    });
    scene.because(|run| {
        let waits_with_a_mask = run.calls_of(Family::Ready).any(|call| call.arguments.iter().any(is_a_mask));
        (waits_with_a_mask && !run.calls().any(blocks_sigterm)).then_some((
            "your wait's mask lets SIGTERM in, and nothing kept it out before: it came after your look, and the wait \
             was still to come",
            2,
        ))
    });
    scene
        .because(|_| Some(("the handler ran and set the flag; you had looked already, and then you went to sleep", 1)));
    let run = scene.run(|| wait_for(server, None, looks_too_early))?;
    run.demand(
        !run.calls().any(times_out),
        "you wake up every now and then to look: so SIGTERM is noticed late, and idle is never idle",
        1,
    )?;
    run.demand(matches!(run.value(), Ok(None)), "SIGTERM came, and you did not return None", 2)
}

fn a_caller_that_keeps_a_signal_out() -> Verdict {
    let mut scene = Scene::of("your caller has blocked SIGUSR2; it comes while you wait, and then a byte");
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        acts.until_asleep()?;
        acts.signal(libc::SIGUSR2)?;
        acts.until_asleep()?;
        acts.write(&client, b"!")
    });
    let run = scene.run(|| {
        let told = wait_for(server, Some(Signal::SIGUSR2), stopped);
        (told, (DISTURBED.load(Ordering::SeqCst), is_blocked(libc::SIGUSR2)))
    })?;
    let (told, (disturbed, blocked)) = run.value();
    run.demand(!disturbed, "your wait let SIGUSR2 in, which your caller had blocked", 3)?;
    run.demand(*blocked, "your caller had SIGUSR2 blocked, and now it is not", 3)?;
    run.demand(matches!(told, Ok(Some(_))), "a byte came, and you did not say so", 1)
}

fn a_caller_that_keeps_sigterm_out() -> Verdict {
    let mut scene =
        Scene::of("your caller has SIGTERM blocked, from the program's first line on; it comes while you wait");
    let (_client, server) = scene.stream_pair("server");
    scene.peer("somebody", |acts| {
        acts.until_asleep()?;
        acts.signal(libc::SIGTERM)
    });
    scene.because(|_| {
        Some(("your caller had SIGTERM blocked, and in your wait it still is: take it out of the mask", 3))
    });
    let run = scene.run(|| {
        let told = wait_for(server, Some(Signal::SIGTERM), stopped);
        (told, is_blocked(libc::SIGTERM))
    })?;
    let (told, blocked) = run.value();
    run.demand(matches!(told, Ok(None)), "SIGTERM came while you waited, and you did not return None", 2)?;
    run.demand(*blocked, "your caller had SIGTERM blocked, and now it is not", 3)
}

fn a_client_that_never_stops() -> Verdict {
    let mut scene = Scene::of("your caller has SIGTERM blocked, and it has come; a client always has more to say");
    let (client, server) = scene.stream_pair("server");
    client.sent(b"and another thing");
    let run = scene.run(|| -> Told {
        let server = server.take();
        let epoll = quietly(|| set_of(&server, Some(Signal::SIGTERM)))?;
        quietly(|| raise(Signal::SIGTERM))?;
        let mut last = told(&epoll, stopped);
        for _ in 1..4 {
            // The client is served in between.
            if matches!(last, Ok(Some(_))) {
                last = told(&epoll, stopped);
            }
        }
        quietly(|| drop(epoll));
        last
    })?;
    let taken = matches!(run.value(), Ok(None));
    run.demand(taken, "four waits found news, and none of them took SIGTERM, which was pending all the time", 3)
}

fn a_wait_that_fails() -> Verdict {
    let mut scene =
        Scene::of("your caller has a byte to be told of, and no room for its event: epoll_wait says EINVAL");
    let (client, server) = scene.stream_pair("server");
    client.sent(b"!");
    let run = scene.run(|| -> io::Result<bool> {
        let server = server.take();
        let epoll = quietly(|| set_of(&server, None))?;
        // What is returned is not judged: only what is left behind.
        drop(wait(&epoll, &mut [], stopped));
        quietly(|| drop(epoll));
        Ok(is_blocked(libc::SIGTERM))
    })?;
    let left = matches!(run.value(), Ok(true));
    run.demand(
        !left,
        "your wait failed, and you left with its error and SIGTERM blocked: every way out leads past the mask",
        3,
    )
}

/// Whether the wait that never ended kept SIGTERM out by a mask of its own.
fn kept_out(run: &Run) -> bool {
    run.calls_of(Family::Ready).next_back().is_some_and(|call| call.arguments.iter().any(names_sigterm))
}

/// Whether a call keeps SIGTERM out from now on.
fn blocks_sigterm(call: &Call) -> bool {
    sets_a_mask(call) && call.raw[0] != libc::SIG_UNBLOCK as u64 && call.arguments.iter().any(names_sigterm)
}

/// Whether a call changes the thread's mask; without a new one it only tells the old one (sigprocmask(2)).
fn sets_a_mask(call: &Call) -> bool {
    call.shown() == "sigprocmask" && call.arguments.iter().any(is_a_mask)
}

fn is_a_mask(value: &Value) -> bool {
    matches!(value, Value::Signals { .. })
}

fn names_sigterm(value: &Value) -> bool {
    matches!(value, Value::Signals { bits } if bits & (1 << (libc::SIGTERM - 1)) != 0)
}

/// Whether a wait's time was up.
fn times_out(call: &Call) -> bool {
    let given = |value: &Value| matches!(value, Value::Span { time, .. } if !time.is_zero());
    call.family() == Family::Ready && call.returned() == Some(0) && call.arguments.iter().any(given)
}
