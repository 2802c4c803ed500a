"""Where a conductor is asked, and with which words: before anything is connected."""

import socket
import threading

import pytest

from conductor_tui.client.dialing import TOKEN_VARIABLE, Place, exchange, place


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:abc",
        "http://127.0.0.1:99999",
        "http://[::1",
        "http://127.0.0.1:7474/prefix",
        "http://127.0.0.1:7474?name=x",
        "unix:relative",
    ],
)
def test_an_address_that_leads_nowhere_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of a conductor: write"):
        place(url, None)


@pytest.mark.parametrize(
    "url", ["http://[::1]:7474", "https://web-7", "http://web-7:7474/", "unix:/a"]
)
def test_an_address_may_be_written_so(url: str) -> None:
    assert place(url, "").url == url


@pytest.mark.parametrize("secret", ["hunter2\nX: y", "hunter2\x00", "hunter2\udcff"])
def test_what_no_header_can_carry_is_no_token_and_is_not_told(secret: str) -> None:
    with pytest.raises(ValueError, match="token") as refused:
        place("http://web-7", secret)
    assert "hunter2" not in str(refused.value)


def test_a_token_s_last_line_break_is_none_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "let me in\r\n")
    assert place("http://web-7", None).token == "let me in"


def test_a_proxy_hears_which_host_is_meant() -> None:
    """Many hosts behind one address are told apart by nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        heard: list[bytes] = []
        thread = threading.Thread(target=_hear, args=(server, heard))
        thread.start()
        to = Place(f"http://localhost:{port}", "")
        assert exchange(to, "GET", "/v1/status", within_s=30).status == 204
        thread.join()
    assert f"\r\nHost: localhost:{port}\r\n".encode() in heard[0]


def _hear(server: socket.socket, heard: list[bytes]) -> None:
    sock, _ = server.accept()
    with sock:
        heard.append(sock.recv(65_536))
        sock.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
