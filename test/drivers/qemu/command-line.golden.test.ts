import { describe, expect, test } from 'vitest';
import { buildCommandLine } from '../../../src/drivers/qemu/command-line.ts';
import { goldenContext } from './command-line-cases/contract.ts';
import { commandLineCases } from './command-line-cases/table.ts';

/** One argument a line; then what is set before the guest runs. */
function shown(line: ReturnType<typeof buildCommandLine>): string {
  const configure = line.configure.map(
    (command) => `# ${command.command} ${JSON.stringify(command.arguments)}`,
  );
  return `${[line.emulator, ...line.args, ...configure].join('\n')}\n`;
}

describe('the command line of a completed domain', () => {
  for (const { name, def } of commandLineCases)
    test(`${name} is as written down`, async () => {
      const line = buildCommandLine(def('/images'), goldenContext);
      await expect(shown(line)).toMatchFileSnapshot(`../../golden/command-line/${name}.args`);
    });
});
