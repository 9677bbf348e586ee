// node attacker.js <port> <connections> <what>: opens connections to the service, sends the data that `what` names on
// each, and holds them until its standard input ends. It is a separate process, because one process cannot hold both
// ends of so many connections. It prints `{"opened", "answered", "closed"}` at every change.
const { connect } = require('node:net');

const [port, connections, what] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const REQUEST = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n';
const SENT = { nothing: '', 'half a request': REQUEST, 'a request': `${REQUEST}\r\n` };
const counts = { opened: 0, answered: 0, closed: 0 };
const sockets = new Set();

function open() {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    sockets.add(socket);
    socket.once('connect', () => {
      counts.opened += 1;
      if (what !== 'a request') resolve();
      socket.write(SENT[what]);
    });
    socket.once('data', () => {
      counts.answered += 1;
      resolve();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      counts.closed += 1;
      sockets.delete(socket);
      resolve();
    });
    socket.resume();
  });
}

// Opens connections in portions that fit the kernel's backlog: if the kernel drops a connection there, neither side
// ever learns of it.
async function attack() {
  for (let begun = 0; begun < connections; begun += 100) {
    await Promise.all(Array.from({ length: Math.min(100, connections - begun) }, open));
  }
}

let told = '';
setInterval(() => {
  const line = `${JSON.stringify(counts)}\n`;
  if (line !== told) process.stdout.write(line);
  told = line;
}, 50);
process.stdin.resume().on('end', () => process.exit(0));
void attack();
