"""A real desk that kills itself when it reaches a marked point; run as a script by the tests.

    python marked_desk.py POINT [ARGUMENT OF moderation desk]...

POINT is `stored`: records are in the database, their place on Kafka is not committed; or `sent`: Kafka has events of
the outbox, which are not marked. The first time it is reached the desk sends itself SIGKILL.
"""

import os
import signal
import sys
from typing import Any

from moderation.cli.main import main
from moderation.client.reading import Reader
from moderation.desk.running import outbox


def _killed(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    point = sys.argv.pop(1)
    if point == "stored":
        Reader.done = _killed  # type: ignore[method-assign]
    else:
        assert point == "sent"
        outbox.mark_sent = _killed
    sys.argv[1:1] = ["desk"]
    main()
