"""No test trusts the machine's certificate authorities; reading them takes longer than most tests here."""

import os

import pytest


@pytest.fixture(autouse=True)
def no_certificate_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
