//! A door in front of a server that can be made slow.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// Hands connections on to a server; whatever a client sends waits first, for as long as it was told. So each question
/// of a client takes that much longer.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    delay_ms: AtomicU64,
    open: AtomicUsize,
    most: AtomicUsize,
}

impl Proxy {
    /// In front of a server, such as `127.0.0.1:5432`.
    pub async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared::default());
        let (server, given) = (server.to_owned(), Arc::clone(&shared));
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, shared) = (server.clone(), Arc::clone(&given));
                tokio::spawn(async move { hand_on(client, &server, shared).await });
            }
        });
        Self {
            address,
            shared,
            accepting,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on each question takes so much longer.
    pub fn delay(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).expect("a short delay");
        self.shared.delay_ms.store(delay, Ordering::Relaxed);
    }

    /// The most connections that were open at once.
    pub fn most_connections(&self) -> usize {
        self.shared.most.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn hand_on(client: TcpStream, server: &str, shared: Arc<Shared>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let open = shared.open.fetch_add(1, Ordering::Relaxed) + 1;
    shared.most.fetch_max(open, Ordering::Relaxed);
    // A reset connection is as good as a closed one here.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (questions, to_client) = client.into_split();
    let (answers, to_server) = server.into_split();
    tokio::select! {
        () = pass(questions, to_server, Some(&shared)) => {}
        () = pass(answers, to_client, None) => {}
    }
    shared.open.fetch_sub(1, Ordering::Relaxed);
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, slow: Option<&Shared>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let delay = slow.map_or(0, |shared| shared.delay_ms.load(Ordering::Relaxed));
        if delay > 0 {
            // The slowness is what is tried here.
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
