import { Failure } from '../../../model/failure.ts';

type Backend = (options: ReadonlyMap<string, string>) => unknown;

const common = (options: ReadonlyMap<string, string>) => ({
  logfile: options.get('logfile'),
  logappend: flag(options, 'logappend'),
});

const device: Backend = (options) => ({ ...common(options), device: options.get('path') });

const inet = (host = '', port = '0') => ({ type: 'inet', data: { host, port } });

/** QAPI's form of each backend that can be made while the machine runs. QEMU 7.2 dies of a parallel port that is none. */
const backends: Readonly<Record<string, Backend>> = {
  pty: common,
  null: common,
  spicevmc: (options) => ({ ...common(options), type: options.get('name') }),
  file: (options) => ({ ...common(options), out: options.get('path'), append: flag(options, 'append') }),
  spiceport: (options) => ({ ...common(options), fqdn: options.get('name') }),
  dbus: (options) => ({ ...common(options), name: options.get('name') }),
  'qemu-vdagent': (options) => ({
    ...common(options),
    mouse: flag(options, 'mouse'),
    clipboard: flag(options, 'clipboard'),
  }),
  pipe: device,
  serial: device,
  udp: (options) => ({
    ...common(options),
    remote: inet(options.get('host'), options.get('port')),
    local: inet(options.get('localaddr'), options.get('localport')),
  }),
  socket: (options) => ({
    ...common(options),
    addr: options.has('path')
      ? { type: 'unix', data: { path: options.get('path') } }
      : inet(options.get('host'), options.get('port')),
    server: flag(options, 'server') ?? false,
    wait: flag(options, 'server') ? flag(options, 'wait') : undefined,
    telnet: flag(options, 'telnet'),
    reconnect: number(options, 'reconnect'),
    'tls-creds': options.get('tls-creds'),
  }),
};

/** `socket,id=charx,path=/p,server=on` as the arguments of QMP `chardev-add`. */
export function chardevAdd(text: string): Readonly<Record<string, unknown>> {
  const [type = '', ...rest] = splitWords(text);
  const options = new Map(rest.map((word) => cut(word)));
  const data = backends[type]?.(options);
  if (data === undefined)
    throw new Failure(
      'not-supported',
      `a character device of type ${type} cannot be added to a running machine`,
      {
        retry: 'never',
      },
    );
  return { id: options.get('id'), backend: { type, data } };
}

/** A doubled comma is a comma of the value. */
function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:[^,]|,,)+/g)].map(([word]) => word.replaceAll(',,', ','));
}

function cut(word: string): [string, string] {
  const at = word.indexOf('=');
  return at < 0 ? [word, 'on'] : [word.slice(0, at), word.slice(at + 1)];
}

function flag(options: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const word = options.get(name);
  return word === undefined ? undefined : word === 'on';
}

function number(options: ReadonlyMap<string, string>, name: string): number | undefined {
  const word = options.get(name);
  return word === undefined ? undefined : Number(word);
}
