//! Processes that end with this one, however it ends: a shop that tests share is dropped by nobody.

use std::{
    process::{Child, Command},
    sync::{OnceLock, mpsc},
    thread,
};

type Wish = (Command, mpsc::Sender<std::io::Result<Child>>);

/// A command that the system kills when whoever started it is gone.
pub(crate) fn command(program: &std::path::Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// Starts it from a thread that lives as long as this process: for the system, that thread is who started it.
pub(crate) fn spawn(command: Command) -> Child {
    static KEEPER: OnceLock<mpsc::Sender<Wish>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let (sender, wishes) = mpsc::channel::<Wish>();
        thread::spawn(move || {
            for (mut command, answer) in wishes {
                // A test that has ended meanwhile wants no answer.
                let _ = answer.send(command.spawn());
            }
        });
        sender
    });
    let (answer, spawned) = mpsc::channel();
    keeper.send((command, answer)).expect("the keeper works");
    spawned
        .recv()
        .expect("the keeper answers")
        .expect("the process starts; setpriv is part of util-linux")
}
