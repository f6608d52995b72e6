// An HTTP server on the socket that it inherits: the first one, descriptor 3, as sd_listen_fds(3) has it.
const http = require('node:http');

const server = http.createServer((request, response) => {
  response.end(`node gen=${process.env.BATON_GENERATION}\n`);
});
server.listen({ fd: 3 }, () => console.log('listening'));
process.on('SIGTERM', () => server.close());
