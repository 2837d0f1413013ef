import type { GuestCommand, Probe, SerialMarker, TcpTarget } from '../../model/probe.ts';
import { seconds } from '../shape/duration.ts';
import { type ElementCodec, elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { values } from '../shape/list.ts';
import { object } from '../shape/object.ts';
import { presence } from '../shape/on-off.ts';
import { text } from '../shape/text.ts';

/** Nothing at all would fit everything. */
const something = { pattern: '^\\P{Cc}+$', expected: 'text of at least one character' };

const tcpCodec = elementCodec<TcpTarget>(
  'q:tcp',
  {
    host: required(
      text('@host', 'IP address of the guest, or of this host.', { ...something, maxLength: 64 }),
    ),
    port: required(integer('@port', 'Port.', { minimum: 1, maximum: 65_535 })),
  },
  {
    short: {
      schema: { type: 'string', pattern: '^.+:\\d+$', maxLength: 80 },
      expand: (value) => {
        if (typeof value !== 'string') return undefined;
        const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d{1,5})$/.exec(value) ?? [];
        return host === '' ? undefined : { host, port: Number(port) };
      },
      shorten: ({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`),
    },
  },
);

const commandCodec = elementCodec<GuestCommand>(
  'q:exec',
  {
    command: required(text('@command', 'Program in the guest.', { ...something, maxLength: 1024 })),
    args: values('q:arg', text('.', 'Argument.'), 'Its arguments.'),
    exitCode: integer('@exitCode', 'Status that means ready. Default: 0.', { maximum: 255 }),
  },
  {
    short: {
      schema: { type: 'string', minLength: 1, maxLength: 1024 },
      expand: (value) => (typeof value === 'string' && value !== '' ? { command: value } : undefined),
      shorten: (value) => (Object.keys(value).length === 1 ? value.command : undefined),
    },
  },
);

const markerCodec = elementCodec<SerialMarker>(
  'q:marker',
  {
    text: text('@text', 'This text, as it is.', { ...something, maxLength: 256 }),
    pattern: text('@pattern', 'This regular expression, on one line.', { ...something, maxLength: 256 }),
  },
  {
    short: {
      schema: { type: 'string', minLength: 1, maxLength: 256 },
      expand: (value) => (typeof value === 'string' && value !== '' ? { text: value } : undefined),
      shorten: ({ text: said, pattern }) => (pattern === undefined ? said : undefined),
    },
  },
);

/** The same words wherever a probe may stand. */
export function probeCodec(element: string): ElementCodec<Probe> {
  return elementCodec<Probe>(element, {
    tcp: object('q:tcp', tcpCodec, 'This host can connect: an IP address and a port.'),
    exec: object('q:exec', commandCodec, 'A command in the guest ends as it should; by the guest agent.'),
    agentPing: presence('q:agentPing', 'The guest agent answers.'),
    marker: object(
      'q:marker',
      markerCodec,
      'The guest has said this since its start, on a serial port with a file or a logFile.',
    ),
    initialDelay: seconds('@initialDelay', 'From the start to the first try. Default: 0.'),
    period: seconds('@period', 'Between two tries. Default: 5 s.'),
    timeout: seconds('@timeout', 'For one try. Default: 3 s.'),
    failureThreshold: integer('@failureThreshold', 'So many failures in a row mean not ready. Default: 3.', {
      minimum: 1,
      maximum: 1000,
    }),
    hint: text('@hint', 'For people, when it fails: what to look at.', { maxLength: 512 }),
  });
}
