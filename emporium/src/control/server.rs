//! Listens for commands while the shop runs.

use std::{io, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::mpsc,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Command, Report};
use crate::Shop;

/// Listens on the socket at `path` until `stop`. The socket is for this user alone.
pub(crate) fn listen(
    shop: &Arc<Shop>,
    path: &Path,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> io::Result<()> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    let (shop, path, workers) = (Arc::clone(shop), path.to_owned(), tasks.clone());
    tasks.spawn(async move {
        loop {
            let stream = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(error = %error, "control socket failed");
                        break;
                    }
                },
            };
            let (shop, stop) = (Arc::clone(&shop), stop.clone());
            workers.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    answered = answer(&shop, stream) => if let Err(error) = answered {
                        tracing::debug!(error = %error, "a command went away");
                    }
                }
            });
        }
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::debug!(error = %error, "control socket was gone already");
        }
    });
    Ok(())
}

async fn answer(shop: &Shop, stream: UnixStream) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read).read_line(&mut line).await?;
    let (reports, mut incoming) = mpsc::unbounded_channel();
    let work = async move {
        let outcome = match serde_json::from_str::<Command>(&line) {
            Ok(command) => {
                let _ = reports.send(Report::Taken);
                let progress = reports.clone();
                let report = move |report| {
                    // Nobody listens any more: the work goes on all the same.
                    let _ = progress.send(report);
                };
                crate::commands::perform(&shop.parts, command, &report).await
            }
            Err(error) => Err(format!("not a command of this version: {error}")),
        };
        let _ = reports.send(outcome.map_or_else(Report::Failed, |()| Report::Done));
    };
    let tell = async move {
        while let Some(report) = incoming.recv().await {
            let mut line = serde_json::to_vec(&report).map_err(io::Error::other)?;
            line.push(b'\n');
            write.write_all(&line).await?;
        }
        io::Result::Ok(())
    };
    tokio::join!(work, tell).1
}
