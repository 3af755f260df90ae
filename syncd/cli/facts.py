"""`feeds`, `schema`, `check-config`: what syncd is made of."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.options import EXISTING, finished, loaded, output_option, writing_to
from syncd.errors import ConfigurationError, SyncdError

if TYPE_CHECKING:
    from syncd.feeds.contract import Feed


@click.command()
@click.option("--describe", is_flag=True, help="Everything that the feeds say of themselves, as Markdown.")
@click.option("--coverage", is_flag=True, help="What of each country's measures is seen, and what not, as Markdown.")
@click.option("--pace", "paces", is_flag=True, help="How often each is asked, and what that costs, as Markdown.")
@output_option
def feeds(describe: bool, coverage: bool, paces: bool, how: output.How) -> None:
    """List the feeds by country, with what each imposes: a table on a terminal, JSON lines otherwise."""
    from syncd.feeds import all_feeds, pace
    from syncd.feeds import describe as describing
    from syncd.feeds.coverage import by_country, coverage_table

    every = by_country(all_feeds().values())
    if coverage:
        click.echo(coverage_table(every))
        return
    if describe or paces:
        click.echo(describing.markdown(every) if describe else pace.pace_table(all_feeds().values()))
        return
    columns = ("country", "feed", "list", "imposes", "every", "evidence")
    output.print_list(
        how, "feeds", columns, every, _feed_row, facts=describing.feed_facts, dropped_first=("imposes", "every")
    )


def _feed_row(feed: "Feed") -> tuple[str, ...]:
    from syncd.feeds.coverage import country_name

    return (
        *(country_name(feed.id[:2]), feed.id, feed.title, ", ".join(feed.measures.possible)),
        *(f"{feed.interval_seconds} s", feed.evidence if feed.on_by_default else f"{feed.evidence}, off"),
    )


@click.command()
@click.argument("name", required=False)
@click.option("--write", type=click.Path(file_okay=False, path_type=Path), help="Write all schemas to this folder.")
@click.option("--check", type=click.Path(file_okay=False, path_type=Path), help="Compare the folder with the code.")
@click.option("--register", is_flag=True, help="Put the Avro schemas into the registry that kafka.registry names.")
@click.option("--config", "config_file", type=EXISTING, help="Settings (TOML). Default: ./syncd.toml, if any.")
def schema(name: str | None, write: Path | None, check: Path | None, register: bool, config_file: Path | None) -> None:
    """Print the schema NAME, list the schemas, write or check a folder of them, or register those in Avro."""
    from syncd import schemas

    if register:
        _register(config_file)
    elif write:
        with writing_to(write):
            schemas.write_files(write)
    elif check:
        _compare(check)
    else:
        _print(name)


def _compare(folder: Path) -> None:
    from syncd import schemas

    drifted = schemas.drifted_files(folder)
    if drifted:
        raise SyncdError(f"schemas that differ from the code: {', '.join(drifted)}; `make schemas` writes them")


def _print(name: str | None) -> None:
    from syncd import schemas

    generated = schemas.generate()
    if name is None:
        click.echo("\n".join(generated))
        return
    found = generated.get(name) or generated.get(f"{name}.json")
    if found is None:
        raise ConfigurationError(f"there is no schema {name}; there are: {', '.join(generated)}")
    click.echo(found.decode(), nl=False)


def _register(config_file: Path | None) -> None:
    from syncd.ledger.kafka import registry
    from syncd.ledger.kafka.avro import avro_schema
    from syncd.ledger.kafka.encoding import KINDS
    from syncd.ledger.kafka.topics import Topics

    settings = loaded(config_file).kafka
    if settings.registry.url is None:
        raise ConfigurationError("there is no registry in the configuration: set kafka.registry.url")
    names = Topics(prefix=settings.prefix, replication=settings.replication, upserts=settings.upserts).names()
    wanted = {names[topic]: avro_schema(kind) for topic, kind in KINDS.items()}
    for subject, identity in finished(registry.register(settings.registry, wanted)).items():
        output.json_line({"subject": subject, "id": identity})
    output.flush()


@click.command("check-config")
@click.option("--config", "config_file", type=EXISTING, help="Settings (TOML). Default: ./syncd.toml, if any.")
@click.option("--describe", is_flag=True, help="Every setting with its default, as Markdown.")
def check_config(config_file: Path | None, describe: bool) -> None:
    """Read and check the configuration as `run` would, and print what is in force, without secrets.

    Exit code 2 when something is wrong: a key, a proxy, a file of certificates, an archive, the pace of a feed.
    """
    if describe:
        from syncd.config.reference import settings_page

        click.echo(settings_page())
        return
    from syncd.config.masked import mask_secrets
    from syncd.daemon.daemon import checked

    config = loaded(config_file)
    feeds = finished(checked(config))
    output.json_line({"config": mask_secrets(config), "feeds": [feed.id for feed in feeds]})
    output.flush()


COMMANDS = (feeds, schema, check_config)
