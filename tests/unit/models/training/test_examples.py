"""How the tables of public sets become texts."""

from models.training.examples import fingerprint, written


def test_copies_share_a_fingerprint_and_minimal_pairs_do_not() -> None:
    assert fingerprint('"Hello,  World" 1!') == fingerprint("hello world")
    assert fingerprint("I love 😀 people") != fingerprint("I love 🔪 people")


def test_the_masks_of_the_data_sets_become_ours() -> None:
    assert written("[USER] &amp; <user> see [URL]") == "@user & @user see http"
