"""The fix command of a replay: any filter that reads the value and writes a better one."""

import sys

import pytest

from moderation.client.letters import FixFailed, fixed


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def test_a_fix_reads_the_original_bytes_and_its_output_is_the_new_value() -> None:
    swap = python("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])")
    assert fixed(b"\xff\x00abc", swap) == b"cba\x00\xff"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (python("import sys; sys.exit('no id in it')"), "the fix ended with 1: no id in it"),
        (python(""), "the fix wrote nothing"),
        (["/nonexistent/command"], "the fix cannot be run: "),
    ],
)
def test_a_fix_that_fails_says_why(command: list[str], reason: str) -> None:
    with pytest.raises(FixFailed, match=reason):
        fixed(b"value", command)
