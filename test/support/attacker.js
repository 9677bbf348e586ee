// node attacker.js <port> <connections> <what>: opens connections to the service, sends so much on each, and holds them
// until its standard input ends. A process of its own, because both ends of so many connections do not fit into one.
// It says `{"opened", "answered", "closed"}` whenever that has changed.
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

// In portions that fit the kernel's backlog: of a connection that it drops there neither side would ever hear.
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
