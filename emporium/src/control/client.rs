//! Sends a command to a shop that runs.

use std::{io, path::Path};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};

use super::{Command, Report};

/// Sends `command` to the shop behind the socket at `path` and hands its reports on. The error is for people.
pub(crate) async fn send(
    path: &Path,
    command: &Command,
    report: &(dyn Fn(Report) + Sync),
) -> Result<(), String> {
    let broken = |error: io::Error| {
        format!(
            "the running shop does not answer on {}: {error}",
            path.display()
        )
    };
    let mut stream = UnixStream::connect(path).await.map_err(broken)?;
    let mut line = serde_json::to_vec(command).map_err(|error| error.to_string())?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(broken)?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next_line().await.map_err(broken)? {
        match serde_json::from_str(&line).map_err(|error| error.to_string())? {
            Report::Done => return Ok(()),
            Report::Failed(reason) => return Err(reason),
            other => report(other),
        }
    }
    Err("the running shop ended before the command did".to_owned())
}
