//! Sends a command to a shop that runs.

use std::{io, path::Path, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    time::timeout,
};

use super::{Command, Report};

/// A shop says at once that it has a command; how long the command takes is another matter.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends `command` to the shop behind the socket at `path` and hands its reports on. The error is for people.
pub(crate) async fn send(
    path: &Path,
    command: &Command,
    report: &(dyn Fn(Report) + Sync),
) -> Result<(), String> {
    let broken = |error: io::Error| {
        format!(
            "the running shop does not answer on {}: {error}; when it is not just starting or ending, restart it",
            path.display()
        )
    };
    let mute = |_| broken(io::ErrorKind::TimedOut.into());
    let mut line = serde_json::to_vec(command).map_err(|error| error.to_string())?;
    line.push(b'\n');
    let sent = async {
        let mut stream = UnixStream::connect(path).await?;
        stream.write_all(&line).await?;
        Ok(stream)
    };
    let stream = timeout(PATIENCE, sent)
        .await
        .map_err(mute)?
        .map_err(broken)?;
    let mut lines = BufReader::new(stream).lines();
    let mut next = timeout(PATIENCE, lines.next_line()).await.map_err(mute)?;
    while let Some(line) = next.map_err(broken)? {
        match serde_json::from_str(&line).map_err(|error| error.to_string())? {
            Report::Done => return Ok(()),
            Report::Failed(reason) => return Err(reason),
            other => report(other),
        }
        next = lines.next_line().await;
    }
    Err("the running shop ended before the command did".to_owned())
}
