"""The cache keeps what was used last."""

from hypothesis import given
from hypothesis import strategies as st

from models.runtime.lru import LRU

keys = st.integers(0, 8).map(lambda number: b"%d" % number)


@given(st.integers(1, 5), st.lists(st.tuples(st.booleans(), keys)))
def test_it_holds_what_was_used_last_and_no_more(capacity: int, uses: list[tuple[bool, bytes]]) -> None:
    cache: LRU[bytes] = LRU(capacity)
    recent: list[bytes] = []  # the slow, obvious cache: last used at the end
    for is_put, key in uses:
        if is_put:
            cache.put(key, key)
            recent = [*(each for each in recent if each != key), key][-capacity:]
        else:
            assert cache.get(key) == (key if key in recent else None)
            if key in recent:
                recent = [*(each for each in recent if each != key), key]
        assert len(cache) == len(recent)
