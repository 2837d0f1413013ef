// A QEMU that misbehaves as its first argument says; for what the real one can't be made to do. Speaks QMP on the
// listening sockets that it is given as file descriptors, as the real one does.
import { createServer } from 'node:net';

const [mode, ...argv] = process.argv.slice(2);
const probed = argv[argv.indexOf('-M') + 1]?.startsWith('none') === true;
const monitors = argv
  .filter((word) => /^socket,id=\w+,fd=\d+/.test(word))
  .map((word) => Number(word.match(/fd=(\d+)/)[1]));
const greeting = { QMP: { version: { qemu: { major: 7, minor: 2, micro: 0 } }, capabilities: [] } };
let status = 'prelaunch';

if (mode === 'stubborn') process.on('SIGTERM', () => undefined);
if (mode === (probed ? 'unprobable' : 'silent')) setInterval(() => undefined, 1 << 30);
else for (const fd of monitors) createServer(serve).listen({ fd });

function serve(socket) {
  const say = (message) => socket.write(`${JSON.stringify(message)}\r\n`);
  let rest = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) answer(JSON.parse(line), say, socket);
  });
  say(greeting);
}

function answer({ execute, id }, say, socket) {
  if (!probed && mode === 'mute') return;
  if (!probed && mode === 'dies') {
    process.stderr.write('fake-qemu: could not load the firmware of doom\n');
    process.exit(3);
  }
  if (!probed && mode === 'garbage' && execute === 'cont') {
    socket.write(`${'\u0000\u00ff{{{'.repeat(100)}\n`);
    return;
  }
  if (execute === 'quit' && !probed && mode === 'stubborn') return;
  if (execute === 'cont') status = 'running';
  if (execute === 'stop') status = 'paused';
  say({ return: result(execute), id });
  if (execute === 'quit') socket.end(() => process.exit(0));
  if (execute === 'cont' && mode === 'flood') flood(socket);
}

function result(command) {
  if (command === 'query-status') return { status, running: status === 'running', singlestep: false };
  if (command === 'query-machines') {
    return [
      { name: 'pc-i440fx-7.2', alias: 'pc' },
      { name: 'pc-q35-7.2', alias: 'q35' },
    ];
  }
  return command.startsWith('query-') || command.startsWith('qom-list') ? [] : {};
}

/** As a guest that writes to its pvpanic port in a loop. */
function flood(socket) {
  const timestamp = { seconds: 1, microseconds: 1 };
  const event = `${JSON.stringify({ event: 'GUEST_PANICKED', data: { action: 'run', junk: 'x'.repeat(500) }, timestamp })}\n`;
  const more = () => {
    while (socket.write(event.repeat(100)));
    socket.once('drain', () => setImmediate(more));
  };
  more();
}
