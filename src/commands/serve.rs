//! `tidegate serve`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use reference_server::config::{Config, ConfigError, Layers, Listen};
use reference_server::serve::{Listeners, Role, ServeError, Server, Shutdown, serve_stdio};
use reference_server::state::StateError;
use tokio_util::sync::CancellationToken;

use crate::arguments::{Global, Role as RoleArgument, ServeArguments};
use crate::console::{self, Console};
use crate::exit::{Exit, Failure};
use crate::interrupt::{Interrupts, Reloads};
use crate::log::ServerLog;
use crate::setup;

/// Serves until an interrupt, then drains; a second interrupt ends at once.
pub(crate) fn run(global: &Global, arguments: &ServeArguments, console: &Console) -> anyhow::Result<Exit> {
    let role = role(arguments.role);
    let config = configure(global, arguments)?;
    if arguments.print_config {
        console::print(&config.to_toml()?)?;
        return Ok(Exit::Pass);
    }
    if !arguments.check_env.is_empty() {
        return super::addresses::run(global, &arguments.check_env, &config);
    }
    let log = ServerLog::start(global, console.color_stderr(), &config, role.as_str())?;
    if arguments.stdio {
        let served = serve_pipes(config, role);
        log.end();
        return served;
    }
    let served = setup::block_on(async {
        let (mut interrupts, mut hangups) = (Interrupts::listen()?, Reloads::listen()?);
        let listeners = bind(config.clone(), arguments, role, console).await?;
        let (config, own_state) = state_file(config);
        let mut server = Server::prepare(listeners, config).await.map_err(classified)?;
        if let Some(file) = own_state {
            keep_state(&mut server, file, console).await?;
        }
        announce(&server)?;
        let _trimming = tokio::spawn(setup::give_memory_back());
        let (shutdown, reloads) = (Shutdown::new(), server.reloads());
        let serving = server.serve(shutdown.clone());
        tokio::pin!(serving);
        loop {
            tokio::select! {
                summary = &mut serving => {
                    let summary = summary.map_err(classified)?;
                    tracing::info!(?summary, "stopped");
                    return Ok(Exit::Pass);
                }
                () = hangups.next() => {
                    reloads.run();
                    if let Err(error) = reload_log(global, arguments, &log) {
                        tracing::error!(%error, "the configuration can't be read again; the old one stays");
                    }
                }
                () = interrupts.next() => {
                    if shutdown.is_draining() {
                        shutdown.stop();
                        return Ok(Exit::Pass);
                    }
                    console.line("draining; interrupt again to end at once");
                    shutdown.drain();
                }
            }
        }
    });
    log.end();
    served
}

/// Takes over the log's filter from a configuration that has changed since.
fn reload_log(global: &Global, arguments: &ServeArguments, log: &ServerLog) -> anyhow::Result<()> {
    log.reload(global, &configure(global, arguments)?.log)
}

/// One MCP client over standard input and output, which carry nothing else; it ends when the client leaves, or
/// at an interrupt.
fn serve_pipes(config: Config, role: Role) -> anyhow::Result<Exit> {
    if role != Role::Mcp {
        let text = format!("--stdio serves the MCP server only: add --role mcp (the role is {role})");
        return Err(Failure::Usage(text).into());
    }
    setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let shutdown = CancellationToken::new();
        let serving = serve_stdio(config, shutdown.clone());
        tokio::pin!(serving);
        loop {
            tokio::select! {
                served = &mut serving => return served.map(|()| Exit::Pass).map_err(classified),
                () = interrupts.next() => shutdown.cancel(),
            }
        }
    })
}

/// Profile, file, environment, flags; the databases lie beside the runs unless one of them says otherwise.
fn configure(global: &Global, arguments: &ServeArguments) -> anyhow::Result<Config> {
    let text = arguments.config.as_deref().map(|path| Ok((Config::read_file(path)?, path))).transpose();
    let text = text.map_err(|error: ConfigError| setup::usage(error))?;
    let layers = Layers {
        profile: arguments.profile.map(Into::into),
        file: text.as_ref().map(|(text, path)| (text.as_str(), *path)),
        environment: setup::environment(),
        flags: arguments.settings(),
    };
    let mut config = layers.read().map_err(setup::usage)?;
    if config.database.directory == Config::default().database.directory {
        config.database.directory = global.out.join("data");
    }
    Ok(config)
}

/// The configuration, and the state file that a server takes where none is configured.
fn state_file(config: Config) -> (Config, Option<PathBuf>) {
    let own = config.state.file.is_none().then(|| config.database.directory.join("state.sqlite"));
    (config, own)
}

/// Keeps sessions over a restart. Where another server has the file that nobody chose, it goes on without.
async fn keep_state(server: &mut Server, file: PathBuf, console: &Console) -> anyhow::Result<()> {
    match server.keep_state(file).await {
        Err(ServeError::State(StateError::InUse { path })) => {
            console.line(&format!(
                "{} is in use by another server: sessions of this one end with it; state.file gives it a file of its own",
                path.display()
            ));
            Ok(())
        }
        kept => kept.map_err(classified),
    }
}

/// Binds every listener. The inner tiers of an all-in-one server are nobody's address: where their default port
/// is taken, or the front one was left to the system, they take a free one. Addresses that were asked for are
/// strict.
async fn bind(
    mut config: Config,
    arguments: &ServeArguments,
    role: Role,
    console: &Console,
) -> anyhow::Result<Listeners> {
    let defaults = Listen::default();
    let any = |address: &mut SocketAddr| address.set_port(0);
    if role == Role::All && config.listen.backend.port() == 0 {
        let listen = &mut config.listen;
        for (address, default) in [(&mut listen.agents, defaults.agents), (&mut listen.mcp, defaults.mcp)] {
            if *address == default {
                any(address);
            }
        }
    }
    loop {
        let error = match Listeners::bind(&config, role).await {
            Ok(listeners) => return Ok(listeners),
            Err(error) => error,
        };
        let ServeError::PortTaken { address, .. } = &error else { return Err(classified(error)) };
        let listen = &mut config.listen;
        let inner = [(&mut listen.agents, defaults.agents), (&mut listen.mcp, defaults.mcp)]
            .into_iter()
            .find(|(configured, default)| *configured == default && default == address);
        match inner {
            Some((configured, _)) if role == Role::All && !names_listeners(arguments.config.as_deref()) => {
                console.line(&format!("{configured} is taken: an inner tier takes a free port"));
                any(configured);
            }
            _ => return Err(classified(error)),
        }
    }
}

/// True when the configuration file or the environment names listeners.
fn names_listeners(path: Option<&Path>) -> bool {
    if setup::environment().iter().any(|(name, _)| name.starts_with("TIDEGATE_LISTEN_")) {
        return true;
    }
    let text = path.and_then(|path| std::fs::read_to_string(path).ok());
    text.and_then(|text| text.parse::<toml::Table>().ok()).is_some_and(|table| table.contains_key("listen"))
}

/// The one line that says the server is ready, and where.
fn announce(server: &Server) -> anyhow::Result<()> {
    let mut line = serde_json::json!({"event": "listening", "pid": std::process::id()});
    if let (Some(line), serde_json::Value::Object(addresses)) =
        (line.as_object_mut(), serde_json::to_value(server.addresses())?)
    {
        line.extend(addresses);
        if let Some(database) = server.database() {
            let name = match database.kind() {
                "embedded" => "SQLite",
                "tidb" => "TiDB",
                _ => "MySQL",
            };
            line.insert("database".to_owned(), format!("{name} {}", database.version()).into());
        }
    }
    console::print(&format!("{line}\n")).context("can't say that the server is ready")
}

/// Mistakes of configuration are the user's, the rest is trouble of this machine.
fn classified(error: ServeError) -> anyhow::Error {
    match error {
        ServeError::Config(ConfigError::Print(_)) => error.into(),
        ServeError::Config(_)
        | ServeError::Keys(_)
        | ServeError::State(_)
        | ServeError::Mcp(_)
        | ServeError::Agent(_)
        | ServeError::PortTaken { .. } => setup::usage(error),
        other => Failure::Target(format!("{:#}", anyhow::Error::new(other))).into(),
    }
}

fn role(argument: RoleArgument) -> Role {
    match argument {
        RoleArgument::All => Role::All,
        RoleArgument::Backend => Role::Backend,
        RoleArgument::Agents => Role::Agents,
        RoleArgument::Nlp => Role::Nlp,
        RoleArgument::Data => Role::Data,
        RoleArgument::Viz => Role::Viz,
        RoleArgument::Research => Role::Research,
        RoleArgument::Analyst => Role::Analyst,
        RoleArgument::Reporting => Role::Reporting,
        RoleArgument::Mcp => Role::Mcp,
    }
}
