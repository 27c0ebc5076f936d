"""Texts to readings: normalised, each distinct one read once, on whatever session is free."""

import asyncio
import hashlib
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from models.runtime.classifier import Classifier, Prepared
from models.runtime.lru import LRU
from models.runtime.pool import Pool, Task, call_soon, one_line
from models.text.evidence import Window, window_at
from models.text.language import languages
from models.text.lexicon import Lexicon, Term, shipped
from models.text.normalise import normalise
from models.text.reading import EMPTY, Reading
from models.text.routing import NOBODY, Reader, Router

log = logging.getLogger(__name__)

MAX_CHARACTERS = 50_000
"""What lies beyond is not read, and the text counts as truncated: normalising a megabyte takes seconds."""

_UNREAD = Reading(
    None, truncated=True, error=f"nothing to read in the first {MAX_CHARACTERS} characters, and the rest is not read"
)


class Scorer:
    """The text models with their cache. `read` may be called any number of times at once, from any event loop.

    Without a `router`, the classifier reads everything. `batch_tokens` are those of the main model.
    """

    def __init__(
        self,
        classifier: Classifier,
        batch_tokens: int | None = None,
        cache_texts: int = 20_000,
        lexicon: Lexicon | None = None,
        router: Router | None = None,
    ) -> None:
        languages([""])  # what is missing is missed now, and the first post does not wait for the loading
        self.classifier = classifier
        self.lexicon = lexicon or shipped()
        self._router = router or Router([Reader(classifier)])
        self._pools = [
            Pool(reader.classifier, self._settled, None if place else batch_tokens)
            for place, reader in enumerate(self._router.readers)
        ]
        self._preparer = ThreadPoolExecutor(1, "prepare")
        self._lock = threading.Lock()
        self._cache: LRU[Reading] | None = LRU(cache_texts) if cache_texts else None
        self._under_way: dict[bytes, _Entry] = {}
        self._calls: set[_Call] = set()

    async def read(self, texts: Sequence[str]) -> list[Reading]:
        """A reading of each text, in order. Never raises for what a text holds or the model does."""
        if not texts:
            return []
        call = _Call(texts, asyncio.get_running_loop())
        self._calls.add(call)
        call.done.add_done_callback(lambda _: self._calls.discard(call))
        for pool in self._pools:
            pool.announce()
        self._preparer.submit(self._prepare, call)
        await call.done
        return call.readings()

    async def ready(self) -> None:
        """Return when another window can start at once."""
        for pool in self._pools:
            await pool.ready()

    async def close(self) -> None:
        """End the threads, after the calls under way."""
        while self._calls:
            await asyncio.wait([call.done for call in self._calls])
        # In this order: a window that is being prepared needs the pool to get rid of its batches.
        await asyncio.to_thread(self._preparer.shutdown)
        for pool in self._pools:
            await asyncio.to_thread(pool.close)

    def _prepare(self, call: "_Call") -> None:
        new: list[_Entry] = []
        try:
            self._enter(call, new)
            for entry, language in zip(new, languages([entry.text for entry in new]), strict=True):
                entry.language = language
                entry.terms = self.lexicon.find(entry.text, language)
                entry.route = self._router.route(language, entry.text)
            for place, reader in enumerate(self._router.readers):
                own = [entry for entry in new if entry.route.reader == place]
                texts = [entry.text for entry in own]
                for entry, prepared in zip(own, self._prepared(reader.classifier, texts), strict=True):
                    entry.take(prepared)
        except Exception as error:
            log.exception("a window of %d texts could not be prepared", len(call.texts))
            call.places += [Reading(None, error=one_line(error))] * (len(call.texts) - len(call.places))
            for entry in new:
                entry.take(one_line(error))
        self._settled([entry for entry in new if not entry.left])
        for place, pool in enumerate(self._pools):
            pool.put([entry for entry in new if entry.left and entry.route.reader == place])
        call.part_done()

    def _enter(self, call: "_Call", new: list["_Entry"]) -> None:
        """Put an entry or a reading into every place of the call; entries that nobody had yet go to `new` too."""
        for raw in call.texts:
            cut = len(raw) > MAX_CHARACTERS
            try:
                text = normalise(raw[:MAX_CHARACTERS] if cut else raw)
            except Exception as error:  # a fault of ours, but not one that its neighbours should suffer for
                log.exception("a text of %d characters could not be normalised", len(raw))
                call.places.append(Reading(None, truncated=cut, error=one_line(error)))
                continue
            if not text:
                call.places.append(_UNREAD if cut else EMPTY)
                continue
            key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, salt=b"cut" * cut).digest()
            with self._lock:
                known = self._cache.get(key) if self._cache is not None else None
                if known is not None:
                    call.places.append(known)
                    continue
                entry = self._under_way.get(key)
                if entry is None:
                    entry = self._under_way[key] = _Entry(key, text, cut)
                    new.append(entry)
                call.wait_for(entry)

    def _prepared(self, classifier: Classifier, texts: list[str]) -> list[Prepared | str]:
        """Each text prepared, or what is wrong with it."""
        try:
            return list(classifier.prepare(texts)) if texts else []
        except BaseException as error:  # a panic inside `tokenizers`, which is Rust, is no `Exception`
            if len(texts) == 1:
                log.error("a text of %d characters could not be prepared: %s", len(texts[0]), error)
                return [one_line(error)]
            return [self._prepared(classifier, [text])[0] for text in texts]

    def _settled(self, tasks: Sequence[Task]) -> None:
        """Turn ended tasks into readings and wake the calls that have waited for the last of theirs."""
        with self._lock:
            for entry in tasks:
                assert isinstance(entry, _Entry)
                entry.reading = reading = entry.read()
                del self._under_way[entry.key]
                if self._cache is not None and reading.error is None:
                    self._cache.put(entry.key, reading)
                waiting, entry.calls = entry.calls, []
                for call in waiting:
                    call.part_done()


class _Call:
    """One `read` under way. It counts the distinct entries it waits for, and its own preparation."""

    def __init__(self, texts: Sequence[str], loop: asyncio.AbstractEventLoop) -> None:
        self.texts = texts
        self.done: asyncio.Future[None] = loop.create_future()
        self.places: list[_Entry | Reading] = []
        self._loop = loop
        self._left = 1
        self._lock = threading.Lock()

    def wait_for(self, entry: "_Entry") -> None:
        """`entry` stands at the next place."""
        self.places.append(entry)
        if self not in entry.calls:
            entry.calls.append(self)
            with self._lock:
                self._left += 1

    def part_done(self) -> None:
        """One of what it waits for has come. The last one wakes the caller: one wake-up for a window."""
        with self._lock:
            self._left -= 1
            last = not self._left
        if last:
            call_soon(self._loop, _finish, self.done)

    def readings(self) -> list[Reading]:
        """What stands at each place, once `done`."""
        return [place if isinstance(place, Reading) else place.reading for place in self.places]


class _Entry(Task):
    """One distinct text under way."""

    __slots__ = ("calls", "key", "language", "prepared", "reading", "route", "terms", "text", "truncated")

    def __init__(self, key: bytes, text: str, truncated: bool) -> None:
        super().__init__(())
        self.key = key
        self.text = text
        self.truncated = truncated
        self.language = "und"
        self.terms: tuple[Term, ...] | None = None
        self.calls: list[_Call] = []
        self.reading = EMPTY
        self.route = NOBODY
        self.prepared: Prepared | None = None

    def take(self, prepared: Prepared | str) -> None:
        """What the classifier's `prepare` gave for it."""
        if isinstance(prepared, str):
            self.error = prepared
            self.left = 0
            return
        self.prepared = prepared
        self.rows = prepared.rows
        self.left = len(prepared.rows)
        self.values = [None] * self.left
        self.truncated = self.truncated or prepared.truncated

    def read(self) -> Reading:
        """The reading: of several windows, the greatest value of each category."""
        if self.error is not None:
            return Reading(None, self.language, self.truncated, error=self.error, terms=self.terms)
        values, windows = self._pooled() if self.prepared is not None else ((), ())
        return Reading(values, self.language, self.truncated, windows, terms=self.terms, route=self.route)

    def _pooled(self) -> tuple[tuple[float, ...], tuple[Window, ...]]:
        """The values of the route's signals, and the windows that gave them where there are several."""
        assert self.prepared is not None
        rows = [row for row in self.values if row is not None]
        columns = self.route.columns
        if len(rows) == 1:
            return tuple(rows[0][column] for column in columns), ()
        best = [max(range(len(rows)), key=lambda row: rows[row][column]) for column in columns]
        values = tuple(rows[row][column] for row, column in zip(best, columns, strict=True))
        spans = self.prepared.spans
        windows = {row: window_at(self.text, *spans[row]) for row in set(best)} if spans else {}
        return values, tuple(windows[row] for row in best) if spans else ()


def _finish(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)
