"""The Python SDK: with a device token, and by OAuth with the browser of whoever reads what is printed."""

import asyncio
import os
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider, TokenStorage
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

URL = os.environ["KEYFERRY_URL"] + "/mcp"


class Memory(TokenStorage):
    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


async def walk(http: httpx2.AsyncClient) -> None:
    async with Client(streamable_http_client(URL, http_client=http)) as client:
        listed = await client.list_tools()
        assert len(listed.tools) == 10, listed
        found = await client.call_tool("search_tools", {"query": "list the sources"})
        assert any(tool["name"] == "segment_list_sources" for tool in found.structured_content["tools"])
        read = await client.call_tool("call_tool", {"name": "segment_list_sources"})
        assert read.structured_content["ok"], read
        event = {"name": "segment_track", "arguments": {"event": "From Python", "userId": "u-3"}}
        unasked = await client.call_tool("call_tool", event)
        assert unasked.is_error and unasked.structured_content["error"]["code"] == "confirmation_required"
        await client.call_tool("preview_tool", event)
        assert (await client.call_tool("call_tool", event)).structured_content["ok"]


async def with_device_token() -> None:
    headers = {"Authorization": f"Bearer {os.environ['KEYFERRY_TOKEN']}"}
    async with httpx2.AsyncClient(headers=headers) as http:
        await walk(http)


async def by_oauth() -> None:
    delivered: asyncio.Future[AuthorizationCodeResult] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readline()).decode().split(" ")[1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()
        asked = parse_qs(urlsplit(target).query)
        if "code" in asked and not delivered.done():
            value = {name: asked[name][0] for name in ("code", "state", "iss") if name in asked}
            delivered.set_result(AuthorizationCodeResult(**value))

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def open_browser(url: str) -> None:
        print("OPEN", url, flush=True)

    async def code() -> AuthorizationCodeResult:
        return await delivered

    metadata = OAuthClientMetadata(
        client_name="keyferry-tests",
        redirect_uris=[f"http://127.0.0.1:{port}/callback"],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
    )
    provider = OAuthClientProvider(URL, metadata, Memory(), open_browser, code)
    async with server, httpx2.AsyncClient(auth=provider, timeout=60) as http:
        await walk(http)


async def main() -> None:
    await with_device_token()
    await by_oauth()
    print("DONE", flush=True)


asyncio.run(main())
