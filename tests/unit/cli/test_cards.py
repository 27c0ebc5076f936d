"""The models that the desk shows: those of the settings, from their manifests and cards."""

import shutil
from pathlib import Path

import pytest

from models import manifest
from moderation.cli.cards import installed_models
from moderation.desk.installed import users_of
from moderation.errors import ModelError
from moderation.policy import parse_policy
from moderation.settings import Settings


def test_every_shipped_model_has_a_summary_limits_and_scores() -> None:
    found = installed_models(Settings())
    assert [model.modality for model in found] == ["text", "text", "image"]
    for model in found:
        assert model.summary.startswith("Scores ")
        assert model.limits
        assert model.card.startswith(f"# {model.name}")
    insult = next(score for score in found[0].scores if score.category == "insult")
    assert insult.signals == ("text.insult", "image.text.insult", "video.text.insult")
    assert (insult.threshold is None, insult.calibrated) == (False, True)
    assert found[2].scores[0].signals == ("image.weapon", "video.weapon")


def test_a_model_without_a_card_is_shown_without_one(tmp_path: Path) -> None:
    shutil.copytree(manifest.SHIPPED / "image-weapons", tmp_path / "own")
    (tmp_path / "own" / "CARD.md").unlink()
    [model] = installed_models(Settings(text_model="stub", image_model=str(tmp_path / "own")))
    assert (model.card, model.summary, model.limits) == ("", "", ())


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    shutil.copytree(manifest.SHIPPED / "image-weapons", tmp_path / "own")
    (tmp_path / "own" / "model.fp32.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match="sha256"):
        installed_models(Settings(text_model="stub", image_model=str(tmp_path / "own")))


def test_rules_use_a_signal_also_through_derived_ones() -> None:
    policy = parse_policy(
        "policy: test\n"
        "signals: {anger: 'max(text.insult, text.toxicity)'}\n"
        "rules:\n"
        "  - {id: angry, when: anger >= 0.5, then: review, because: toxicity}\n"
        "  - {id: hateful, when: text.hate >= 0.5, then: review, because: hate}\n"
        "  - {id: calm, when: text.insult < 0.1, exempt: [hateful]}\n"
    )
    assert list(users_of(policy, ("text.insult", "image.text.insult"))) == ["angry", "calm"]
