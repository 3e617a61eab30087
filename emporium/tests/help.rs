//! What the command line says of itself. The whole-shop tests use the binary too: cargo builds it for them because of this file.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path, process::Command};

/// Runs the binary; gives whether it succeeded and what it said.
fn run(data: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_emporium"))
        .arg("--data")
        .arg(data)
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn help_reads_well() {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 20] = [
        &[],
        &["up"],
        &["serve"],
        &["migrate"],
        &["seed"],
        &["reindex"],
        &["events"],
        &["events", "list"],
        &["events", "replay"],
        &["events", "republish"],
        &["keys"],
        &["keys", "list"],
        &["keys", "rotate"],
        &["schema"],
        &["schema", "compose"],
        &["schema", "check"],
        &["schema", "release"],
        &["doctor"],
        &["bench"],
        &["help"],
    ];
    let mut all = String::new();
    for command in commands {
        let arguments = [command, &["--help"]].concat();
        let arguments = if command == ["help"] {
            vec!["help"]
        } else {
            arguments
        };
        let (done, said) = run(folder.path(), &arguments);
        assert!(done, "{arguments:?}: {said}");
        all += &["$ emporium ", &arguments.join(" "), "\n", &said, "\n"].concat();
    }
    insta::assert_snapshot!("help", all);
    let (done, said) = run(folder.path(), &["seed", "--products", "many"]);
    assert!(!done && said.contains("invalid value 'many'"), "{said}");
    assert!(!run(folder.path(), &["dance"]).0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
