//! What is asked of `echo_until_half_close`.

use std::io;
use std::os::fd::AsFd;

use lab::Family;
use lab::check::{Run, Scene, Verdict};

use super::answer::serve;

pub fn check() -> Verdict {
    a_conversation()?;
    all_said_at_once()?;
    a_client_torn_away()?;
    signals_in_between()
}

fn a_conversation() -> Verdict {
    let mut scene = Scene::of(
        "a client says \"hello\", waits for it to come back, says \"again\", waits, ends its half, and waits for your \
         end; then comes a second client",
    );
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| {
        let first = acts.connect(address)?;
        for word in ["hello", "again"] {
            acts.write(&first, word.as_bytes())?;
            // A client whose words do not come back goes no further: what it would see next is a matter of time.
            if acts.read_in_all(&first, word.len())? < word.len() {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
        acts.shutdown_write(&first)?;
        acts.read_to_end(&first)?;
        let second = acts.connect(address)?;
        acts.shutdown_write(&second)?;
        acts.read_to_end(&second)
    });
    scene.because(closes_in_mid_conversation);
    scene.because(waits_for_the_end);
    scene.because(waits_for_one_more);
    scene.because(keeps_it_open);
    scene.because(asks_in_vain);
    let run = scene.run(|| serve(listener.take().as_fd(), 2))?;
    let received = &run.seen_by("the client").received;
    run.demand(received == b"helloagain", "the client did not get back what it had said", 1)?;
    run.demand(
        matches!(run.value().as_deref(), Ok([10, 0])),
        "two clients came, of 10 and of 0 bytes, and you counted otherwise",
        2,
    )?;
    let open = run.left_open();
    run.demand(open.is_empty(), format!("you left descriptors open: {}", open.join(", ")), 2)?;
    run.demand(!run.closed("listener"), "you closed the listener, which you were only lent", 3)
}

fn all_said_at_once() -> Verdict {
    let mut scene = Scene::of("a client says all it has and ends its half, before you have accepted it");
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| {
        let client = acts.connect(address)?;
        acts.write(&client, b"hello, and goodbye")?;
        acts.shutdown_write(&client)?;
        acts.read_to_end(&client)
    });
    scene.because(asks_in_vain);
    let run = scene.run(|| serve(listener.take().as_fd(), 1))?;
    let whole = run.seen_by("the client").received == b"hello, and goodbye";
    run.demand(whole, "the client had ended its half, and its last bytes did not come back", 1)
}

fn a_client_torn_away() -> Verdict {
    let mut scene = Scene::of("a client is torn away in mid-conversation: its connection is reset; then comes another");
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| {
        let first = acts.connect(address)?;
        acts.write(&first, b"hello")?;
        acts.read_in_all(&first, 5)?;
        acts.until_asleep()?;
        acts.reset(&first)?;
        let second = acts.connect(address)?;
        acts.write(&second, b"again")?;
        acts.shutdown_write(&second)?;
        acts.read_to_end(&second)
    });
    scene.because(asks_in_vain);
    let run = scene.run(|| serve(listener.take().as_fd(), 2))?;
    run.demand(run.value().is_ok(), "one client's connection was reset, and you ended the service for all", 3)?;
    let served = run.seen_by("the client").received == b"helloagain";
    run.demand(served, "the client after the one that was torn away did not get its bytes back", 3)?;
    run.demand(
        matches!(run.value().as_deref(), Ok([5, 5])),
        "each client got 5 bytes back, and you counted otherwise",
        2,
    )
}

fn signals_in_between() -> Verdict {
    let mut scene = Scene::of("a signal comes while you wait for a client, and another while you wait for its words");
    scene.interruptible();
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| {
        acts.interrupt()?;
        acts.until_asleep()?;
        let client = acts.connect(address)?;
        acts.write(&client, b"hello")?;
        acts.read_in_all(&client, 5)?;
        acts.interrupt()?;
        acts.until_asleep()?;
        acts.write(&client, b"again")?;
        acts.shutdown_write(&client)?;
        acts.read_to_end(&client)
    });
    let run = scene.run(|| serve(listener.take().as_fd(), 1))?;
    run.demand(run.value().is_ok(), "a signal came while you waited for a client, and you ended the service", 3)?;
    let skipped = matches!(run.value().as_deref(), Ok([]));
    run.demand(!skipped, "a signal came while you waited for a client, and it took the client's turn", 3)?;
    let served = run.seen_by("the client").received == b"helloagain";
    run.demand(served, "a signal came while you waited for the client's words, and you gave the client up", 3)
}

fn closes_in_mid_conversation(run: &Run) -> Option<(&'static str, usize)> {
    let ended = run.calls_of(Family::Read).any(|call| call.returned() == Some(0));
    (!ended && run.called(Family::Close) && run.sleeps_in(Family::Accept))
        .then_some(("you answered the client's first word and closed: it had more to say", 1))
}

fn waits_for_the_end(run: &Run) -> Option<(&'static str, usize)> {
    let silent = run.called(Family::Read) && !run.called(Family::Write);
    silent.then_some((
        "the client waits for your answer before it says more, and you wait for its end before you answer",
        1,
    ))
}

fn waits_for_one_more(run: &Run) -> Option<(&'static str, usize)> {
    let accepted = run.calls_of(Family::Accept).filter(|call| call.returned().is_some()).count();
    (accepted == 2 && run.sleeps_in(Family::Accept))
        .then_some(("you were to serve two clients and have, and you wait for a third", 2))
}

fn keeps_it_open(run: &Run) -> Option<(&'static str, usize)> {
    let ended = run.calls_of(Family::Read).any(|call| call.returned() == Some(0));
    (ended && run.sleeps_in(Family::Accept))
        .then_some(("the client has ended its half, but you never closed yours: it still waits for your end", 2))
}

fn asks_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking().then_some(("read returned 0, the client's end, and you read again: it will say 0 for ever", 1))
}
