//! An echo server on tokio's current-thread runtime: a task for each client.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;

/// Each task has its own; so much is enough for a message, and more would only be colder.
const BUFFER_BYTES: usize = 4096;

/// Serves until it is killed.
pub fn serve() -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on {}", listener.local_addr()?);
        loop {
            let (client, _) = listener.accept().await?;
            // An error of one client ends that client.
            tokio::spawn(async move { drop(echo(client).await) });
        }
    })
}

async fn echo(mut client: TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let got = client.read(&mut buffer).await?;
        if got == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..got]).await?;
    }
}
