//! What is asked of `drain_on_edge`.

use std::io;
use std::os::fd::AsFd;

use lab::check::{Lent, Run, Scene, Verdict, quietly};
use lab::{Call, Family, Value};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollTimeout};
use nix::unistd::{read, write};

use super::answer::{Client, drain, watch};

/// How long a request is: more than one read takes.
const LENGTH: usize = 10_000;
/// What an earlier event has left for this one.
const EARLIER: &[u8] = b"earlier: ";

pub fn check() -> Verdict {
    two_requests()?;
    last_words()?;
    torn_away()?;
    torn_away_in_one_edge()
}

/// A request in which no two places look alike.
fn request() -> Vec<u8> {
    (0..LENGTH as u32 / 4).flat_map(u32::to_be_bytes).collect()
}

/// The server around the reader's code: waits for events, has each drained, and answers a whole request. Returns what
/// came, and how it ended.
fn serve(client: &Lent) -> (Vec<u8>, io::Result<()>) {
    let mut came = EARLIER.to_vec();
    // Neither its making nor its end is the reader's.
    let ended = match quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)) {
        Ok(epoll) => {
            let ended = wait_and_drain(&epoll, client, &mut came);
            quietly(|| drop(epoll));
            ended
        }
        Err(error) => Err(error.into()),
    };
    (came, ended)
}

fn wait_and_drain(epoll: &Epoll, client: &Lent, came: &mut Vec<u8>) -> io::Result<()> {
    watch(epoll, client.as_fd(), 1)?;
    let (mut state, mut answered) = (Client::Open, false);
    while state == Client::Open {
        epoll.wait(&mut [EpollEvent::empty()], EpollTimeout::NONE)?;
        state = drain(client.as_fd(), came)?;
        if came.ends_with(&request()[LENGTH - 4..]) && !answered {
            answered = true;
            quietly(|| write(client, b"!"))?;
        }
    }
    Ok(())
}

fn two_requests() -> Verdict {
    let mut scene = Scene::of(
        "a request of 10,000 bytes is there when you look first; its client waits for the answer, then sends \"again\" \
         and ends its half",
    );
    let (client, server) = scene.stream_pair("client");
    client.sent(&request());
    scene.peer("the client", move |acts| {
        acts.read(&client, 1)?;
        acts.until_asleep()?;
        acts.write(&client, b"again")?;
        acts.until_asleep()?;
        acts.shutdown_write(&client)
    });
    scene.because(leaves_a_rest);
    scene.because(sleeps_in_a_read);
    scene.because(asks_in_vain);
    scene.because(|run| {
        let end = run.calls_of(Family::Read).any(|call| call.returned() == Some(0));
        (end && run.sleeps_in(Family::Ready)).then_some((
            "a read said 0, and you called the client open: 0 is the end, and no edge comes after it; \"nothing now\" \
             would have been EAGAIN",
            3,
        ))
    });
    let run = scene.run(|| serve(&server.take()))?;
    let (came, ended) = run.value();
    let would_block = ended.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
    run.demand(!would_block, "nothing more had come for now, and you called that an error: EAGAIN is the good end", 2)?;
    run.demand(ended.is_ok(), "a client sent two requests and ended its half, and you reported an error", 2)?;
    let end = run.calls_of(Family::Read).any(|call| call.returned() == Some(0));
    run.demand(end, "you called the client ended, and no read had said 0: EAGAIN is its silence, and not its end", 2)?;
    run.demand(
        came.starts_with(EARLIER),
        "what an earlier event had left in `into` is gone: a request may come in several edges",
        3,
    )?;
    let whole = [EARLIER, &request(), b"again"].concat();
    run.demand(*came == whole, "not every byte came through, in order and once", 3)?;
    let edge = run.calls_of(Family::Control).any(is_for_edges);
    run.demand(edge, "you watch the level: the kernel would tell you at every wait of what is left", 1)
}

fn last_words() -> Verdict {
    let mut scene = Scene::of("\"goodbye\" and the end of the stream are both there when you look first");
    let (client, server) = scene.stream_pair("client");
    client.sent(b"goodbye");
    client.has_ended();
    scene.because(|run| {
        let ended = run.calls_of(Family::Read).any(|call| call.returned() == Some(0));
        (!ended && run.sleeps_in(Family::Ready)).then_some((
            "a short read shows that the bytes are used up (epoll(7), \"Questions and answers\": \"you can be sure of having exhausted the \
             read I/O space\"), and not that the end has not come: it had, in the same edge",
            3,
        ))
    });
    let run = scene.run(|| serve(&server.take()))?;
    let (came, ended) = run.value();
    run.demand(
        ended.is_ok() && *came == [EARLIER, b"goodbye"].concat(),
        "a client said goodbye and ended, and you did not hand on its last words",
        3,
    )
}

fn torn_away() -> Verdict {
    let mut scene = Scene::of("a client sends half a request, and its connection is reset");
    let (client, server) = scene.tcp_pair("client");
    scene.peer("the client", move |acts| {
        acts.until_asleep()?;
        acts.write(&client, b"half a req")?;
        acts.until_asleep()?;
        acts.reset(&client)
    });
    scene.because(asks_in_vain);
    let run = scene.run(|| serve(&server.take()))?;
    let (came, ended) = run.value();
    run.demand(ended.is_err(), "half a request came and then an error, and you called that the client's end", 2)?;
    run.demand(*came == [EARLIER, b"half a req"].concat(), "what came before the error is not in `into`", 3)
}

fn torn_away_in_one_edge() -> Verdict {
    let mut scene = Scene::of("half a request and then the error are both there when you look first");
    let (client, server) = scene.stream_pair("client");
    let (cue, prompt) = scene.stream_pair("prompt");
    scene.peer("the client", move |acts| {
        acts.read(&cue, 1)?;
        acts.write(&client, b"half a req")?;
        // With a byte unread: so its other side gets ECONNRESET (net/unix/af_unix.c, unix_release_sock), behind what
        // was sent.
        acts.close(&client);
        acts.write(&cue, b"!")
    });
    let run = scene.run(|| {
        let (prompt, server) = (prompt.take(), server.take());
        // Where this failed, nothing comes, and a demand says so.
        let _ = quietly(|| {
            write(&server, b"?")?;
            write(&prompt, b"!")?;
            read(&prompt, &mut [0])
        });
        serve(&server)
    })?;
    let (came, ended) = run.value();
    run.demand(ended.is_err(), "half a request came and with it an error, and you called that the client's end", 2)?;
    run.demand(
        *came == [EARLIER, b"half a req"].concat(),
        "bytes and an error came in one edge, and the bytes are not in `into`: what was read before is kept",
        3,
    )
}

/// Whether a call of epoll_ctl asks to be told of arrivals.
fn is_for_edges(call: &Call) -> bool {
    let edge = |value: &Value| matches!(value, Value::Flags { bits, .. } if bits & libc::EPOLLET as u32 as u64 != 0);
    let event = call.arguments.get(3).filter(|_| call.shown() == "epoll_ctl");
    event.and_then(|event| event.field("events")).is_some_and(edge)
}

fn leaves_a_rest(run: &Run) -> Option<(&'static str, usize)> {
    let (read, again) = (run.called(Family::Read), run.met(Family::Read, libc::EAGAIN));
    (read && !again && run.sleeps_in(Family::Ready)).then_some((
        "you went back to wait before a read said EAGAIN: of the rest you have been told already, and will not be told \
         again",
        1,
    ))
}

fn sleeps_in_a_read(run: &Run) -> Option<(&'static str, usize)> {
    run.sleeps_in(Family::Read).then_some((
        "the client is in blocking mode, so \"read until EAGAIN\" never sees EAGAIN: it sleeps in its last read, and \
         every other client sleeps with it",
        2,
    ))
}

fn asks_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking().then_some((
        "EAGAIN means that nothing is there now, and it stays so until somebody sends: back to the wait, which tells you",
        2,
    ))
}
