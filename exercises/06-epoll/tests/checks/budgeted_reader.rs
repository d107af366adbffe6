//! What is asked of `budgeted_reader`.

use std::io;
use std::os::fd::AsFd;

use lab::check::{Lent, Run, Scene, Verdict, quietly};
use lab::{Call, Family, Value};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{read, write};

use super::answer::read_fairly;

/// What a client may have read in one turn, in bytes.
const BUDGET: usize = 2048;
/// What the talker has sent: many turns.
const LONG: usize = 40_000;
/// What it adds while it is being read.
const MORE: &[u8] = b"and more";
/// Where each client stands.
const TALKER: usize = 0;
const QUIET: usize = 1;

pub fn check() -> Verdict {
    two_are_ready()?;
    one_speaks_meanwhile()?;
    a_pause()
}

/// Bytes that the reader's code handed on: whose, and which.
type Piece = (usize, Vec<u8>);

/// Runs the reader's code over two clients; `first` is called once, when the first bytes have come. Returns how it
/// ended, and what was handed on, in order.
fn serve(talker: &Lent, quiet: &Lent, first: impl FnOnce()) -> (io::Result<()>, Vec<Piece>) {
    for client in [talker, quiet] {
        // A check's own descriptor does not refuse.
        let _ = quietly(|| fcntl(client, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)));
    }
    let (mut pieces, mut first) = (Vec::new(), Some(first));
    let ended = read_fairly(&[talker.as_fd(), quiet.as_fd()], BUDGET, &mut |place, bytes| {
        pieces.push((place, bytes.to_vec()));
        if let Some(first) = first.take() {
            first();
        }
    });
    (ended, pieces)
}

/// Something long in which no two places look alike.
fn speech() -> Vec<u8> {
    (0..LONG as u32 / 4).flat_map(u32::to_be_bytes).collect()
}

/// All that came of a client.
fn all_of(place: usize, pieces: &[Piece]) -> Vec<u8> {
    pieces.iter().filter(|piece| piece.0 == place).flat_map(|piece| piece.1.clone()).collect()
}

/// How much of the talker was read before the quiet one's first bytes.
fn before_the_quiet_one(pieces: &[Piece]) -> usize {
    pieces.iter().take_while(|piece| piece.0 == TALKER).map(|piece| piece.1.len()).sum()
}

fn two_are_ready() -> Verdict {
    let mut scene = Scene::of(
        "one client has sent 40,000 bytes and ended its half, another one has sent \"hello\"; the budget is 2,048 \
         bytes",
    );
    let (talker, first) = scene.stream_pair("talker");
    let (quiet, second) = scene.stream_pair("quiet");
    talker.sent(&speech());
    talker.has_ended();
    quiet.sent(b"hello");
    quiet.has_ended();
    scene.because(sleeps_with_work_left);
    scene.because(misses_the_end);
    let run = scene.run(|| serve(&first.take(), &second.take(), || {}))?;
    let (ended, pieces) = run.value();
    run.demand(ended.is_ok(), "two clients spoke and ended, and you reported an error", 1)?;
    let over = pieces.iter().any(|piece| piece.1.len() > BUDGET);
    run.demand(!over, "one read took more than the whole budget: the budget is in bytes, not in reads", 1)?;
    let naps = run.calls().any(times_out);
    run.demand(!naps, "you slept, if only for a while, with a client unfinished: who has work only looks", 3)?;
    let before = before_the_quiet_one(pieces);
    // No read took more than the budget: who went over it with its last one stays below two.
    run.demand(
        before <= BUDGET || before >= 2 * BUDGET,
        "the talker's turn was longer than the budget: its last read may take what is left of that, and no more",
        1,
    )?;
    let fair = before <= BUDGET;
    let looked = run.calls_of(Family::Ready).count() > 2;
    run.demand(
        fair || !looked,
        "the talker had turn after turn: who is not finished goes to the end of the queue, behind the quiet client",
        2,
    )?;
    run.demand(fair, "the talker was read to its end, and the quiet client, who was ready too, waited for that", 2)?;
    let whole = all_of(TALKER, pieces) == speech() && all_of(QUIET, pieces) == b"hello";
    run.demand(whole, "not every byte came through, in order and once", 3)?;
    let mut members = run.calls_of(Family::Control).filter(|call| adds(call)).peekable();
    let edges = members.peek().is_some() && members.all(tells_once);
    run.demand(edges, "you watch the level: the kernel keeps the list for you, which is honest, but not the task", 3)
}

fn one_speaks_meanwhile() -> Verdict {
    let mut scene = Scene::of(
        "one client has sent 40,000 bytes; when you have handed on the first of them, it says \"and more\", and another \
         one says \"hello\"; the budget is 2,048 bytes",
    );
    let (talker, first) = scene.stream_pair("talker");
    let (quiet, second) = scene.stream_pair("quiet");
    let (cue, prompt) = scene.stream_pair("prompt");
    talker.sent(&speech());
    scene.peer("the quiet client", move |acts| {
        acts.read(&cue, 1)?;
        acts.write(&talker, MORE)?;
        acts.shutdown_write(&talker)?;
        acts.write(&quiet, b"hello")?;
        acts.shutdown_write(&quiet)?;
        acts.write(&cue, b"!")
    });
    scene.because(sleeps_with_work_left);
    let run = scene.run(|| {
        let prompt = prompt.take();
        // The reader's code goes on when the word has been said.
        let speak = || {
            // Where it failed, the quiet client was never heard, and a demand says so.
            let _ = quietly(|| write(&prompt, b"!").and_then(|_| read(&prompt, &mut [0])));
        };
        serve(&first.take(), &second.take(), speak)
    })?;
    let (ended, pieces) = run.value();
    run.demand(ended.is_ok(), "two clients spoke and ended, and you reported an error", 1)?;
    // It spoke in the talker's first turn; one more may have been due already.
    let fair = before_the_quiet_one(pieces) <= 2 * BUDGET;
    let once = before_the_quiet_one(pieces) != 3 * BUDGET;
    run.demand(
        once,
        "the talker had one turn too many before the quiet client: who is in the queue is not put in again",
        3,
    )?;
    run.demand(fair, "a client spoke while another one was not finished, and you did not look before that one was", 3)?;
    let whole = all_of(TALKER, pieces) == [&speech(), MORE].concat() && all_of(QUIET, pieces) == b"hello";
    run.demand(whole, "not every byte came through, in order and once", 3)
}

fn a_pause() -> Verdict {
    let mut scene = Scene::of(
        "one client says \"hello\", and nobody says more for a while, but a signal comes; then it says \" again\" and, \
         later, \" and again\", and both end",
    );
    scene.interruptible();
    let (talker, first) = scene.stream_pair("talker");
    let (quiet, second) = scene.stream_pair("quiet");
    talker.sent(b"hello");
    scene.peer("the client", move |acts| {
        acts.interrupt()?;
        acts.until_asleep()?;
        acts.write(&talker, b" again")?;
        acts.until_asleep()?;
        acts.write(&talker, b" and again")?;
        acts.until_asleep()?;
        acts.shutdown_write(&quiet)?;
        acts.until_asleep()?;
        acts.shutdown_write(&talker)
    });
    scene.because(|run| {
        run.kept_asking().then_some((
            "everybody had been read to EAGAIN, and you looked again and again: with nobody unfinished the wait may \
             sleep",
            3,
        ))
    });
    let run = scene.run(|| serve(&first.take(), &second.take(), || {}))?;
    let (ended, pieces) = run.value();
    let interrupted = ended.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted);
    run.demand(
        !interrupted,
        "a signal came while you waited, and you reported that as an error: EINTR says \"wait again\"",
        3,
    )?;
    let end = run.calls_of(Family::Read).any(|call| call.returned() == Some(0));
    run.demand(
        end || ended.is_err(),
        "nobody had ended, and you were done: EAGAIN is the end of a turn, and 0 that of a client",
        2,
    )?;
    let whole = ended.is_ok() && all_of(TALKER, pieces) == b"hello again and again";
    run.demand(whole, "a client paused and went on, and its words were lost", 2)
}

/// Whether a call puts something into the set.
fn adds(call: &Call) -> bool {
    call.shown() == "epoll_ctl" && call.raw[1] == libc::EPOLL_CTL_ADD as u64
}

/// Whether a call of epoll_ctl asks to be told once: of each arrival, or until it is armed again.
fn tells_once(call: &Call) -> bool {
    let once = (libc::EPOLLET | libc::EPOLLONESHOT) as u32 as u64;
    let told = |value: &Value| matches!(value, Value::Flags { bits, .. } if bits & once != 0);
    call.arguments.get(3).and_then(|event| event.field("events")).is_some_and(told)
}

/// Whether a wait that was to sleep for a time slept it out.
fn times_out(call: &Call) -> bool {
    let given = |value: &Value| matches!(value, Value::Span { time, .. } if !time.is_zero());
    call.family() == Family::Ready && call.returned() == Some(0) && call.arguments.iter().any(given)
}

fn sleeps_with_work_left(run: &Run) -> Option<(&'static str, usize)> {
    let read: i64 = run.calls_of(Family::Read).filter_map(Call::returned).sum();
    (read < LONG as i64 && run.sleeps_in(Family::Ready)).then_some((
        "the budget was used up and bytes were left, and you went to sleep: of what is left there is no new edge",
        2,
    ))
}

fn misses_the_end(run: &Run) -> Option<(&'static str, usize)> {
    run.sleeps_in(Family::Ready).then_some((
        "a read that came back short is not the end of the work: only EAGAIN and 0 are, and the 0 was there already",
        3,
    ))
}
