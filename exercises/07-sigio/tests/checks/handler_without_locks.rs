//! What is asked of `handler_without_locks`.

use std::os::fd::AsFd;

use lab::Family;
use lab::check::{Run, Scene, Verdict, interrupt_the_heap};

use super::answer::relay;

/// Far more than a narrow sink has room for.
const LENGTH: usize = 64 << 10;

pub fn check() -> Verdict {
    a_quiet_day()?;
    a_busy_day()?;
    a_bad_moment()
}

fn a_quiet_day() -> Verdict {
    let mut scene = Scene::of("the source says \"hello\", waits until you sleep, says \"again\", and ends");
    let (source, theirs) = scene.stream_pair("source");
    let (sink, their_sink) = scene.stream_pair("sink");
    scene.peer("the source", move |acts| {
        acts.write_in_pieces(&source, &[b"hello", b"again"])?;
        acts.until_asleep()?;
        acts.close(&source);
        acts.read_in_all(&sink, 10).map(drop)
    });
    let run = scene.run(|| relay(theirs.take().as_fd(), their_sink.take().as_fd()))?;
    run.demand(
        matches!(run.value(), Ok(10)) && run.seen_by("the source").received == b"helloagain",
        "ten bytes were said, and the sink did not get them",
        1,
    )
}

fn a_busy_day() -> Verdict {
    let mut scene = Scene::of(
        "the source says 64 KiB, and while you sleep in the write to the slow sink it says \"and more\"; then the sink \
         reads all, and the source waits for you to sleep, and ends",
    );
    let (source, theirs) = scene.stream_pair("source");
    let (sink, their_sink) = scene.narrow_pair("sink");
    scene.peer("the sink", move |acts| {
        acts.until_asleep()?;
        acts.write(&source, &vec![b'x'; LENGTH])?;
        acts.until_asleep()?;
        acts.write(&source, b"and more")?;
        acts.until_asleep()?;
        acts.read_in_all(&sink, LENGTH + 8)?;
        acts.until_asleep()?;
        acts.close(&source);
        Ok(())
    });
    scene.because(forgot_an_arrival);
    scene.because(waits_for_itself);
    let run = scene.run(|| relay(theirs.take().as_fd(), their_sink.take().as_fd()))?;
    run.demand(matches!(run.value(), Ok(bytes) if *bytes == LENGTH + 8), "not all that was said was passed on", 2)?;
    run.demand(
        !run.printed(),
        "something prints: println! takes a lock and format! allocates, and neither is on the list. If it is not the \
         handler, or a bare write(2), take it out all the same: from here one cannot tell",
        1,
    )?;
    run.demand_no_nap(
        "you nap and look, nap and look: sigsuspend sleeps until a signal has been handled, and no longer",
        3,
    )?;
    run.demand(
        !run.called_by_name("pause"),
        "a signal that comes after the look at the count and before pause is counted, and pause sleeps all the same",
        3,
    )
}

fn a_bad_moment() -> Verdict {
    let mut scene = Scene::of(
        "the source says \"hello\", waits until you sleep, and ends; if you allocate while SIGIO may come, one comes in \
         the middle of that, by tgkill",
    );
    let (source, theirs) = scene.stream_pair("source");
    let (sink, their_sink) = scene.stream_pair("sink");
    scene.peer("the source", move |acts| {
        acts.write(&source, b"hello")?;
        acts.until_asleep()?;
        acts.close(&source);
        acts.read_in_all(&sink, 5).map(drop)
    });
    scene.because(waits_for_itself);
    let run = scene.run(|| {
        let (source, sink) = (theirs.take(), their_sink.take());
        interrupt_the_heap(libc::SIGIO, || relay(source.as_fd(), sink.as_fd()))
    })?;
    let (passed, called_again) = run.value();
    run.demand(
        !called_again,
        "SIGIO came in the middle of an allocation, and the handler called the heap too: the interrupted thread has its \
         lock, or its lists half changed",
        1,
    )?;
    run.demand(matches!(passed, Ok(5)), "five bytes were said, and the sink did not get them", 1)
}

fn forgot_an_arrival(run: &Run) -> Option<(&'static str, usize)> {
    run.sleeps_in(Family::SignalWait).then_some((
        "SIGIO came for \"and more\" while you were writing, the handler ran, and left nothing that you would find",
        2,
    ))
}

fn waits_for_itself(run: &Run) -> Option<(&'static str, usize)> {
    // A handler's wait for a lock is no call that is told of.
    run.called(Family::Write).then_some((
        "the handler waits for a lock, and the thread that holds it is the one that the handler has interrupted",
        1,
    ))
}
