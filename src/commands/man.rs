//! `tidegate man`.

use clap::CommandFactory as _;

use crate::arguments::Arguments;
use crate::console;
use crate::exit::Exit;

/// Prints the manual: the page of the command itself, then one of each subcommand.
pub(crate) fn run() -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    let command = Arguments::command();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands() {
        let name = format!("tidegate-{}", subcommand.get_name());
        clap_mangen::Man::new(subcommand.clone().name(name)).render(&mut page)?;
    }
    console::print(&String::from_utf8(page)?)?;
    Ok(Exit::Pass)
}
