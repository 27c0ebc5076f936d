"""The watchdog barks at a worker that stands still with work before it, and at nothing else."""

from streams.watchdog import Place, Watchdog

POSTS: Place = ("moderation.posts", 0)


class Broker:
    """Offsets as a test sets them."""

    def __init__(self) -> None:
        self.offset: int | None = None
        self.lag = False

    def committed(self) -> dict[Place, int]:
        return {} if self.offset is None else {POSTS: self.offset}

    def has_record(self, place: Place, offset: int | None) -> bool:
        return self.lag


class Scene:
    def __init__(self) -> None:
        self.broker = Broker()
        self.now = 0.0
        self.assigned = [POSTS]
        self.barks: list[Place] = []
        self.watchdog = Watchdog(
            self.broker,
            lambda: self.assigned,
            timeout_s=60,
            clock=lambda: self.now,
            bark=lambda place, _: self.barks.append(place),
        )

    def look_at(self, now: float) -> None:
        self.now = now
        self.watchdog.look()


def test_it_barks_when_offsets_stand_still_while_there_is_lag() -> None:
    scene = Scene()
    scene.broker.lag = True
    scene.broker.offset = 7
    scene.look_at(0)
    scene.look_at(59)
    assert not scene.barks
    scene.look_at(61)
    assert scene.barks == [POSTS]


def test_it_barks_when_nothing_was_ever_committed() -> None:
    scene = Scene()
    scene.broker.lag = True
    scene.look_at(0)
    scene.look_at(61)
    assert scene.barks == [POSTS]


def test_it_is_quiet_while_offsets_move() -> None:
    scene = Scene()
    scene.broker.lag = True
    for minute in range(10):
        scene.broker.offset = minute
        scene.look_at(50.0 * minute)
    assert not scene.barks


def test_it_is_quiet_when_there_is_nothing_to_read() -> None:
    scene = Scene()
    scene.broker.offset = 7
    scene.look_at(0)
    scene.look_at(500)
    scene.broker.lag = True
    scene.look_at(501)
    scene.look_at(560)
    assert not scene.barks


def test_a_partition_that_went_to_another_worker_is_forgotten() -> None:
    scene = Scene()
    scene.broker.lag = True
    scene.look_at(0)
    scene.assigned = []
    scene.look_at(50)
    scene.assigned = [POSTS]
    scene.look_at(70)
    scene.look_at(120)
    assert not scene.barks
