//! The way to a server, which a test can cut: as if the server were killed, and back.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A port that leads to a server.
pub(crate) struct Proxy {
    to: String,
    address: SocketAddr,
    open: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Opens a way to the server at a URL.
    pub(crate) async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut proxy = Self {
            to: url.trim_start_matches("http://").to_owned(),
            address: listener.local_addr().unwrap(),
            open: None,
        };
        proxy.lead(listener);
        proxy
    }

    /// The URL that goes this way.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn lead(&mut self, listener: TcpListener) {
        let to = self.to.clone();
        self.open = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let to = to.clone();
                connections.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(to).await {
                        copy_bidirectional(&mut client, &mut server).await.ok();
                    }
                });
            }
        }));
    }

    /// Ends all connections and refuses new ones.
    pub(crate) async fn cut(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            open.await.ok();
        }
    }

    /// Leads there again, by the same address.
    pub(crate) async fn mend(&mut self) {
        self.lead(TcpListener::bind(self.address).await.unwrap());
    }
}
