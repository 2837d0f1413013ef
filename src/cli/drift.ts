import { stringify } from 'yaml';
import { Failure } from '../model/failure.ts';
import type { Drift, ResourceStatus } from '../model/status.ts';
import { asWritten } from './as-written.ts';
import type { Command } from './command.ts';
import { call } from './connection.ts';
import { driftPatch } from './drift-patch.ts';
import { renderTable } from './render-table.ts';

export const drift: Command = {
  name: 'drift',
  usage: 'drift [NAME] [-o table|json] · drift accept NAME',
  operands: 'many',
  about: 'what someone else changed on running machines; accept prints the patch that makes it wanted',
  flags: {
    output: { value: 'FORMAT', short: 'o', about: 'table, json', choices: ['table', 'json'] },
  },
  examples: ['qonverge drift', 'qonverge drift accept web-1'],
  async run(args, terminal) {
    const [first, second] = args.positionals;
    const accepts = first === 'accept';
    const name = accepts ? second : first;
    if (accepts && name === undefined)
      throw new Failure('refused', 'drift accept needs a NAME', {
        retry: 'never',
        suggestion: 'qonverge drift lists them',
      });
    const input = name === undefined ? {} : { name };
    const { items } = (await call(args, 'status', input, { inspect: true })) as {
      items: readonly ResourceStatus[];
    };
    const drifted = items.filter((item) => (item.drift ?? []).length > 0);
    if (accepts) {
      for (const { kind, name: of, file, drift: found = [] } of drifted) {
        const live = found.map((one) => ({ ...one, live: asWritten(kind, one.path, one.live) }));
        for (const line of howTo(file, driftPatch(kind, of, live))) terminal.out(line);
      }
    } else if (args.text('output') === 'json') {
      const rows = drifted.map(({ kind, name: of, drift: found }) => ({ kind, name: of, drift: found }));
      terminal.out(JSON.stringify({ items: rows }, null, 2));
    } else if (drifted.length === 0) terminal.out('nobody else changed anything');
    else {
      const rows = drifted.flatMap((item) => (item.drift ?? []).map((one) => row(item, one)));
      const head = ['NAME', 'PATH', 'DESIRED', 'LAST APPLIED', 'LIVE', 'SINCE'];
      terminal.out(renderTable(head, rows, terminal.color));
    }
    return 0;
  },
};

function row({ kind, name }: ResourceStatus, { path, desired, lastApplied, live, since }: Drift): string[] {
  const [wanted, last, is] = [desired, lastApplied, live].map((value) => shown(asWritten(kind, path, value)));
  return [`${kind}/${name}`, path, wanted ?? '-', last ?? '-', is ?? '-', since ?? '-'];
}

/** The patch, and where it belongs. */
function howTo(file: string | undefined, patch: ReturnType<typeof driftPatch>): readonly string[] {
  const place = file === undefined ? 'its spec' : file.replaceAll('\n', ' ');
  const inXml = file?.endsWith('.xml') === true;
  return [
    `# Into ${place}, field by field: items of lists are told by name, and null takes a field out.`,
    ...(inXml
      ? ['# These are the words of the YAML form: `qonverge explain PATH` names the XML element.']
      : []),
    '# What a class or an overlay gives belongs into its parameter or patch; a patch there replaces whole lists.',
    stringify(patch).trimEnd(),
  ];
}

function shown(value: unknown): string {
  return value === undefined ? '-' : (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 60);
}
