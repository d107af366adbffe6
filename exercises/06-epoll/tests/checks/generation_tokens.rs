//! What is asked of `generation_tokens`.

use std::fs::File;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use lab::check::{Ours, Scene, Theirs, Verdict, call_it, left_in, quietly};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollTimeout};

use super::answer::Clients;

pub fn check() -> Verdict {
    two_clients()?;
    one_in_the_place_of_another()?;
    one_with_the_number_of_another()?;
    the_third_in_one_place()?;
    an_end_that_comes_too_late()?;
    one_with_another_descriptor()?;
    the_257th_in_one_place()?;
    one_that_is_refused()
}

/// A client that has said its name.
fn client(scene: &mut Scene, name: &'static str) -> (Ours, Theirs) {
    let (ours, theirs) = scene.stream_pair(name);
    ours.sent(name.as_bytes());
    (ours, theirs)
}

/// The server of a check: an epoll set, and the answer's table.
struct Server {
    epoll: Epoll,
    clients: Clients,
}

impl Server {
    /// Plays a scene with a new server. What is in its table at the end stays open.
    fn in_scene<T>(scene: impl FnOnce(&mut Server) -> io::Result<T>) -> io::Result<T> {
        let epoll = quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
        let mut server = mem::ManuallyDrop::new(Server { epoll, clients: Clients::new() });
        scene(&mut server)
    }

    fn add(&mut self, client: OwnedFd) -> io::Result<u64> {
        self.clients.add(&self.epoll, client)
    }

    fn remove(&mut self, token: u64) -> io::Result<()> {
        self.clients.remove(&self.epoll, token)
    }

    /// The data of the events that are there.
    fn batch(&self) -> io::Result<Vec<u64>> {
        let mut events = [EpollEvent::empty(); 8];
        let count = quietly(|| self.epoll.wait(&mut events, EpollTimeout::ZERO))?;
        Ok(events[..count].iter().map(EpollEvent::data).collect())
    }

    /// What the client that an event reaches has said; nothing where it reaches nobody.
    fn heard(&self, token: u64) -> Option<String> {
        self.clients.get(token).map(|client| String::from_utf8_lossy(&left_in(&client)).into_owned())
    }
}

/// The same client under the number that another one had.
fn with_number(number: i32, client: Theirs, name: &str) -> OwnedFd {
    let client = client.take().given();
    // SAFETY: integers only. The lowest free number from `number` on is new, and nobody else's.
    let moved = quietly(|| unsafe { OwnedFd::from_raw_fd(libc::fcntl(client.as_raw_fd(), libc::F_DUPFD, number)) });
    quietly(|| drop(client));
    call_it(&moved, name);
    moved
}

fn two_clients() -> Verdict {
    let mut scene = Scene::of("alice and bob have each said something; then alice is let go, and bob stays");
    let (_alice, alice) = client(&mut scene, "alice");
    let (_bob, bob) = client(&mut scene, "bob");
    let run = scene.run(|| {
        Server::in_scene(|server| {
            let (alice, bob) = (server.add(alice.take().given())?, server.add(bob.take().given())?);
            let mut batch = server.batch()?;
            batch.sort_unstable();
            let mut tokens = vec![alice, bob];
            tokens.sort_unstable();
            let heard = (server.heard(alice), server.heard(bob));
            server.remove(alice)?;
            let afterwards = server.heard(alice);
            Ok(((batch, tokens), (heard, afterwards)))
        })
    })?;
    let told = run.value().as_ref().ok();
    run.demand(told.is_some(), "a call of yours failed, and you handed its error on", 1)?;
    let Some(((batch, tokens), ((alice, bob), afterwards))) = told else { return Ok(()) };
    let told_apart = alice.as_deref() == Some("alice") && bob.as_deref() == Some("bob");
    run.demand(told_apart, "each of the two tokens should lead to the client that it was made for", 2)?;
    run.demand(!batch.is_empty(), "both have said something, and your set tells of nobody", 2)?;
    run.demand(batch == tokens, "the events carry other data than the tokens that you returned", 2)?;
    run.demand(afterwards.is_none(), "alice was let go, and her token still leads to somebody", 2)?;
    let open = run.left_open();
    run.demand(
        open.iter().all(|name| name == "bob" || name == "epoll"),
        "you let alice go and left her descriptor open: she waits for an end that never comes",
        3,
    )?;
    run.demand(open.iter().any(|name| name == "bob"), "you let alice go, and closed bob too", 2)
}

fn one_in_the_place_of_another() -> Verdict {
    let mut scene = Scene::of(
        "one batch has events of alice and bob; alice's makes you let bob go and take carol in; then comes bob's",
    );
    let (_bob, bob) = client(&mut scene, "bob");
    let (_alice, alice) = client(&mut scene, "alice");
    let (_carol, carol) = client(&mut scene, "carol");
    let run = scene.run(|| {
        Server::in_scene(|server| {
            let carol = carol.take().given();
            server.add(alice.take().given())?;
            let bob = server.add(bob.take().given())?;
            let batch = server.batch()?;
            server.remove(bob)?;
            server.add(carol)?;
            Ok(batch.into_iter().find(|&event| event == bob).and_then(|event| server.heard(event)))
        })
    })?;
    let reached = matches!(run.value(), Ok(Some(_)));
    run.demand(!reached, "bob's event reached carol: she sits in his place, and your token tells no more than that", 1)
}

fn one_with_the_number_of_another() -> Verdict {
    let mut scene = Scene::of("bob is let go, and carol is the next to connect: she gets the number that he had");
    let (_bob, bob) = client(&mut scene, "bob");
    let (_carol, carol) = client(&mut scene, "carol");
    let run = scene.run(|| {
        Server::in_scene(|server| {
            let bob = bob.take().given();
            let number = bob.as_raw_fd();
            let bob = server.add(bob)?;
            server.remove(bob)?;
            server.add(with_number(number, carol, "carol"))?;
            Ok(server.heard(bob))
        })
    })?;
    let reached = matches!(run.value(), Ok(Some(_)));
    run.demand(
        !reached,
        "bob's event reached carol: the kernel gave her the number that he had, and your token tells no more than that",
        1,
    )
}

fn the_third_in_one_place() -> Verdict {
    let mut scene = Scene::of("bob is let go, carol comes and goes, dave comes; and all that within bob's batch");
    let (_bob, bob) = client(&mut scene, "bob");
    let (_carol, carol) = client(&mut scene, "carol");
    let (_dave, dave) = client(&mut scene, "dave");
    let run = scene.run(|| {
        Server::in_scene(|server| {
            let bob = bob.take().given();
            let number = bob.as_raw_fd();
            let bob = server.add(bob)?;
            server.remove(bob)?;
            let carol = server.add(with_number(number, carol, "carol"))?;
            server.remove(carol)?;
            let dave = server.add(with_number(number, dave, "dave"))?;
            let told = server.batch()? == [dave];
            Ok(((told, server.heard(bob)), (server.heard(carol), server.heard(dave))))
        })
    })?;
    let reached = matches!(run.value(), Ok(((_, Some(_)), _) | (_, (Some(_), _))));
    run.demand(!reached, "the event of one who left reached dave: your generations come round again too soon", 2)?;
    let served = matches!(run.value(), Ok((_, (_, Some(heard)))) if heard == "dave");
    run.demand(served, "dave is there, and his token does not lead to him", 2)?;
    let told = matches!(run.value(), Ok(((true, _), _)));
    run.demand(told, "dave's event carries other data than his token: who has a generation has it in the set, too", 2)
}

fn an_end_that_comes_too_late() -> Verdict {
    let mut scene =
        Scene::of("bob is let go and carol is taken in; then comes bob's event, his end, and he is let go again");
    let (_bob, bob) = client(&mut scene, "bob");
    let (_carol, carol) = client(&mut scene, "carol");
    let run = scene.run(|| {
        Server::in_scene(|server| {
            let bob = bob.take().given();
            let number = bob.as_raw_fd();
            let bob = server.add(bob)?;
            server.remove(bob)?;
            let carol = server.add(with_number(number, carol, "carol"))?;
            let again = server.remove(bob);
            let heard = server.heard(carol);
            server.remove(carol)?;
            Ok((again.is_ok() && server.remove(carol).is_ok(), heard))
        })
    })?;
    let there = matches!(run.value(), Ok((_, Some(heard))) if heard == "carol");
    run.demand(there, "bob's second goodbye threw carol out: who is let go has to be looked up with care, too", 2)?;
    let quiet = matches!(run.value(), Ok((true, _)));
    run.demand(
        quiet,
        "a client was gone already, and to let it go again was an error of yours: nothing should happen",
        2,
    )
}

fn one_with_another_descriptor() -> Verdict {
    let mut scene =
        Scene::of("bob is let go with words of his unread; a child that you once started has his descriptor too");
    let (_bob, bob) = client(&mut scene, "bob");
    let run = scene.run(|| {
        Server::in_scene(|server| {
            let bob = bob.take().given();
            // Another number in this process does to the set what another process's would.
            // SAFETY: integers only; the new number is nobody else's.
            let kept = quietly(|| unsafe { OwnedFd::from_raw_fd(libc::dup(bob.as_raw_fd())) });
            let bob = server.add(bob)?;
            server.remove(bob)?;
            let told = server.batch()?;
            quietly(|| drop(kept));
            Ok(told.len())
        })
    })?;
    run.demand(
        matches!(run.value(), Ok(0)),
        "bob is closed, and the set still tells of him, at every wait: it knows the description, not your descriptor",
        3,
    )
}

fn the_257th_in_one_place() -> Verdict {
    let mut scene = Scene::of("bob is let go, 255 others come and go (not shown), dave comes; all within bob's batch");
    let (_bob, bob) = client(&mut scene, "bob");
    let (_other, other) = client(&mut scene, "another");
    let (_dave, dave) = client(&mut scene, "dave");
    let run = scene.run(|| {
        Server::in_scene(|server| {
            let bob = bob.take().given();
            let number = bob.as_raw_fd();
            let bob = server.add(bob)?;
            server.remove(bob)?;
            let other = other.take().given();
            quietly(|| {
                (0..255).try_for_each(|_| {
                    // SAFETY: integers only. Nobody else has the number: whoever had it was let go.
                    let next = unsafe { OwnedFd::from_raw_fd(libc::fcntl(other.as_raw_fd(), libc::F_DUPFD, number)) };
                    let next = server.add(next)?;
                    server.remove(next)
                })
            })?;
            quietly(|| drop(other));
            let dave = server.add(with_number(number, dave, "dave"))?;
            Ok((server.heard(bob), server.heard(dave)))
        })
    })?;
    let reached = matches!(run.value(), Ok((Some(_), _)));
    run.demand(
        !reached,
        "bob's event reached dave, 256 clients later: your generations come round again too soon; eight bits are few",
        2,
    )?;
    let served = matches!(run.value(), Ok((_, Some(heard))) if heard == "dave");
    run.demand(served, "256 clients had come and gone, and dave's token does not lead to him", 2)
}

fn one_that_is_refused() -> Verdict {
    let mut scene =
        Scene::of("a regular file is taken in, which epoll refuses with EPERM (epoll_ctl(2)); then comes bob");
    let (_bob, bob) = client(&mut scene, "bob");
    let run = scene.run(|| {
        Server::in_scene(|server| {
            let file = OwnedFd::from(quietly(|| File::open("/proc/self/exe"))?);
            call_it(&file, "the file");
            let refused = server.add(file).is_err_and(|error| error.raw_os_error() == Some(libc::EPERM));
            let bob = server.add(bob.take().given())?;
            Ok((refused, server.heard(bob)))
        })
    })?;
    let told = matches!(run.value(), Ok((true, _)));
    run.demand(told, "epoll_ctl refused a client, and you did not say so", 3)?;
    let closed = !run.left_open().iter().any(|name| name == "the file");
    run.demand(closed, "epoll_ctl refused a client, and you keep it open: nobody has a token to let it go with", 3)?;
    let served = matches!(run.value(), Ok((_, Some(heard))) if heard == "bob");
    run.demand(served, "a client was refused, and the token of the next one does not lead to it", 3)
}
