"""What anybody may send to the pages for customers."""

from __future__ import annotations

import pytest
import requests

from tests.fixtures.server import ServerProcess


@pytest.mark.parametrize("page", ["/q/x", "/o/x"])
def test_a_form_that_is_too_much_gets_a_page_and_no_error(shared_server: ServerProcess, page: str) -> None:
    fields = "&".join(f"n{number}=1" for number in range(2_500))
    for sent, status in (("a=" + "1" * 140_000, 413), (fields, 413), ("act=%00&do=%00", 404)):
        answer = requests.post(shared_server.url + page, data=sent, timeout=30)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["vary"] == "accept-language"
