// chat.mjs URL CHANNEL_KEY: a visitor who writes over a WebSocket and hears the answer, and over plain HTTP as well, where a
// frame must come when it is said and not when a proxy's buffer is full.
import { randomUUID } from "node:crypto";

const [url, channel] = process.argv.slice(2);
const headers = { "content-type": "application/json", "x-parlor-request": "1" };
const within = (what, promise) =>
  Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error(`no ${what} in 10 s`)), 10_000).unref())]);

const answer = await fetch(`${url}/api/v1/visitor/session`, { method: "POST", headers, body: JSON.stringify({ channel }) });
if (!answer.ok) throw new Error(`no session: ${answer.status} ${await answer.text()}`);
const { token } = await answer.json();

const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/socket`);
const heard = [];
let wake = () => {};
socket.onmessage = ({ data }) => {
  heard.push(JSON.parse(data));
  wake();
};
const hear = async (type) => {
  for (;;) {
    const found = heard.find((frame) => frame.type === type);
    if (found) return found;
    await new Promise((resolve) => {
      wake = resolve;
    });
  }
};
await within("WebSocket", new Promise((open, fail) => {
  socket.onopen = open;
  socket.onerror = () => fail(new Error("the WebSocket does not open"));
}));
socket.send(JSON.stringify({ type: "hello", protocol: 1, token }));
await within("welcome", hear("welcome"));
socket.send(JSON.stringify({ type: "send", id: randomUUID(), text: "through the proxy", attachments: [] }));
await within("ack", hear("ack"));
socket.close();

const stream = await fetch(`${url}/api/v1/line/stream`, {
  method: "POST",
  headers: { ...headers, authorization: `Bearer ${token}` },
  body: JSON.stringify({ type: "hello", protocol: 1 }),
});
const reader = stream.body.getReader();
let text = "";
await within("frame on a stream", (async () => {
  while (!text.includes('"welcome"')) text += new TextDecoder().decode((await reader.read()).value);
})());
console.log("a WebSocket and a stream carry the chat");
process.exit(0);
