// An HTTP server on the socket that it inherits: the first one, descriptor 3, as sd_listen_fds(3) has it.
const http = require('node:http');
const net = require('node:net');

const name = `node gen=${process.env.BATON_GENERATION}`;
let stopping = false;
const server = http.createServer((request, response) => {
  response.setHeader('Server', name);
  if (stopping) {
    response.setHeader('Connection', 'close');
  }
  if (request.method === 'POST') {
    request.pipe(response);
  } else {
    response.end(`${name}\n`);
  }
});
server.listen({ fd: 3 }, () => console.log('listening'));
process.on('SIGTERM', () => {
  stopping = true;
  // Not http's own close(), which also cuts the kept-alive clients that are about to ask.
  net.Server.prototype.close.call(server);
  setTimeout(() => server.closeIdleConnections(), 1000);
});
