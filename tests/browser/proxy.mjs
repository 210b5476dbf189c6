// What may stand between a browser and the server, and be switched while both talk.
import { request as ask, createServer } from 'node:http';
import { connect } from 'node:net';

/**
 * `upgrades`: `pass` | `strip` (the header is taken away) | a status to refuse with | `hang` (no answer at all).
 * `answers`: `pass` | `held` (until they are complete).
 */
export async function startProxy(origin, { upgrades = 'pass', answers = 'pass' } = {}) {
  const target = new URL(origin);
  const sockets = new Set();
  const asked = [];
  const running = new Map();
  const ended = new Map();
  const end = (path) => {
    running.set(path, proxy.running(path) - 1);
    ended.set(path, proxy.ended(path) + 1);
  };
  const proxy = {
    upgrades,
    answers,
    /** How often a path was asked for, how many such requests are under way, and how many are over. */
    count: (path) => asked.filter((other) => other === path).length,
    running: (path) => running.get(path) ?? 0,
    ended: (path) => ended.get(path) ?? 0,
    /** Every connection breaks in the middle of whatever it carries. */
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };

  function forward(request, response, headers = request.headers) {
    const { hostname, port } = target;
    const { method, url: path } = request;
    const onward = ask({ hostname, port, method, path, headers }, async (answer) => {
      if (proxy.answers === 'pass') {
        response.writeHead(answer.statusCode, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
        answer.on('error', () => response.destroy());
        return;
      }
      const pieces = [];
      try {
        for await (const piece of answer) pieces.push(piece);
      } catch {
        response.destroy();
        return;
      }
      response.writeHead(answer.statusCode, answer.headers);
      response.end(Buffer.concat(pieces));
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer((request, response) => {
    const path = request.url.split('?')[0];
    asked.push(path);
    running.set(path, proxy.running(path) + 1);
    response.on('close', () => end(path));
    forward(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    asked.push('upgrade');
    socket.on('error', () => {});
    if (proxy.upgrades === 'hang') return;
    if (proxy.upgrades === 'strip') {
      // What the server says to a request that asks for no upgrade.
      const { upgrade: _, connection: __, ...headers } = request.headers;
      const { hostname, port } = target;
      ask({ hostname, port, path: request.url, headers }, (answer) => {
        answer.resume();
        socket.end(
          `HTTP/1.1 ${answer.statusCode} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
        );
      }).end();
      return;
    }
    if (proxy.upgrades !== 'pass') {
      socket.end(`HTTP/1.1 ${proxy.upgrades} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    running.set('socket', proxy.running('socket') + 1);
    const onward = connect(Number(target.port), target.hostname, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2) {
        lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      }
      onward.write(`${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => {
      end('socket');
      onward.destroy();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.origin = `http://127.0.0.1:${server.address().port}`;
  proxy.stop = () => {
    proxy.cut();
    return new Promise((resolve) => server.close(resolve));
  };
  return proxy;
}
