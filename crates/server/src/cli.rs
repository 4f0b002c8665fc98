//! The command line.

use crate::config::{Config, lay_over};
use crate::{Server, inspect, kurento, model, output, plan, run};
use clap::{CommandFactory, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Media server and media graph engine.
#[derive(Parser)]
#[command(name = "trellis", version, arg_required_else_help = true)]
struct Arguments {
    /// What is logged, for example 'info,trellis_webrtc=debug'.
    #[arg(long, global = true, env = "TRELLIS_LOG", default_value = "info")]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves applications: JSON-RPC on /kurento (WebSocket, or POST), the page on /, /healthz and /metrics, all on one HTTP port.
    Serve {
        /// Configuration in TOML; docs/configuration.md lists the keys.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Kurento's own configuration: a folder such as /etc/kurento, or the kurento.conf.json in it. What has no meaning
        /// here is warned of; keys of --config go before it. The variables of Kurento's container image (KMS_MIN_PORT,
        /// KMS_EXTERNAL_IPV4 ...) are heeded too.
        #[arg(long, value_name = "PATH")]
        kurento_config: Option<PathBuf>,
        /// Address and port, before what the configuration says; port 0 takes a free one.
        #[arg(long, value_name = "ADDR:PORT")]
        listen: Option<SocketAddr>,
        /// Listens beyond this machine though no tokens are configured.
        #[arg(long)]
        allow_unauthenticated: bool,
        /// The clip that takes the camera's place on the demo page.
        #[arg(long, value_name = "CLIP")]
        demo_file: Option<PathBuf>,
    },
    /// Runs one pipeline without a server, as fast as it can be done; ends when the last file is whole.
    #[command(
        after_help = "Example:\n  trellis run 'player uri=clip.mp4 ! faceoverlay image=hat.png ! recorder uri=out.webm'"
    )]
    Run {
        /// The pipeline: elements separated by '!', each with property=value words ('trellis inspect' lists them).
        pipeline: String,
        /// Shows no progress bar.
        #[arg(long)]
        quiet: bool,
    },
    /// Lists elements, or one with its pads, caps and properties.
    Inspect {
        /// The element.
        element: Option<String>,
    },
    /// Prints the cheapest conversion from one format to others, or the cheapest way to run a whole pipeline, with its
    /// costs and the reasons.
    #[command(after_help = PLAN_EXAMPLES)]
    Plan {
        /// The format that there is.
        #[arg(long, value_name = "FORMAT", required_unless_present = "pipeline", requires = "to")]
        from: Option<String>,
        /// The formats that are wanted: one sink for each --to; alternatives separated by '|'.
        #[arg(long, value_name = "CAPS", requires = "from")]
        to: Vec<String>,
        /// A file in TOML that describes a pipeline; '-' reads the standard input.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to"])]
        pipeline: Option<PathBuf>,
        /// Prints the plan as a DOT graph.
        #[arg(long)]
        dot: bool,
    },
    /// Prints what is declared of the remote classes of a module.
    #[command(after_help = "Example:\n  trellis model kmd elements > elements.kmd.json")]
    Model {
        /// A reference page, Kurento's descriptor, types for TypeScript, or classes for Rust.
        form: model::Form,
        /// The module: core, elements, filters, chroma ...; with 'rust' a part of one too: core/element.
        module: String,
    },
    /// About the configuration.
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Prints completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

const PLAN_EXAMPLES: &str = concat!(
    "Example:\n  trellis plan --from 'video/h264 1280x720' --to video/vp8 --to video/raw\n\n",
    "Example of a pipeline (trellis plan --pipeline FILE). A source gives one of its formats, or with at_once = true\n",
    "all of them; an endpoint gives what it answers with; 'takes' has alternatives separated by '|'; 'element' is one\n",
    "that 'trellis inspect' lists.\n\n",
    include_str!("plan/example.toml")
);

#[derive(Subcommand)]
enum ConfigCommand {
    /// Prints the reference page of all keys.
    Reference,
    /// Reads Kurento's configuration and prints what it is here, to be kept as a file of ours; warns of the rest.
    Import {
        /// A folder such as /etc/kurento, or the kurento.conf.json in it.
        path: PathBuf,
    },
    /// Reads a file and prints the whole configuration that it means.
    Check {
        /// The file.
        file: PathBuf,
    },
}

impl Server {
    /// Reads the command line and does what it says, as the `trellis` binary does: its configuration goes before the
    /// server's own. The exit code is that of the process.
    pub fn command_line(self) -> ExitCode {
        match obey(self) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("trellis: {error:#}");
                ExitCode::FAILURE
            }
        }
    }
}

fn obey(server: Server) -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter =
        EnvFilter::try_new(&arguments.log).map_err(|error| anyhow::anyhow!("--log {}: {error}", arguments.log))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match arguments.command {
        Command::Serve { config, kurento_config, listen, allow_unauthenticated, demo_file } => {
            let mut under = toml::Table::try_from(&server.config)?;
            lay_over(&mut under, imported(kurento_config.as_deref())?);
            let mut settings = Config::read_over(config.as_deref(), under)?;
            settings.http.listen = listen.unwrap_or(settings.http.listen);
            settings.http.allow_unauthenticated |= allow_unauthenticated;
            Server { config: settings, demo_file, ..server }.serve()
        }
        Command::Run { pipeline, quiet } => run::run(&pipeline, quiet),
        Command::Inspect { element: None } => inspect::list(),
        Command::Inspect { element: Some(name) } => inspect::show(&name),
        Command::Plan { pipeline: Some(pipeline), dot, .. } => plan::print_pipeline(&pipeline, dot),
        Command::Plan { from, to, dot, .. } => plan::print(&from.unwrap_or_default(), &to, dot),
        Command::Model { form, module } => model::print(form, &module),
        Command::Config { what: ConfigCommand::Reference } => output::print(&Config::reference()),
        Command::Config { what: ConfigCommand::Import { path } } => {
            output::print(&toml::to_string(&imported(Some(&path))?)?)
        }
        Command::Config { what: ConfigCommand::Check { file } } => {
            output::print(&toml::to_string(&Config::read(&file)?)?)
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "trellis", &mut std::io::stdout());
            Ok(())
        }
    }
}

/// What Kurento's files and the variables of its image say, as keys of ours. What has no meaning here is warned of.
fn imported(files: Option<&Path>) -> anyhow::Result<toml::Table> {
    let files = files.map(kurento::files).transpose()?.unwrap_or_default();
    let environment = kurento::environment(
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    let mut table = files.table;
    lay_over(&mut table, environment.table);
    for warning in files.warnings.iter().chain(&environment.warnings) {
        tracing::warn!("{warning}");
    }
    Ok(table)
}

/// The help of a command, as it is printed.
#[cfg(test)]
pub fn help_of(command: &str) -> String {
    let mut arguments = Arguments::command();
    arguments.find_subcommand_mut(command).map(|command| command.render_long_help().to_string()).unwrap_or_default()
}
