//! PostgreSQL's disk is full: what cannot be written is refused with a typed error, what was answered is there afterwards, and
//! once there is room again the shop buys again.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use system_tests::{Crowd, Journal, RolesShop, Servers, plenty};

const SIZE: &str = "size=400m,mode=755";
/// How long there is no room.
const LASTS: Duration = Duration::from_secs(10);
/// How often somebody begins a purchase.
const PACE: Duration = Duration::from_millis(300);

/// A small file system in memory, for as long as this lives.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where this process may not mount one.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(at)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            Ok(output) => {
                let why = String::from_utf8_lossy(&output.stderr).into_owned();
                eprintln!("not possible here: a small file system cannot be mounted: {why}");
                None
            }
            Err(error) => {
                eprintln!("not possible here: there is no mount: {error}");
                None
            }
        }
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Leaves no room.
    fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        for size in [1 << 20, 4096] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: who still holds a file on it lets go later.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_mends_with_room() {
    let _alone = system_tests::alone().await;
    let folder = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .unwrap();
    if testkit::server("EMPORIUM_TEST_SERVERS").is_none() {
        return;
    }
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else {
        return;
    };
    let database = Servers::start_in(&disk.0.join("servers"), &["postgres"]).await;
    let shop = RolesShop::start(database.settings()).await;
    let journal = Arc::new(Journal::create(&folder.path().join("journal.jsonl")));
    let doors = shop.doors();
    let variant = plenty(&doors[0], "coffee").await;
    let crowd = Crowd::gather(&doors, &journal, &[variant], 8, PACE);
    crowd.warms_up().await;

    disk.fill();
    let before = crowd.bought();
    // The disk is full for this long while people go on trying.
    tokio::time::sleep(LASTS).await;
    println!(
        "{} purchases in {LASTS:?} on a full disk; told to be patient: {:?}",
        crowd.bought() - before,
        crowd.codes()
    );
    assert!(!crowd.codes().is_empty(), "nobody met the full disk");
    disk.make_room();
    // It may have ended itself for want of room, as it says it does; whoever runs it starts it again.
    database.bring_back("postgres").await;
    let recovery = crowd.buys_again("after there was room again").await;
    println!("bought {recovery:?} after there was room");
    let codes = crowd.codes();
    assert!(
        !codes.contains_key("INTERNAL"),
        "a full disk is no fault of ours: {codes:?}"
    );
    crowd.go_home().await;
    let (holds, said) = shop.command(&journal.check());
    assert!(holds, "{said}");
}
