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
    sync::mpsc,
    task::JoinHandle,
    time::Instant,
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
        () = delay(questions, to_server, &shared) => {}
        () = pass(answers, to_client) => {}
    }
    shared.open.fetch_sub(1, Ordering::Relaxed);
}

/// Each piece waits by itself: that the client has hung up is seen at once.
async fn delay(mut questions: OwnedReadHalf, mut to_server: OwnedWriteHalf, shared: &Shared) {
    let (later, mut waiting) = mpsc::unbounded_channel();
    let listen = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = questions.read(&mut buffer).await {
            let delay = Duration::from_millis(shared.delay_ms.load(Ordering::Relaxed));
            if later
                .send((Instant::now() + delay, buffer[..read].to_vec()))
                .is_err()
            {
                return;
            }
        }
    };
    let speak = async {
        while let Some((at, question)) = waiting.recv().await {
            // The slowness is what is tried here.
            tokio::time::sleep_until(at).await;
            if to_server.write_all(&question).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = listen => {}
        () = speak => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    // It ends when either side has gone away.
    let _ = tokio::io::copy(&mut from, &mut to).await;
}
