import { describe, expect, test } from 'vitest';
import { globalFlags } from '../../src/cli/arguments.ts';
import { helpOf, overview } from '../../src/cli/help.ts';
import { commands } from '../../src/cli/table.ts';

const all = await Promise.all(
  Object.entries(commands).map(async ([name, load]) => ({ name, command: await load() })),
);

test('the overview names every command with what it is about, and the flags that all take', async () => {
  const lines = (await overview()).split('\n');
  for (const { name, command } of all)
    expect(lines.some((line) => line.startsWith(`  ${name} `) && line.endsWith(command.about))).toBe(true);
  for (const name of Object.keys(globalFlags)) expect(lines.join('\n')).toContain(`--${name}`);
});

describe('the help of', () => {
  test.each(all)('$name bears its name, its usage and every flag', ({ name, command }) => {
    expect(command.name).toBe(name);
    expect(command.usage.startsWith(name)).toBe(true);
    const text = helpOf(command);
    expect(text).toContain(`usage: qonverge ${name}`);
    for (const [flag, { about, short }] of Object.entries(command.flags)) {
      expect(text).toContain(`--${flag}`);
      expect(text).toContain(about);
      if (short) expect(text).toContain(`-${short}, --${flag}`);
      expect(Object.keys(globalFlags)).not.toContain(flag);
    }
    for (const example of command.examples ?? []) expect(text).toContain(example);
  });
});
