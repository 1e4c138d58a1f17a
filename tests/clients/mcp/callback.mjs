// Where a program on this machine waits for its code.
import { createServer } from "node:http";

export async function waitForCode() {
  let deliver;
  const delivered = new Promise((resolve) => (deliver = resolve));
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    response.end("Go back to the program.");
    if (url.pathname === "/callback") deliver(url.searchParams);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}/callback`;
  return { address, delivered, close: () => server.close() };
}
