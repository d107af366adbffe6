//! What the servers cost: `cargo xtask bench echo`.
//!
//! Three echo servers do the same work in turn: ours of chapter 06, one on mio, and one on tokio with its
//! current-thread runtime. Measured is the processor time of the server for each message, not how soon the answer
//! comes: time that a server takes from others is what a model costs. The server has one processor and the load
//! another, so that neither takes the other's; the three take turns, so that what else the host does falls on
//! all alike; and of several rounds the cheapest counts, as noise only ever adds.

mod host;
mod load;
mod mio_server;
mod server;
mod tokio_server;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use load::Load;
use server::Server;

const HELP: &str = "\
Measures what an echo server pays for a message of 128 bytes, in processor time:
chapter 06's against one on mio and one on tokio (current-thread).

Usage: cargo xtask bench echo

Exit code: 0, 1 where ours is not the cheapest, 3 where this host cannot tell.
";

/// The sizes of the crowd, and how many messages a round has with each.
const CROWDS: [(usize, u32); 3] = [(1, 2_000), (50, 15_000), (500, 15_000)];
/// How often each server is measured with each crowd.
const ROUNDS: usize = 25;
/// How much dearer than the better of the two ours may be.
const MOST: f64 = 1.0;

/// The exit codes of all our programs.
const NOT_RIGHT: u8 = 1;
const USAGE: u8 = 2;
const HOST_LACKS: u8 = 3;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["echo"] => echo(),
        ["--help" | "-h"] => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        // What this program starts of itself.
        ["serve", "mio"] => mio_server::serve().map(|()| ExitCode::SUCCESS),
        ["serve", "tokio"] => tokio_server::serve().map(|()| ExitCode::SUCCESS),
        _ => {
            eprintln!("bench: there is one thing to measure: echo.\n\n{HELP}");
            Ok(ExitCode::from(USAGE))
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("bench: {error}");
        ExitCode::from(HOST_LACKS)
    })
}

fn echo() -> io::Result<ExitCode> {
    let [for_server, for_load] = host::two_processors()?;
    let servers = [
        Server::of_chapter("chapter-06-epoll", for_server)?,
        Server::of_ours("mio", for_server)?,
        Server::of_ours("tokio", for_server)?,
    ];
    host::pin(for_load)?;
    println!("{}, {}", host::kernel()?, host::today());
    println!("Processor time of the server for a message of 128 bytes; the cheapest of {ROUNDS} rounds.\n");
    println!("  clients   chapter-06         mio       tokio   chapter-06 to the better of the two");
    let mut dearest: f64 = 0.0;
    for (clients, messages) in CROWDS {
        let [ours, mio, tokio] = measure(&servers, clients, messages)?;
        let ratio = ours.div_duration_f64(mio.min(tokio));
        dearest = dearest.max(ratio);
        println!(
            "  {clients:7} {ours:>12} {mio:>11} {tokio:>11}   {ratio:.2}",
            ours = told(ours),
            mio = told(mio),
            tokio = told(tokio)
        );
        io::stdout().flush()?;
    }
    if dearest <= MOST {
        println!("\nOurs is the cheapest with each crowd.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("\nOurs is dearer than {MOST:.1} of the better one with some crowd.");
        Ok(ExitCode::from(NOT_RIGHT))
    }
}

/// What each server pays for a message at best.
fn measure(servers: &[Server; 3], clients: usize, messages: u32) -> io::Result<[Duration; 3]> {
    let mut loads = Vec::new();
    for server in servers {
        loads.push(Load::connect(server.address, clients)?);
    }
    let mut best = [Duration::MAX; 3];
    for round in 0..ROUNDS + 1 {
        for ((server, load), best) in servers.iter().zip(&mut loads).zip(&mut best) {
            let before = server.processor_time()?;
            load.ping_pong(messages)?;
            let paid = (server.processor_time()? - before) / messages;
            // The first round is for caches and congestion windows.
            if round > 0 {
                *best = paid.min(*best);
            }
        }
    }
    Ok(best)
}

fn told(time: Duration) -> String {
    format!("{:.2} µs", time.as_nanos() as f64 / 1000.0)
}
