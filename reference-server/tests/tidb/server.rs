//! One TiDB for all tests of this process, and what they need to ask it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use reference_server::config::{self, Config, Source};
use reference_server::database::{Chunk, Database, DatabaseError, ResultColumn, Row, RunLimits, RunSummary};
use tempfile::TempDir;
use testcontainers::core::wait::HttpWaitStrategy;
use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, mpsc};

/// A bound on everything that must end by itself.
pub(crate) const FOREVER: Duration = Duration::from_secs(120);

pub(crate) const LIMITS: RunLimits = RunLimits { max_rows: 10_000, max_bytes: 1 << 24, timeout: FOREVER };

/// A TiDB that was set up, and where it is.
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) port: u16,
    _folder: TempDir,
    container: Option<ContainerAsync<GenericImage>>,
    /// What the container was started on: it outlives the test that did it.
    runtime: Option<Runtime>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let (container, runtime) = (self.container.take(), self.runtime.take());
        // Not on a thread that runs asynchronous tasks: they must not block.
        let removing = std::thread::spawn(move || {
            if let (Some(container), Some(runtime)) = (container, runtime) {
                runtime.block_on(container.rm()).unwrap();
            }
        });
        removing.join().unwrap();
    }
}

impl Server {
    /// The one of all tests that run now: loading takes longer than any of them.
    pub(crate) async fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let server = Arc::new(Self::start().await);
        *shared = Arc::downgrade(&server);
        // Loads the data, so that nobody waits for it under a time limit.
        server.database().await.close().await;
        server
    }

    /// One of its own, without data.
    pub(crate) async fn start() -> Self {
        let started = tokio::task::spawn_blocking(|| {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let container = runtime.block_on(container());
            let port = runtime.block_on(container.get_host_port_ipv4(4_000.tcp())).unwrap();
            (runtime, container, port)
        });
        let (runtime, container, port) = started.await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = Config { database: database(port, folder.path().to_owned()), ..Config::default() };
        Self { config, port, _folder: folder, container: Some(container), runtime: Some(runtime) }
    }

    /// The databases as the server's account sees them.
    pub(crate) async fn database(&self) -> Database {
        Database::open(&self.config).await.unwrap()
    }

    /// A connection that may do anything.
    pub(crate) async fn root(&self) -> Conn {
        connect(&format!("mysql://root@127.0.0.1:{}/?prefer_socket=false", self.port)).await.unwrap()
    }

    /// A connection of the account that statements run as.
    pub(crate) async fn reader(&self, database: &str) -> Conn {
        let password = self.config.database.reader_password.as_ref().unwrap().expose();
        let url = format!(
            "mysql://tidegate_reader:{password}@127.0.0.1:{}/{database}?prefer_socket=false",
            self.port
        );
        connect(&url).await.unwrap()
    }

    /// The configuration with the server behind another port.
    pub(crate) fn behind(&self, port: u16) -> Config {
        let database = database(port, self.config.database.directory.clone());
        Config { database, ..self.config.clone() }
    }
}

async fn container() -> ContainerAsync<GenericImage> {
    let ready = HttpWaitStrategy::new("/status").with_port(10_080.tcp()).with_expected_status_code(200_u16);
    GenericImage::new("pingcap/tidb", "v8.5.4")
        .with_exposed_port(4_000.tcp())
        .with_exposed_port(10_080.tcp())
        .with_wait_for(WaitFor::http(ready))
        .with_cmd(["--store=unistore", "--path=", "--host=0.0.0.0", "-P", "4000", "--status=10080"])
        .with_host_config_modifier(|host| {
            for bindings in host.port_bindings.iter_mut().flat_map(|ports| ports.values_mut()).flatten() {
                for binding in bindings {
                    binding.host_ip = Some("127.0.0.1".to_owned());
                }
            }
        })
        .start()
        .await
        .unwrap()
}

fn database(port: u16, directory: std::path::PathBuf) -> config::Database {
    config::Database {
        source: format!("mysql://root@127.0.0.1:{port}/").parse::<Source>().unwrap(),
        reader_password: Some("only for tests".to_owned().into()),
        directory,
        pool_size: 2,
        ..config::Database::default()
    }
}

pub(crate) async fn connect(url: &str) -> mysql_async::Result<Conn> {
    Conn::new(Opts::from_url(url).unwrap()).await
}

pub(crate) type Answer = Result<(Vec<ResultColumn>, Vec<Row>, RunSummary), DatabaseError>;

/// Runs a statement to its end.
pub(crate) async fn ask(database: &Database, name: &str, sql: &str, limits: RunLimits) -> Answer {
    let (chunks, mut received) = mpsc::channel(2);
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    let collecting = async {
        while let Some(chunk) = received.recv().await {
            match chunk {
                Chunk::Columns(these) => columns = these,
                Chunk::Rows(these) => rows.extend(these),
            }
        }
    };
    let (summary, ()) = tokio::join!(database.run(name, sql, limits, chunks), collecting);
    summary.map(|summary| (columns, rows, summary))
}

/// Statements that the server is running now.
pub(crate) async fn running(root: &mut Conn, part: &str) -> Vec<u64> {
    let sql = "SELECT ID FROM information_schema.processlist WHERE COMMAND <> 'Sleep' AND ID <> CONNECTION_ID() \
               AND INFO LIKE ?";
    root.exec(sql, (format!("%{part}%"),)).await.unwrap()
}

/// Waits until `condition` holds of the running statements.
pub(crate) async fn until_running(root: &mut Conn, part: &str, some: bool) {
    let waiting = async {
        while running(root, part).await.is_empty() == some {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(FOREVER, waiting).await.unwrap_or_else(|_| panic!("{part}: running is not {some}"));
}
