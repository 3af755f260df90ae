"""Settings come from a file, the environment and a folder of secrets; what is wrong is said in the operator's terms."""

from pathlib import Path

import pytest

from syncd.config import Config
from syncd.errors import ConfigurationError

SECRET = "5ecre7"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str, name: str = "syncd.toml") -> Path:
    file = Path(name)
    file.write_text(text, encoding="utf-8")
    return file


def problems(text: str = "", environ: dict[str, str] | None = None) -> list[str]:
    """What is wrong with a file and an environment, one line each; never with a value in it."""
    with pytest.raises(ConfigurationError) as caught:
        Config.load(written(text), environ or {})
    assert SECRET not in str(caught.value)
    return str(caught.value).splitlines()


def test_without_any_configuration_everything_is_in_the_current_directory() -> None:
    config = Config.load(None, {})
    assert config.ledger == Path("syncd.db")
    assert config.archive_url == "syncd.db-archive"
    assert config.archive_spool == Path("syncd.db-spool")
    assert config.installation == "local"
    assert (config.http.host, config.http.port) == ("127.0.0.1", 9464)
    assert config.feeds.enabled(["un_sc", "uk_sl"]) == ["un_sc", "uk_sl"]


def test_making_a_config_looks_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    written('installation = "file"')
    monkeypatch.setenv("SYNCD_INSTALLATION", "environment")
    assert Config().installation == "local"


def test_the_file_in_the_current_directory_is_read_unasked() -> None:
    written('installation = "bank-1"')
    assert Config.load(None, {}).installation == "bank-1"


def test_the_environment_names_the_file_and_the_command_line_overrules_it() -> None:
    written('installation = "a"', "a.toml")
    written('installation = "b"', "b.toml")
    assert Config.load(None, {"SYNCD_CONFIG": "a.toml"}).installation == "a"
    assert Config.load(Path("b.toml"), {"SYNCD_CONFIG": "a.toml"}).installation == "b"


def test_the_environment_goes_over_secrets_and_secrets_over_the_file() -> None:
    written('installation = "file"\n[fetch]\nproxy = "http://file"\nconnect_timeout_seconds = 3\n[log]\nlevel="error"')
    folder = Path("secrets")
    folder.mkdir()
    (folder / "fetch__proxy").write_text("http://secret\n", encoding="utf-8")
    (folder / "installation").write_text("secret", encoding="utf-8")
    environ = {"SYNCD_SECRETS_DIR": "secrets", "SYNCD_INSTALLATION": "environment"}
    config = Config.load(None, environ)
    assert config.installation == "environment"
    assert config.fetch.proxy is not None and config.fetch.proxy.get_secret_value() == "http://secret"
    assert config.fetch.connect_timeout_seconds == 3
    assert config.log.level == "error"


def test_foreign_files_in_the_secrets_folder_are_left_alone() -> None:
    """The file may name the secrets folder and what is not ours in it is left alone."""
    folder = Path("secrets")
    (folder / "..data").mkdir(parents=True)
    for name, content in (("SYNCD_ARCHIVE__SECRET_ACCESS_KEY", SECRET), ("others_token", "x"), (".hidden", "x")):
        (folder / name).write_text(content, encoding="utf-8")
    config = Config.load(written('secrets_dir = "secrets"'), {})
    assert config.archive.secret_access_key is not None
    assert config.archive.secret_access_key.get_secret_value() == SECRET


def test_a_secret_is_never_printed() -> None:
    config = Config.load(None, {"SYNCD_FETCH__PROXY": f"http://user:{SECRET}@proxy.example"})
    assert SECRET not in repr(config) + str(config) + config.model_dump_json()


def test_the_environment_writes_nested_keys_lists_and_short_forms() -> None:
    written('archive = "s3://bucket/prefix"\n[feeds.un_sc.sources]\nxml = "https://mirror.example/list"')
    environ = {
        "SYNCD_ARCHIVE__REGION": "eu-west-1",
        "SYNCD_FEEDS__ENABLE": "un_sc, uk_sl",
        "SYNCD_FEEDS__UN_SC__INTERVAL_SECONDS": "30",
        "SYNCD_FEEDS__UN_SC__SOURCES__XML__BYTES_MAX": "1000",
        "SYNCD_FEEDS__UK_SL__ENABLED": "false",
        "SYNCD_FETCH__PLAIN_HTTP_REDIRECT_HOSTS": "mirror.example",
        "SYNCD_FETCH__CA_FILE": "",
        "PATH": "/bin",
    }
    config = Config.load(None, environ)
    assert (config.archive_url, config.archive.region) == ("s3://bucket/prefix", "eu-west-1")
    assert config.feeds.enabled(["eu_fsf", "uk_sl", "un_sc"]) == ["un_sc"]
    assert config.feeds.of("un_sc").interval_seconds == 30
    assert config.feeds.of("un_sc").sources["xml"].url == "https://mirror.example/list"
    assert config.feeds.of("un_sc").sources["xml"].bytes_max == 1000
    assert config.fetch.plain_http_redirect_hosts == ("mirror.example",)
    assert config.fetch.ca_file is None


def test_the_environment_writes_a_table_as_json_or_key_by_key() -> None:
    environ = {
        "SYNCD_COORDINATION__ALLIANCES": '{"five": ["us", "uk"], "g7": ["us"]}',
        "SYNCD_COORDINATION__ALLIANCES__G7": '["us", "jp"]',
    }
    assert Config.load(None, environ).coordination.alliances == {"five": ("us", "uk"), "g7": ("us", "jp")}


def test_the_environment_may_give_the_archives_address_alone() -> None:
    written('[archive]\nregion = "eu-west-1"')
    config = Config.load(None, {"SYNCD_ARCHIVE": "s3://bucket/prefix"})
    assert (config.archive_url, config.archive.region) == ("s3://bucket/prefix", "eu-west-1")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('ledgr = "x"', "syncd.toml: ledgr: unknown key; did you mean ledger?"),
        ('[fetch]\nproxi = "x"', "syncd.toml: fetch.proxi: unknown key; did you mean proxy?"),
        ("[log]\nzzz = 1", "syncd.toml: log.zzz: unknown key; there are format, level"),
        ("[feeds.un_sc]\nintervall = 1", "syncd.toml: feeds.un_sc.intervall: unknown key; did you mean"),
        (
            "[feeds.un_sc.sources.xml]\nurll = 'x'",
            "syncd.toml: feeds.un_sc.sources.xml.urll: unknown key; did you mean",
        ),
        ("[feeds.un_scc]", "syncd.toml: feeds.un_scc: unknown feed un_scc; did you mean un_sc?"),
        ("[feeds]\nenable = ['un_scc']", "syncd.toml: feeds.enable: unknown feed un_scc; did you mean un_sc?"),
        ("fetch = 1", "syncd.toml: fetch: is a section, not a value"),
        ("[fetch]\nconnect_timeout_seconds = 0", "syncd.toml: fetch.connect_timeout_seconds: Input should be greater"),
        ("[http]\nport = 'x'", "syncd.toml: http.port: Input should be a valid integer"),
        ("[log]\nlevel = 'loud'", "syncd.toml: log.level: Input should be 'debug', 'info', 'warning' or 'error'"),
        ("installation = 'Bank 1'", "syncd.toml: installation: String should match pattern"),
        ("[fetch]\ncontact_url = 'call 5ecre7 (us)'", "syncd.toml: fetch.contact_url: must be an http://, https:// or"),
        (
            "[feeds.un_sc.sources]\nxml = '5ecre7'",
            "syncd.toml: feeds.un_sc.sources.xml.url: must be an http:// or https:// address",
        ),
        (
            "[feeds.un_sc.sources.xml]\ngate_url = 'https://x.example/{token}'",
            "syncd.toml: feeds.un_sc.sources.xml.gate_url: may hold {year}, {month:02} and {day:02}",
        ),
        ("a = ", "syncd.toml: not TOML: Invalid value (at end of document)"),
    ],
)
def test_what_is_wrong_in_the_file_is_one_line_with_its_key(text: str, line: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert found[0].startswith(line)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("SYNCD_HTPP__PORT", "1", "environment: SYNCD_HTPP__PORT: unknown key; did you mean http?"),
        ("SYNCD_HTTP__PRT", "1", "environment: SYNCD_HTTP__PRT: unknown key; did you mean port?"),
        ("SYNCD_HTTP", SECRET, "environment: SYNCD_HTTP: is a section, not a value"),
        ("SYNCD_FEEDS", "un_sc", "environment: SYNCD_FEEDS: is a section, not a value"),
        ("SYNCD_HTTP__PORT", SECRET, "environment: SYNCD_HTTP__PORT: Input should be a valid integer"),
        ("SYNCD_FEEDS__ENABLE", "un_scc", "environment: SYNCD_FEEDS__ENABLE: unknown feed un_scc"),
        ("SYNCD_COORDINATION__ALLIANCES", "us, uk", "environment: SYNCD_COORDINATION__ALLIANCES: must be JSON"),
        ("SYNCD_COORDINATION__ALLIANCES", "[" * 99_999, "environment: SYNCD_COORDINATION__ALLIANCES: must be JSON"),
        ("SYNCD_LEDGER__FILE", SECRET, "environment: SYNCD_LEDGER: Input is not a valid path"),
        ("SYNCD_SECRETS_DIR", "nowhere", "secrets folder nowhere: there is no such folder"),
    ],
)
def test_what_is_wrong_in_the_environment_is_said_by_the_variables_name(name: str, value: str, line: str) -> None:
    found = problems(environ={name: value})
    assert len(found) == 1
    assert found[0].startswith(line)


def test_a_name_within_a_value_is_refused() -> None:
    found = problems(environ={"SYNCD_FEEDS__UN_SC": SECRET, "SYNCD_FEEDS__UN_SC__ENABLED": "true"})
    assert found == ["environment: SYNCD_FEEDS__UN_SC__ENABLED: lies in what has a value of its own"]


def test_a_secret_file_that_names_no_setting_is_refused() -> None:
    """A secret file that no setting is named for is refused when it looks like ours."""
    Path("secrets").mkdir()
    Path("secrets/fetch__proxi").write_text(SECRET, encoding="utf-8")
    found = problems(environ={"SYNCD_SECRETS_DIR": "secrets"})
    assert found == ["secrets folder secrets: fetch__proxi: unknown key; did you mean proxy?"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 70_000])
def test_a_secret_file_that_is_no_text_is_refused(content: bytes) -> None:
    Path("secrets").mkdir()
    Path("secrets/fetch__proxy").write_bytes(content)
    assert "secrets/fetch__proxy: " in problems(environ={"SYNCD_SECRETS_DIR": "secrets"})[0]


def test_a_secrets_folder_that_may_not_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    Path("secrets").mkdir()
    monkeypatch.setattr(Path, "iterdir", closed)
    found = problems(environ={"SYNCD_SECRETS_DIR": "secrets"})
    assert found == ["secrets folder secrets: cannot be read: Permission denied"]


def test_all_problems_are_said_at_once() -> None:
    found = problems("[fetch]\nproxi = 'x'\n[feeds.un_scc]", {"SYNCD_HTTP__PORT": "x"})
    assert [line.partition(":")[0] for line in sorted(found)] == ["environment", "syncd.toml", "syncd.toml"]


def test_a_file_that_was_named_must_be_there() -> None:
    with pytest.raises(ConfigurationError, match=r"elsewhere\.toml: there is no such file"):
        Config.load(Path("elsewhere.toml"), {})
