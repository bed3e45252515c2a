"""Settings are taste: read where they can be, defaults where not."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldcrm import settings


def test_what_was_chosen_comes_back(tmp_path: Path) -> None:
    chosen = settings.save(settings.load(tmp_path), language="zh_CN", theme="dark")
    assert settings.load(tmp_path) == chosen
    assert (chosen.language, chosen.theme, chosen.density) == ("zh_CN", "dark", "comfortable")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"language": "xx", "theme": 3, "other": 1}'])
def test_what_cannot_be_read_is_the_default(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.json").write_text(content)
    assert settings.load(tmp_path) == settings.Settings(home=tmp_path)


def test_fieldcrm_home_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDCRM_HOME", str(tmp_path / "elsewhere"))
    assert settings.load().home == tmp_path / "elsewhere"


def test_each_window_remembers_its_own_state(tmp_path: Path) -> None:
    settings.remember_window(tmp_path, "main", {"geometry": "abc"})
    settings.remember_window(tmp_path, "gallery", [1, 2])
    assert settings.window_state(tmp_path, "main") == {"geometry": "abc"}
    assert settings.window_state(tmp_path, "none") is None
