import { impactRow } from '../kinds/domain/impact/lookup.ts';
import { domainRules } from '../kinds/domain/rules.ts';
import { pathsOf } from '../kinds/schema-paths.ts';

/** What a change of each path does to a running guest, as Markdown, from the table. */
export function impactReference(): string {
  const lines = [
    '# What a change does to a running domain',
    '',
    'Generated from `src/kinds/domain/impact/table.ts` and `schemas/domain.schema.json`.',
    '',
    '| impact | what it means |',
    '| --- | --- |',
    '| `none` | it is written down; the guest notices nothing |',
    '| `live` | QEMU does it while the guest runs |',
    '| `guest` | as live, and the guest has to agree; if it does not, nothing has changed and status says `GuestDidNotAccept` |',
    '| `restart` | it waits as pending until the domain is started anew |',
    '| `recreate` | it is another machine afterwards |',
    '| `dataloss` | data is gone afterwards |',
    '',
    'Where a condition does not hold, the change needs a restart. A list (`spec.devices.disks`) stands for a device that',
    'comes or goes. Every path that is not named here needs a restart.',
    '',
    '| path | impact | when | how |',
    '| --- | --- | --- | --- |',
  ];
  for (const path of pathsOf(domainRules.schema)) {
    const row = impactRow(path);
    if (row !== undefined)
      lines.push(`| \`${path}\` | ${row.impact} | ${row.when ?? ''} | ${row.operation ?? 'written down'} |`);
  }
  return `${lines.join('\n')}\n`;
}
