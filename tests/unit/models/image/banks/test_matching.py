"""What the image lane is told of pictures that are known already."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.image.banks import BanksInForce, Head, Matching, hash_of
from models.image.banks.editing import add, create, remove
from models.image.sight import NOTHING, Sight
from moderation.events import Evidence
from moderation.prints import of_hash
from tests.unit.models.image.banks.entries import entry
from tests.unit.models.image.banks.pictures import NEAR, photograph


def looked(sense: Matching, *pictures: Image.Image) -> list[Sight]:
    return asyncio.run(sense.look([{name: np.asarray(picture) for name in sense.wants} for picture in pictures]))


def hashed(picture: Image.Image) -> Evidence:
    found = hash_of(np.asarray(picture))
    return of_hash(found.text, found.quality)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path, "bad", Head(kind="block", category="hate"))
    add(tmp_path, "bad", [entry(hash_of(np.asarray(photograph(1))).variants[0], "a campaign")])
    return tmp_path


def test_each_frame_has_its_nearest_bank_with_the_entry_as_evidence(folder: Path) -> None:
    same, near, other, flat = looked(
        Matching(BanksInForce(folder)),
        photograph(1),
        NEAR["watermarked"](photograph(1)).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        photograph(2),
        Image.new("RGB", (64, 64), "white"),
    )
    evidence = Evidence(signal="bank", value=0, label="bad: a campaign (added by anna)")
    assert same == Sight(bank="bad", bank_distance=0, evidence=(evidence,))
    assert near.bank == "bad"
    assert 0 < near.bank_distance <= 31
    assert other == flat == NOTHING


def test_an_allowed_picture_is_not_known(folder: Path) -> None:
    create(folder, "fine", Head(kind="allow"))
    add(folder, "fine", [entry(hash_of(np.asarray(photograph(1))).variants[0], "a flag")])
    assert looked(Matching(BanksInForce(folder)), photograph(1)) == [NOTHING]


def test_changed_banks_are_used_and_without_banks_nothing_is_known(folder: Path) -> None:
    sense = Matching(in_force := BanksInForce(folder))
    [found] = looked(sense, photograph(1))
    assert found.bank == "bad"
    remove(folder, "bad", [hash_of(np.asarray(photograph(1))).text])
    in_force.refresh()
    assert looked(sense, photograph(1), photograph(2)) == [NOTHING, NOTHING]
    assert looked(Matching(BanksInForce(None)), photograph(1)) == [NOTHING]


@pytest.mark.parametrize("banks", [True, False])
def test_the_hash_of_each_picture_is_evidence_where_it_is_asked_for(folder: Path, banks: bool) -> None:
    sense = Matching(BanksInForce(folder if banks else None), prints=True)
    flat, known, other = looked(sense, Image.new("RGB", (64, 64), "white"), photograph(1), photograph(2))
    assert flat == NOTHING
    assert hashed(photograph(1)) in known.evidence
    assert known.bank == ("bad" if banks else "")
    assert other == Sight(evidence=(hashed(photograph(2)),))


def test_where_hashes_cannot_be_computed_pictures_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert looked(Matching(BanksInForce(None), prints=True), photograph(1)) == [NOTHING]
