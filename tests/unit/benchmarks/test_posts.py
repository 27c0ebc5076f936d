"""Posts are the same in every run, and no two are alike."""

import gzip
from pathlib import Path

from benchmarks import posts
from moderation.events import Source
from moderation.intake import read_post

_HEADER = "comment_text,labels\r\n"


def _comments(folder: Path, texts: list[str]) -> None:
    for place, name in enumerate(posts._FILES):
        rows = "".join('"{}",0\r\n'.format(text.replace('"', '""')) for text in texts[place :: len(posts._FILES)])
        with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
            file.write(_HEADER + rows)


def test_made_up_posts_come_out_the_same_again() -> None:
    assert posts.made_up(200) == posts.made_up(200)
    assert posts.made_up(200).texts != posts.made_up(200, seed=1).texts


def test_made_up_posts_are_distinct_and_of_the_lengths_of_comments() -> None:
    texts = posts.made_up(2000).texts
    assert len(set(texts)) == 2000
    assert all(posts.SHORTEST - 1 <= len(text) <= posts.LONGEST for text in texts)


def test_without_the_data_posts_are_made_up_and_the_result_says_so(tmp_path: Path) -> None:
    assert posts.load(tmp_path, 50) == posts.made_up(50)
    assert "made up" in str(posts.load(tmp_path, 50).description()["origin"])


def test_comments_are_taken_once_within_the_lengths_and_in_one_order(tmp_path: Path) -> None:
    fitting = [f"comment number {number}, said twice" for number in range(40)]
    _comments(tmp_path, [*fitting, *fitting, "short", "x" * (posts.LONGEST + 1)])
    first, again = posts.load(tmp_path), posts.load(tmp_path)
    assert first == again
    assert sorted(first.texts) == sorted(fitting)
    assert list(first.texts) != fitting
    assert len(posts.load(tmp_path, 10).texts) == 10


def test_when_texts_run_out_they_come_again_but_never_alike() -> None:
    taken = posts.made_up(30).take(100)
    assert len({post.text for post in taken}) == len({post.post_id for post in taken}) == 100
    assert posts.made_up(30).take(20, start=50) == taken[50:70]


def test_every_post_is_one_the_pipeline_accepts() -> None:
    from datetime import UTC, datetime

    source = Source(topic="posts", partition=0, offset=0, time=datetime(2026, 1, 1, tzinfo=UTC))
    for value in posts.values(posts.made_up(30).take(40)):
        assert read_post(value, source, 1_000_000).post.text
