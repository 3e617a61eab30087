//! Where a command finds its shop: running behind the control socket, or in the data folder.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use serving::config::Settings;

use super::{Reporter, doctor, keys, perform};
use crate::{
    DataFolder, FolderError, Shop, ShopError,
    control::{self, Command, Report},
    roles,
    subgraphs::Subgraphs,
};

/// The settings and the data folder that a command is about.
pub(crate) struct Place {
    pub(crate) settings: Settings,
    pub(crate) data: PathBuf,
}

impl Place {
    /// Does `command` in the running shop, or opens the shop for it when none runs, and shows its reports.
    pub(crate) async fn order(self, command: Command) -> Result<(), String> {
        let bar = ProgressBar::new(0);
        bar.set_style(
            ProgressStyle::with_template("{msg} {pos}/{len} {bar:30} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let show = |report| match report {
            Report::Line(line) => bar.suspend(|| println!("{line}")),
            Report::Progress { what, done, total } => {
                bar.set_message(what);
                bar.set_length(total.unwrap_or(done));
                bar.set_position(done);
            }
            Report::Taken | Report::Done | Report::Failed(_) => {}
        };
        let done = if roles::on_servers(&self.settings) && !DataFolder::socket(&self.data).exists()
        {
            self.on_servers(command, &show).await
        } else {
            self.in_folder(command, &show).await
        };
        bar.finish_and_clear();
        done
    }

    /// The shop's parts run elsewhere, and share everything with this process.
    async fn on_servers(self, command: Command, show: Reporter<'_>) -> Result<(), String> {
        if let Command::Seed { .. } = &command {
            roles::refuse_demo(&self.settings)?;
        }
        if let Some(done) = keys::on_servers(&self.settings, &command, show) {
            return done;
        }
        let attached = Subgraphs::attach(self.settings.clone(), self.data.clone()).await;
        let parts = match attached {
            Ok(parts) => parts,
            Err(ShopError::Database { .. } | ShopError::Old { .. })
                if matches!(command, Command::Doctor) =>
            {
                return doctor::servers(self.settings, self.data, show).await;
            }
            Err(error) => return Err(error.to_string()),
        };
        let done = perform(&parts, command, show).await;
        parts.close().await;
        done
    }

    async fn in_folder(self, command: Command, show: Reporter<'_>) -> Result<(), String> {
        match DataFolder::take(&self.data) {
            Err(FolderError::InUse { folder, .. }) => {
                control::send(&DataFolder::socket(&folder), &command, show).await
            }
            Err(error) => Err(error.to_string()),
            Ok(folder) => {
                let shop = Shop::open(self.settings, folder)
                    .await
                    .map_err(|error| error.to_string())?;
                let done = perform(&shop.parts, command, show).await;
                let drained = shop.drain().await.map_err(|error| error.to_string());
                shop.close().await;
                done.and(drained)
            }
        }
    }
}
