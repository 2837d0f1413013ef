import type { Command } from './command.ts';

/** Every command, loaded when it is called: start-up stays quick. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  render: async () => (await import('./render.ts')).render,
};
