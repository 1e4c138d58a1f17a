// Stands between a library and the gateway, passes everything on as it is, and remembers both ways: what a library
// sends is known without touching the library.
import { createServer, request as send } from "node:http";

export async function startRecorder(gateway) {
  const target = new URL(gateway);
  const seen = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await whole(incoming);
    const options = { host: target.hostname, port: target.port, method: incoming.method, path: incoming.url };
    const onwards = send({ ...options, headers: incoming.headers }, async (answer) => {
      const text = await whole(answer);
      seen.push({
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
        body,
        status: answer.statusCode,
        answer: text.toString(),
      });
      const headers = { ...answer.headers };
      delete headers["transfer-encoding"];
      outgoing.writeHead(answer.statusCode, { ...headers, "content-length": text.length });
      outgoing.end(text);
    });
    onwards.on("error", (error) => outgoing.destroy(error));
    onwards.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  return { base, seen, close: () => server.close() };
}

async function whole(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
