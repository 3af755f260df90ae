"""A list of which no document was seen runs when somebody asks for it."""

from syncd.config import FeedsSettings

FEEDS = ["be_fod", "lv_fid", "un_sc"]


def test_all_are_those_that_are_on_by_default() -> None:
    assert FeedsSettings().enabled(FEEDS) == ["un_sc"]


def test_a_list_that_is_named_runs() -> None:
    assert FeedsSettings(enable=("be_fod", "un_sc")).enabled(FEEDS) == ["be_fod", "un_sc"]


def test_a_list_whose_section_enables_it_runs_beside_all() -> None:
    settings = FeedsSettings.model_validate({"enable": "all", "lv_fid": {"enabled": True}, "un_sc": {"enabled": False}})
    assert settings.enabled(FEEDS) == ["lv_fid"]
