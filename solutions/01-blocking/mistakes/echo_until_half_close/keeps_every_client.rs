//! Puts its clients into a list and forgets to take them out again. Each served client still waits for the end,
//! and a descriptor is lost with each: CLOSE_WAIT, as netstat shows it in leaking servers.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::BorrowedFd;

pub fn serve(listener: BorrowedFd<'_>, clients: usize) -> io::Result<Vec<u64>> {
    let listener = TcpListener::from(listener.try_clone_to_owned()?);
    let mut served: Vec<TcpStream> = Vec::new();
    let mut echoed = Vec::new();
    for client in listener.incoming().take(clients) {
        let client = client?;
        let mut back = &client;
        let count = io::copy(&mut &client, &mut back).unwrap_or(0);
        let _ = back.flush();
        echoed.push(count);
        served.push(client);
    }
    Ok(echoed)
}
